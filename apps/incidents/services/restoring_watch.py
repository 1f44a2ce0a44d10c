"""What becomes of a restoration that is carried out: the way back, and telling people when it stops."""

from datetime import datetime

from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.dispatch.choices.order import DONE
from apps.dispatch.choices.plan import WRITABLE, PlanKind, PlanStatus
from apps.dispatch.choices.proposal import ProposalStatus
from apps.dispatch.models import Order, Proposal
from apps.dispatch.selectors.proposals import purpose_of
from apps.dispatch.services.plans import create_plan, write_steps
from apps.incidents.choices.incident import FactKind
from apps.incidents.models import Incident, WayBack
from apps.incidents.selectors.restoring import proposals_of
from apps.incidents.services.telling import Told, note_fact, one_writer, publish

SOURCE = "restoration/"
_BEGUN = frozenset({ProposalStatus.EXECUTING, ProposalStatus.DONE})
_STOPPED = frozenset({ProposalStatus.FAILED, ProposalStatus.UNKNOWN})


def follow(incident: Incident, *, as_of: datetime) -> None:
    for proposal in proposals_of(incident):
        status = ProposalStatus(proposal.status)
        if proposal.executor is None:
            continue
        if status in _BEGUN:
            _prepare_way_back(incident, proposal, as_of)
        if status == ProposalStatus.DONE:
            _note(incident, proposal, f"Carried out: {proposal.title}", as_of)
        elif status in _STOPPED:
            _stopped(incident, proposal, as_of)


@one_writer()
def _prepare_way_back(incident: Incident, proposal: Proposal, as_of: datetime) -> None:
    """Ready before anything goes wrong; a person has it checked and approved like every plan."""
    by = _in_whose_name(proposal)
    if by is None or WayBack.objects.filter(proposal_id=proposal.pk).exists():
        return
    plan = create_plan(
        name=f"Way back of {incident.number}, proposal {proposal.pk}"[:120],
        purpose=f"To switch back as protection left it: {proposal.title}"[:500],
        kind=PlanKind.RESTORATION,
        steps=_backwards(proposal.steps),
        by=by,
        as_of=as_of,
        customers_may_lose=incident.customers,
    )
    WayBack.objects.create(incident=incident, proposal_id=proposal.pk, plan=plan)


def _in_whose_name(proposal: Proposal) -> User | None:
    return proposal.decided_by or (proposal.rule.set_by if proposal.rule else None) or proposal.executor


def _backwards(steps: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{"kind": "switch", "mrid": step["device_mrid"], "closed": bool(step["from"])} for step in reversed(steps)]


@one_writer()
def _stopped(incident: Incident, proposal: Proposal, as_of: datetime) -> None:
    """Told once: the alarm, the timeline, and a way back of what was done and nothing else."""
    done = _done(proposal)
    text = f"Restoration stopped after {len(done)} of {len(proposal.steps)} steps: {proposal.reason}"
    if not _note(incident, proposal, text, as_of):
        return
    _tell_stopped(incident, text, as_of)
    if done:
        _prepare_way_back(incident, proposal, as_of)
    way = WayBack.objects.filter(proposal_id=proposal.pk).select_related("plan").first()
    by = _in_whose_name(proposal)
    if way is not None and by is not None and PlanStatus(way.plan.status) in WRITABLE:
        write_steps(plan_id=way.plan_id, steps=_backwards(done), by=by, as_of=as_of)
        WayBack.objects.filter(pk=way.pk).update(stopped=proposal.reason[:300])


def _tell_stopped(incident: Incident, text: str, as_of: datetime) -> None:
    fact = alarms.AlarmFact(
        source=f"{SOURCE}{incident.number}",
        condition=Condition.RESTORATION_STOPPED,
        priority=Priority.HIGH,
        equipment_name=incident.device_name or incident.feeder_name,
        equipment_mrid=incident.device_mrid,
        message=f"{incident.number}: {text}"[:200],
        value=None,
        unit="",
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def _done(proposal: Proposal) -> list[dict[str, object]]:
    """The steps whose orders had their effect."""
    rows = Order.objects.filter(purpose__startswith=f"{purpose_of(proposal)},", status__in=DONE)
    moved = {str(mrid) for mrid in rows.values_list("device_mrid", flat=True)}
    return [step for step in proposal.steps if step["device_mrid"] in moved]


@one_writer()
def _note(incident: Incident, proposal: Proposal, text: str, as_of: datetime) -> bool:
    key = f"proposal {proposal.pk} {proposal.status}"
    is_new = note_fact(incident, Told(FactKind.RESTORATION, key, as_of, text), as_of=as_of, by=proposal.decided_by)
    if is_new:
        publish(incident, "restoration")
    return is_new


def end_alarms(*, as_of: datetime) -> None:
    """Once another proposal is under way or done since, or the incident is over."""
    for source, _ in standing_sources([Condition.RESTORATION_STOPPED]):
        if not source.startswith(SOURCE):
            continue
        incident = Incident.objects.open().filter(number=source.removeprefix(SOURCE)).first()
        newest = next((one for one in proposals_of(incident) if one.executor), None) if incident else None
        if newest is None or ProposalStatus(newest.status) not in _STOPPED:
            alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.RESTORATION_STOPPED, as_of)])
