"""How long fifty thousand customers take to come in by one file, and whether every bad row is named."""

import argparse
import time

from apps.accounts.models import User
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import DemandProgram
from apps.demand_response.services.credentials import AT_ONCE, issue_credentials
from apps.demand_response.services.import_runs import confirm_run, do_import
from tests.factories.demand import NOW, handed, manager, program, sheet


def measured(customers: int, bad: int) -> dict[str, float]:
    """Seconds of each step, and what came of it."""
    by = manager(f"enrolment-study-{User.objects.count()}")
    within = program(by)
    content = sheet(customers, bad=bad, prefix=f"S{by.pk}-")
    begun = time.monotonic()
    run = handed(content, by, within)
    checked = time.monotonic()
    done = do_import(run=confirm_run(run=run, leave_out_bad=True, by=by, as_of=NOW), as_of=NOW)
    imported = time.monotonic()
    rounds = -(-_enrolled(within) // AT_ONCE)
    identities = sum(len(issue_credentials(program=within, by=by, as_of=NOW)) for _ in range(rounds))
    return {
        "file_mb": len(content) / 1e6,
        "preview_s": checked - begun,
        "import_s": imported - checked,
        "credentials_s": time.monotonic() - imported,
        "bad_rows_named": len({problem["row"] for problem in run.problems}),
        "enrolled": _enrolled(within),
        "left_out": done.counts["customers left out"],
        "identities": identities,
    }


def _enrolled(within: DemandProgram) -> int:
    return within.enrolments.filter(status=EnrolmentStatus.ENROLLED).count()


def run(arguments: argparse.Namespace) -> str:
    """--count customers, one row in five hundred of them bad."""
    found = measured(arguments.count, arguments.count // 500)
    return "\n".join(f"{name:16} {value:12.2f}" for name, value in found.items())
