"""A drop folder of meter readings, as a head-end or a metering company fills it. Each file leaves an import run."""

import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.demand_response.adapters.faults import FileRefused
from apps.demand_response.choices import ImportKind, ImportState
from apps.demand_response.models import ImportRun
from apps.demand_response.services.import_runs import MOST_BYTES, MOST_PROBLEMS
from apps.demand_response.services.meter_import import metered
from apps.demand_response.services.meter_rows import store_days
from apps.telemetry.services.locks import sole_runner
from gridops.intake.folders import STILL_S, content_of, put_away, whole_files

FILES_AT_ONCE = 100


def read_meter_folder(*, as_of: datetime, still_s: float = STILL_S) -> int:
    """How many files were looked at; none where the folder cannot be made or read, which the caller's log tells.

    A large file takes longer than the pause between two rounds: whoever comes second leaves it to the first.
    """
    with sole_runner("demand response: meter folder") as is_alone:
        waiting = whole_files(Path(settings.METER_ROOT), as_of=as_of, still_s=still_s) if is_alone else []
        for path in waiting[:FILES_AT_ONCE]:
            run = _take(path.name, content_of(path, MOST_BYTES), as_of)
            put_away(path, refusal=run.reason if run.state == ImportState.REFUSED else "", as_of=as_of)
        return len(waiting[:FILES_AT_ONCE])


@transaction.atomic
def _take(name: str, content: bytes, as_of: datetime) -> ImportRun:
    run = ImportRun(
        kind=ImportKind.METER,
        file_name=name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        state=ImportState.REFUSED,
        handed_at=as_of,
        done_at=as_of,
    )
    if len(content) > MOST_BYTES:
        run.reason = f"The file has more than {MOST_BYTES // 2**20} MB; cut it into smaller ones."
    else:
        _read(run, content, as_of)
    run.save()
    return run


def _read(run: ImportRun, content: bytes, as_of: datetime) -> None:
    try:
        found = metered(content, usage_point="", reader=None, as_of=as_of)
    except FileRefused as refusal:
        run.reason = str(refusal)[:300]
        return
    run.problems = [fault.document() for fault in found.faults[:MOST_PROBLEMS]]
    run.problem_count = len(found.faults)
    if found.days:
        run.state = ImportState.DONE
        run.counts = store_days(found.days, points=found.points, source=found.source, as_of=as_of)
    else:
        run.reason = str(found.faults[0])[:300] if found.faults else "The file holds no reading."
