"""One way in which a transition changes: compare and swap, audit, journal and alarms in one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction as database

from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.audit import services as audit
from apps.live import services as live
from apps.microgrids.choices.transition import LONGEST_REASON, MICROGRIDS, TransitionStage, TransitionStatus
from apps.microgrids.models import Microgrid, Transition
from apps.microgrids.selectors.transitions import one_transition

SOURCE = "microgrid/"
RUNNING = TransitionStatus.RUNNING


def source_of(microgrid: Microgrid) -> str:
    return f"{SOURCE}{microgrid.mrid}"


def tell(transition: Transition, what: str, *, by: User | None, as_of: datetime) -> None:
    """In the transaction of the change."""
    document = one_transition(transition, as_of=as_of) | {"microgrid": str(transition.microgrid.mrid)}
    detail = {name: document[name] for name in ("microgrid", "kind", "status", "stage", "reason", "outcome")}
    kind, target = f"transition.{what}", f"transition/{transition.pk}"
    audit.record(actor=by, action=kind, target=target, detail=detail, at=as_of)
    live.record(stream=MICROGRIDS, kind=kind, subject=str(transition.microgrid.mrid), payload=document)


@database.atomic
def move(
    transition: Transition, new: TransitionStatus, *, as_of: datetime, by: User | None = None, **fields: Any
) -> bool:
    """False: it stands elsewhere by now, and nothing was done."""
    if new != RUNNING:
        fields.setdefault("ended_at", as_of)
    if "outcome" in fields:
        fields["outcome"] = str(fields["outcome"])[:LONGEST_REASON]
    if not Transition.objects.move(transition.pk, TransitionStatus(transition.status), new, **fields):
        transition.refresh_from_db()
        return False
    for name, value in {"status": new, **fields}.items():
        setattr(transition, name, value)
    tell(transition, new.value, by=by, as_of=as_of)
    if new == TransitionStatus.STOPPED:
        _raise(transition, as_of)
    return True


@database.atomic
def enter(transition: Transition, new: TransitionStage, *, as_of: datetime, way_back: str = "") -> bool:
    fields: dict[str, Any] = {"stage_since": as_of, "kept_since": None}
    if way_back:
        fields["way_back"] = way_back[:LONGEST_REASON]
    old, visit = TransitionStage(transition.stage), transition.visit
    if not Transition.objects.enter(transition.pk, old, visit, new, **fields):
        transition.refresh_from_db()
        return False
    for name, value in {"stage": new, "visit": visit + 1, **fields}.items():
        setattr(transition, name, value)
    tell(transition, "stage", by=None, as_of=as_of)
    return True


def _raise(transition: Transition, as_of: datetime) -> None:
    fact = alarms.AlarmFact(
        source=source_of(transition.microgrid),
        condition=Condition.TRANSITION_STOPPED,
        priority=Priority.HIGH,
        equipment_name=transition.microgrid.name,
        equipment_mrid=transition.microgrid.coupling_switch_mrid,
        message=f"{transition.get_kind_display()} stopped: {transition.outcome}"[:200],
        value=None,
        unit="",
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def raise_islanded(microgrid: Microgrid, *, since: datetime) -> None:
    """Raised again it is the same alarm."""
    if source_of(microgrid) in _standing(Condition.ISLANDED):
        return
    fact = alarms.AlarmFact(
        source=source_of(microgrid),
        condition=Condition.ISLANDED,
        priority=Priority.MEDIUM,
        equipment_name=microgrid.name,
        equipment_mrid=microgrid.coupling_switch_mrid,
        message=f"{microgrid.name} stands alone.",
        value=None,
        unit="",
        at=since,
    )
    alarms.raise_alarms(facts=[fact])


def end_alarm(microgrid: Microgrid, condition: Condition, *, as_of: datetime) -> None:
    if source_of(microgrid) in _standing(condition):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source_of(microgrid), condition, as_of)])


def _standing(condition: Condition) -> set[str]:
    return {source for source, _ in standing_sources([condition])}
