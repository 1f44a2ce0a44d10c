"""Harm a running site in every way of the fault table: python -m tests.faults --var VAR [--only F4,F8] [--full].

Each fault gets a site of its own. A finding a fault is written to VAR/faults as JSON; the table is printed at the end.
"""

import argparse
import contextlib
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gridops.supervise.process import ROOT
from tests.faults import away, clock, crowds, inputs, kills
from tests.faults.ground import together
from tests.faults.report import Finding, save, table
from tests.faults.terms import Terms

FAULTS: dict[str, Callable[[Terms], Finding]] = {
    "F1": kills.killed_at_named_lines,
    "F2": kills.publishers_killed,
    "F3": kills.web_killed,
    "F4": kills.postgres_killed,
    "F6": away.valkey_gone,
    "F7": away.valkey_silent,
    "F8": away.disk_full,
    "F9": away.database_cut_off,
    "F10": away.field_cut_off,
    "F11": away.answers_lost,
    "F13": crowds.slow_clients,
    "F14": crowds.flood,
    "F15": crowds.storm,
    "F16": inputs.mangled,
    "F17": clock.jumps,
    "F18": inputs.wrong_clock,
    "F19": inputs.doubled_and_shuffled,
    "F20": kills.everything_paused,
    "F21": inputs.poison,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"))
    parser.add_argument("--only", default="", metavar="NAMES", help=", ".join(FAULTS))
    parser.add_argument("--full", action="store_true", help="as long and as often as the table says; else a short run")
    parser.add_argument("--together", action="store_true", help="one site for all that need no special one: quicker")
    arguments = parser.parse_args()
    wanted = [name for name in arguments.only.upper().split(",") if name] or list(FAULTS)
    if unknown := [name for name in wanted if name not in FAULTS]:
        _say(f"There is no fault {', '.join(unknown)}; there are: {', '.join(FAULTS)}.")
        return 2
    place = arguments.var.resolve() / "faults"
    place.mkdir(parents=True, exist_ok=True)
    terms = Terms(var=place, cases=place / "cases", is_full=arguments.full)
    with together() if arguments.together else contextlib.nullcontext():
        findings = [_one(name, terms) for name in wanted]
    print(table(findings))  # noqa: T201  the result of the command
    return int(any(finding.failures for finding in findings))


def _one(name: str, terms: Terms) -> Finding:
    _say(f"{name} begins")
    try:
        finding = FAULTS[name](terms)
    except Exception as error:  # noqa: BLE001  one fault that cannot be done must not keep the others from it
        finding = Finding(name, "ended early", failures=[(str(error) or repr(error)).splitlines()[0]])
        traceback.print_exc()
    finding.form, finding.commit = "full" if terms.is_full else "short", _commit()
    finding.at = datetime.now(UTC).isoformat(timespec="minutes")
    save(finding, terms.var)
    _say(f"{name}: {finding.verdict}")
    return finding


def _commit() -> str:
    """Empty where this is no clone."""
    done = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201  progress


if __name__ == "__main__":
    sys.exit(main())
