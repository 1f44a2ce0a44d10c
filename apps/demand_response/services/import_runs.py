"""A file that a person hands over: checked by a worker, looked at, confirmed, imported by a worker."""

import hashlib
import logging
import time
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.demand_response.adapters.faults import FileRefused
from apps.demand_response.choices import KEPT_CONTENT, ImportKind, ImportState
from apps.demand_response.models import DemandProgram, ImportRun
from apps.demand_response.services import customer_import, meter_import
from apps.demand_response.services.found import Found
from apps.dispatch.services.refusal import Refused

logger = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024 * 1024
MOST_PROBLEMS = 5000  # listed; beyond that the file is another one than its owner thinks
_CHECKS: dict[ImportKind, Callable[..., Found]] = {
    ImportKind.CUSTOMERS: customer_import.check,
    ImportKind.METER: meter_import.check,
}
_IMPORTS: dict[ImportKind, Callable[..., dict[str, int]]] = {
    ImportKind.CUSTOMERS: customer_import.store,
    ImportKind.METER: meter_import.store,
}


@transaction.atomic
def hand_over(
    *,
    kind: ImportKind,
    file_name: str,
    content: bytes,
    program: DemandProgram | None,
    usage_point: str = "",
    by: User,
    as_of: datetime,
) -> ImportRun:
    """Nothing is looked at yet. The content is kept until the run is over, two days at most: it names people."""
    if len(content) > MOST_BYTES:
        raise Refused(f"The file has more than {MOST_BYTES // 2**20} MB; cut it into smaller ones.")
    run = ImportRun.objects.create(
        kind=kind,
        program=program,
        usage_point=usage_point,
        file_name=file_name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        content=zlib.compress(content, 1),
        by=by,
        handed_at=as_of,
    )
    detail = {"file": run.file_name, "kind": run.kind, "sha256": run.sha256}
    audit.record(actor=by, action="demand.file-handed", target=f"demand-import/{run.pk}", detail=detail, at=as_of)
    return run


def check_run(*, run: ImportRun, as_of: datetime) -> ImportRun:
    """Changes nothing but the run itself."""
    try:
        found = _CHECKS[ImportKind(run.kind)](content=_content(run), run=run, as_of=as_of)
    except FileRefused as refusal:
        return _end(run, ImportState.CHECKING, ImportState.REFUSED, reason=str(refusal), content=None)
    problems = [fault.document() for fault in found.faults[:MOST_PROBLEMS]]
    state, reason = (ImportState.PREVIEWED, "") if found.is_useful else (ImportState.REFUSED, found.why_useless)
    return _end(
        run,
        ImportState.CHECKING,
        state,
        reason=reason,
        counts=found.counts,
        problems=problems,
        problem_count=len(found.faults),
        **({} if found.is_useful else {"content": None}),
    )


@transaction.atomic
def confirm_run(*, run: ImportRun, leave_out_bad: bool, by: User, as_of: datetime) -> ImportRun:
    """The caller hands it to a worker. Raises Refused."""
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.state != ImportState.PREVIEWED:
        raise Refused(f"This import is {ImportState(locked.state).label.lower()}; there is nothing to confirm.")
    if locked.problem_count and not leave_out_bad:
        told = f"{locked.problem_count} problems were found; correct the file, or confirm that bad rows are left out."
        raise Refused(told)
    locked.state, locked.confirmed_at = ImportState.IMPORTING, as_of
    locked.save(update_fields=["state", "confirmed_at"])
    detail = {"sha256": locked.sha256, "left out": locked.problem_count}
    audit.record(actor=by, action="demand.import-confirmed", target=f"demand-import/{run.pk}", detail=detail, at=as_of)
    return locked


def do_import(*, run: ImportRun, as_of: datetime) -> ImportRun:
    """All good rows or, where something breaks, none. A run that is over is left as it is."""
    begun = time.monotonic()
    try:
        with transaction.atomic():
            locked = (
                ImportRun.objects.select_for_update(of=("self",))
                .select_related("program__wording", "by")
                .get(pk=run.pk)
            )
            if locked.state != ImportState.IMPORTING:
                return locked
            counts = _IMPORTS[ImportKind(locked.kind)](content=_content(locked), run=locked, as_of=as_of)
            took = round(1000 * (time.monotonic() - begun))
            told: dict[str, Any] = {"content": None, "done_at": as_of, "duration_ms": took, "counts": counts}
            done = _end(locked, ImportState.IMPORTING, ImportState.DONE, **told)
            target = f"demand-import/{run.pk}"
            audit.record(actor=locked.by, action="demand.imported", target=target, detail=counts, at=as_of)
            return done
    except (FileRefused, Refused) as refusal:
        return _end(run, ImportState.IMPORTING, ImportState.FAILED, reason=str(refusal)[:300], content=None)


def forget_files(*, as_of: datetime) -> int:
    """Content of files that nobody confirmed."""
    old = ImportRun.objects.filter(content__isnull=False, handed_at__lt=as_of - KEPT_CONTENT)
    reason = "Nobody confirmed it in time; hand it in again."
    return old.update(content=None, state=ImportState.REFUSED, reason=reason)


def _content(run: ImportRun) -> bytes:
    if run.content is None:
        raise Refused("The file is not kept any more; hand it in again.")
    return zlib.decompress(bytes(run.content))


def _end(run: ImportRun, old: ImportState, new: ImportState, **values: Any) -> ImportRun:
    ImportRun.objects.filter(pk=run.pk, state=old).update(state=new, **values)
    run.refresh_from_db()
    return run
