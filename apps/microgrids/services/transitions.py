"""What begins a transition: a person, or a rule that a person has switched on; and a person's veto."""

from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db import transaction as database

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.models import Autonomy
from apps.dispatch.services.refusal import Refused
from apps.live import services as live
from apps.microgrids.adapters.transition_sequence import first_stage
from apps.microgrids.choices.transition import (
    BY_HAND,
    LONGEST_REASON,
    LONGEST_VETO,
    MICROGRIDS,
    TransitionKind,
    TransitionStage,
    TransitionStatus,
    VetoAgainst,
)
from apps.microgrids.models import Microgrid, Transition, TransitionVeto
from apps.microgrids.rules.situation import Situation
from apps.microgrids.selectors.scene import microgrid_now
from apps.microgrids.selectors.transitions import forbidden, open_transition, veto_document, veto_of
from apps.microgrids.services.transition_checks import Prepared, prepare
from apps.microgrids.services.transition_telling import move, tell

_AGAINST = {TransitionKind.ISLAND: VetoAgainst.ISLANDING, TransitionKind.RECONNECT: VetoAgainst.RECONNECTION}
# A black start gives customers supply; only a veto against everything forbids it.
_RUNNING, _PROPOSED = TransitionStatus.RUNNING, TransitionStatus.PROPOSED


def command(*, microgrid: Microgrid, kind: TransitionKind, reason: str, by: User, as_of: datetime) -> Transition:
    """By a person, who answers for its orders. A transition that is only proposed gives way. Raises Refused."""
    if kind not in BY_HAND:
        raise Refused("kind: an unplanned islanding happens by itself; give island, reconnect or black-start.")
    _insist_nobody_forbids(microgrid, kind, as_of)
    situation = microgrid_now(microgrid, as_of=as_of)
    prepared = prepare(microgrid=microgrid, kind=kind, situation=situation, by=by, as_of=as_of)
    standing = open_transition(microgrid)
    if standing is not None and TransitionStatus(standing.status) == _RUNNING:
        raise Refused(f"{standing.get_kind_display()} is under way; wait for its end, or forbid it.")
    if standing is not None:
        move(standing, TransitionStatus.OVERTAKEN, as_of=as_of, by=by, outcome=f"{by} has begun another.")
    row = Transition(microgrid=microgrid, kind=kind, reason=reason[:LONGEST_REASON], asked_by=by, executor=by)
    return store(row, prepared, as_of=as_of, status=_RUNNING, by=by)


def store(
    row: Transition,
    prepared: Prepared,
    *,
    as_of: datetime,
    status: TransitionStatus,
    by: User | None = None,
    stage: TransitionStage | None = None,
) -> Transition:
    """Raises Refused where another is open already."""
    row.status, row.stage = status, stage or first_stage(TransitionKind(row.kind))
    row.plan, row.check_document = prepared.plan, prepared.check
    row.proposed_at, row.stage_since = as_of, as_of
    row.begun_at = as_of if status == _RUNNING else None
    try:
        with database.atomic():
            row.save()
            tell(row, status.value, by=by, as_of=as_of)
    except IntegrityError as error:
        raise Refused("Another transition of this microgrid was begun in the same moment.") from error
    return row


def begin_by_rule(
    *, microgrid: Microgrid, kind: TransitionKind, cause: str, reason: str, rule: Autonomy | None,
    situation: Situation, as_of: datetime, may_act: bool,
) -> Transition | None:  # fmt: skip
    """Under way where the rule acts by itself and nothing has to be read; else proposed. None: not possible now."""
    by = rule.set_by if rule is not None and may_act else None
    try:
        prepared = prepare(microgrid=microgrid, kind=kind, situation=situation, by=by, as_of=as_of)
        acts = by is not None and not prepared.warnings
        prepared.check.pop("read", None)  # nobody has read anything
        row = Transition(microgrid=microgrid, kind=kind, cause=cause, reason=reason[:LONGEST_REASON])
        if acts:
            row.executor, row.rule = by, rule
        return store(row, prepared, as_of=as_of, status=_RUNNING if acts else _PROPOSED)
    except Refused:
        return None


def approve(*, transition_id: int, by: User, as_of: datetime) -> Transition:
    """A person answers for what was proposed, or for an island that nobody answers for yet. Raises Refused."""
    row = Transition.objects.select_related("microgrid").get(pk=transition_id)
    kind = TransitionKind(row.kind)
    if TransitionStatus(row.status) == _RUNNING and row.executor_id is None:
        return _take_over(row, by, as_of)
    if TransitionStatus(row.status) != _PROPOSED:
        raise Refused(f"It cannot be approved any more: {row.get_status_display().lower()}. {row.outcome}".strip())
    _insist_nobody_forbids(row.microgrid, kind, as_of)
    situation = microgrid_now(row.microgrid, as_of=as_of)
    prepared = prepare(microgrid=row.microgrid, kind=kind, situation=situation, by=by, as_of=as_of)
    fields = {"executor": by, "asked_by": by, "begun_at": as_of, "stage_since": as_of}
    if not move(row, _RUNNING, as_of=as_of, by=by, plan=prepared.plan, check_document=prepared.check, **fields):
        raise Refused(f"Somebody was faster: {row.get_status_display().lower()}.")
    return row


@database.atomic
def _take_over(row: Transition, by: User, as_of: datetime) -> Transition:
    free = Transition.objects.filter(pk=row.pk, status=_RUNNING, executor=None)
    if not free.update(executor=by, stage_since=as_of):
        raise Refused("Somebody was faster: another person answers for it by now.")
    row.refresh_from_db()
    tell(row, "taken-over", by=by, as_of=as_of)
    return row


def _against(transition: Transition) -> VetoAgainst:
    return _AGAINST.get(TransitionKind(transition.kind), VetoAgainst.ALL)


def _insist_nobody_forbids(microgrid: Microgrid, kind: TransitionKind, as_of: datetime) -> None:
    words = forbidden(veto_of(microgrid, as_of=as_of), _AGAINST.get(kind, VetoAgainst.ALL))
    if words:
        raise Refused(f"It is forbidden: {words} Lift the veto first.")


@database.atomic
def forbid(
    *, microgrid: Microgrid, against: VetoAgainst, reason: str, hours: float, by: User, as_of: datetime
) -> TransitionVeto:
    """It takes the place of the veto that stands. What is under way and reversible goes back in the next round."""
    until = as_of + min(timedelta(hours=hours), LONGEST_VETO)
    microgrid.vetoes.filter(lifted_at=None).update(lifted_at=as_of, lifted_by=by)
    veto = TransitionVeto.objects.create(
        microgrid=microgrid, against=against, reason=reason[:LONGEST_REASON], placed_by=by, placed_at=as_of, until=until
    )
    _tell_veto(veto, "veto", by, as_of)
    standing = open_transition(microgrid)
    is_proposed = standing is not None and TransitionStatus(standing.status) == _PROPOSED
    if standing is not None and is_proposed and forbidden(veto, _against(standing)):
        move(standing, TransitionStatus.VETOED, as_of=as_of, by=by, outcome=f"Forbidden by {by}: {reason}")
    return veto


@database.atomic
def lift(*, microgrid: Microgrid, by: User, as_of: datetime) -> TransitionVeto:
    """Raises Refused where none stands."""
    veto = microgrid.vetoes.filter(lifted_at=None).select_for_update().first()
    if veto is None or veto.until <= as_of:
        raise Refused("No veto stands; there is nothing to lift.")
    veto.lifted_by, veto.lifted_at = by, as_of
    veto.save(update_fields=["lifted_by", "lifted_at"])
    _tell_veto(veto, "veto-lifted", by, as_of)
    return veto


def _tell_veto(veto: TransitionVeto, what: str, by: User, as_of: datetime) -> None:
    document, mrid = veto_document(veto), str(veto.microgrid.mrid)
    audit.record(actor=by, action=f"microgrid.{what}", target=f"microgrid/{mrid}", detail=document, at=as_of)
    live.record(stream=MICROGRIDS, kind=f"microgrid.{what}", subject=mrid, payload=document)
