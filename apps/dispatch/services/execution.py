"""What becomes of an approved proposal: its steps as orders, one after the other, and what the live state shows of it.

Orders are given in the name of who carries it out: a person, or the person who has switched on the rule. A warning of
the look-ahead waits for a person to read it, whoever approved.
"""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.dispatch.adapters.steps import BadStep, Step, stands_as
from apps.dispatch.checks import step_objection
from apps.dispatch.choices.order import DONE, PENDING, Act, AddCause, Level, OrderStatus
from apps.dispatch.choices.proposal import OF_INCIDENTS, UNDER_WAY, Breach, ProposalStatus, StepQuantity
from apps.dispatch.models import Order, Proposal
from apps.dispatch.rules.orders import Client
from apps.dispatch.rules.proposals import is_late, may_go_on, rule_is_off, seconded_by
from apps.dispatch.rules.verdict import Verdict
from apps.dispatch.selectors.proposals import purpose_of
from apps.dispatch.services import orders
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import finish, move, tell
from apps.dispatch.services.verification import steps_of
from apps.telemetry import selectors as telemetry
from apps.telemetry.models import MeasurementPoint

_POWERS = (StepQuantity.ACTIVE_POWER, StepQuantity.REACTIVE_POWER)
_WAIT = frozenset({AddCause.LOCKED_BY_OTHER_CLIENT, AddCause.OBJECT_ALREADY_SELECTED})


def begin(*, proposal_id: int, by: User, as_of: datetime, source_ip: str | None = None) -> Proposal:
    """Carry out what is approved; or, where a step's warning waits, go on, having read it. Raises Refused."""
    proposal = Proposal.objects.select_related("trouble").get(pk=proposal_id)
    status = ProposalStatus(proposal.status)
    if status == ProposalStatus.EXECUTING and proposal.waits_at:
        return _go_on(proposal, by=by, as_of=as_of, source_ip=source_ip)
    if status != ProposalStatus.APPROVED:
        raise Refused(f"Only what is approved can be carried out; this is {proposal.get_status_display().lower()}.")
    _insist_it_may_go_on(proposal, as_of)
    with transaction.atomic():
        if not move(proposal, ProposalStatus.EXECUTING, as_of=as_of, executor=by):
            raise Refused(f"Somebody was faster: it is {proposal.get_status_display().lower()} by now.")
        _audit(proposal, "proposal.execution", by, as_of, source_ip)
    return proposal


def _insist_it_may_go_on(proposal: Proposal, as_of: datetime) -> None:
    verdict = may_go_on(proposal, model_id=assets.current_model_id(), as_of=as_of)
    if not verdict.allowed:
        raise Refused(verdict.reason)


def _go_on(proposal: Proposal, *, by: User, as_of: datetime, source_ip: str | None) -> Proposal:
    _insist_it_may_go_on(proposal, as_of)
    with transaction.atomic():
        rows = Proposal.objects.filter(pk=proposal.pk, status=ProposalStatus.EXECUTING, waits_at=proposal.waits_at)
        read = {"executor": by, "confirmed": proposal.waits_at, "waits_at": 0, "reason": ""}
        if not rows.update(**read):
            raise Refused("Somebody was faster. Look at where it stands now.")
        _audit(proposal, "proposal.warning-read", by, as_of, source_ip)
        proposal.refresh_from_db()
        tell(proposal)
    return proposal


def _audit(proposal: Proposal, action: str, by: User, as_of: datetime, source_ip: str | None) -> None:
    told = {"title": proposal.title, "steps": [step["words"] for step in proposal.steps], "warning": proposal.reason}
    audit.record(actor=by, action=action, target=f"proposal/{proposal.pk}", detail=told, at=as_of, source_ip=source_ip)


def advance(*, as_of: datetime) -> int:
    """One round: the next order of all that is being carried out, and what became of the unknown. How many go on."""
    rows = Proposal.objects.filter(status__in=(ProposalStatus.EXECUTING, ProposalStatus.UNKNOWN)).defer("profile")
    for proposal in rows.select_related("trouble", "executor", "rule__seconded_by"):
        if proposal.waits_at:
            _give_up_waiting(proposal, as_of)
        else:
            _advance(proposal, as_of)
    return Proposal.objects.filter(status=ProposalStatus.EXECUTING, waits_at=0).count()


def _give_up_waiting(proposal: Proposal, as_of: datetime) -> None:
    """Of an incident that is over nothing may wait: its devices would be taken from the next one."""
    trouble = proposal.trouble
    if trouble.ended_at is not None and Breach(trouble.breach) in OF_INCIDENTS:
        reason = f"The incident was over before anybody had read the warning of step {proposal.waits_at}."
    elif is_late(proposal, as_of):
        reason = f"Nobody has read the warning of step {proposal.waits_at} in time."
    else:
        return
    finish(proposal, ProposalStatus.FAILED, reason=reason, as_of=as_of)


def _advance(proposal: Proposal, as_of: datetime) -> None:
    for number, step in enumerate(steps_of(proposal), start=1):
        given = _orders_of(proposal, number)
        if given and given[0].status in PENDING:
            return
        if given and given[0].status not in DONE:
            _stopped(proposal, number, given[0], as_of)
            return
        if not _is_done(step, given, as_of):
            _next(proposal, number, step, given, as_of)
            return
    finish(proposal, ProposalStatus.DONE, as_of=as_of, executed_at=as_of)


def _next(proposal: Proposal, number: int, step: Step, given: list[Order], as_of: datetime) -> None:
    verdict = may_go_on(proposal, model_id=assets.current_model_id(), as_of=as_of)
    if ProposalStatus(proposal.status) == ProposalStatus.UNKNOWN:
        verdict = Verdict("What came before was not known for a while. Look at the state, and decide anew.")
    if verdict.allowed:
        verdict = Verdict(step_objection(proposal.desk, proposal.pk, number, as_of=as_of))
    if not verdict.allowed:
        reason = f"Step {number} was not ordered: {verdict.reason}"
        finish(proposal, ProposalStatus.FAILED, reason=reason, as_of=as_of)
    else:
        _give(proposal, number, step, given, as_of)


def _orders_of(proposal: Proposal, number: int) -> list[Order]:
    """The newest first. What was selected and never ordered counts for nothing."""
    dropped = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)
    rows = Order.objects.filter(purpose=_purpose(proposal, number)).exclude(status__in=dropped)
    return list(rows.order_by("-id"))


def _purpose(proposal: Proposal, number: int) -> str:
    return f"{purpose_of(proposal)}, step {number}"


def _is_done(step: Step, given: list[Order], as_of: datetime) -> bool:
    """A set-point or a switch is done when its order was; of a tap, which goes step by step, the meter says it."""
    if given and step.quantity != StepQuantity.TAP_POSITION:
        return True
    if step.quantity in _POWERS:
        return False
    value = _measured(step, as_of)
    return value is not None and abs(value - step.to) < 0.5


def _measured(step: Step, as_of: datetime) -> float | None:
    points = MeasurementPoint.objects.filter(equipment_mrid=step.device_mrid, quantity=step.quantity.value)
    found = [value for value in telemetry.point_values(list(points[:1]), as_of=as_of) if not value.is_stale]
    return found[0].value if found else None


def _give(proposal: Proposal, number: int, step: Step, given: list[Order], as_of: datetime) -> None:
    if proposal.executor is None:
        return
    client = Client(proposal.executor, session=f"proposal {proposal.pk}")
    key = uuid5(NAMESPACE_URL, f"gridops:proposal:{proposal.pk}:{number}:{len(given)}:{proposal.confirmed}")
    try:
        order = orders.select(
            wanted=_wanted(step, as_of),
            key=key,
            client=client,
            as_of=as_of,
            clock=timezone.now,
            purpose=_purpose(proposal, number),
        )
        if (warning := f"{rule_is_off(proposal)} {_warning(order)}".strip()) and proposal.confirmed < number:
            orders.cancel(order_id=order.pk, client=client, as_of=as_of)
            _wait(proposal, number, warning)
            return
        if not Proposal.objects.filter(pk=proposal.pk, status=ProposalStatus.EXECUTING).exists():
            orders.cancel(order_id=order.pk, client=client, as_of=as_of)  # somebody has stopped it meanwhile
            return
        operated = orders.operate(order_id=order.pk, nonce=order.nonce, client=client, as_of=timezone.now())
        _second(proposal, operated)
    except OrderRefused as refusal:
        if refusal.add_cause not in _WAIT and not _is_given_already(refusal, key):
            finish(proposal, ProposalStatus.FAILED, reason=f"Step {number}: {refusal}", as_of=as_of)
        return
    _note(proposal, order)


def _second(proposal: Proposal, order: Order) -> None:
    """At a critical device, in the name of who has agreed to the rule; what a person approved awaits a second one."""
    by = seconded_by(proposal)
    if by is not None and order.status == OrderStatus.AWAITING:
        client = Client(by, session=f"autonomy {proposal.rule_id} of proposal {proposal.pk}")
        orders.approve(order_id=order.pk, client=client, as_of=timezone.now())


def _is_given_already(refusal: OrderRefused, key: UUID) -> bool:
    """By another process, in the same moment."""
    is_same = refusal.order is not None and refusal.order.key == key
    return is_same and refusal.add_cause == AddCause.COMMAND_ALREADY_IN_EXECUTION


def _wanted(step: Step, as_of: datetime) -> orders.Wanted:
    mrid = UUID(step.device_mrid)
    if step.quantity == StepQuantity.SWITCH_STATE:
        return orders.Wanted(mrid, Act.CLOSE if step.to else Act.OPEN)
    if step.quantity == StepQuantity.TAP_POSITION:
        stands = _measured(step, as_of)
        below = (step.before if stands is None else stands) < step.to
        return orders.Wanted(mrid, Act.RAISE if below else Act.LOWER)
    return orders.Wanted(mrid, Act.SET, step.to, step.quantity.value)


def _warning(order: Order) -> str:
    found = order.look_ahead.get("findings", [])
    return " ".join(one["text"] for one in found if one["level"] == Level.WARNS.value)


def _wait(proposal: Proposal, number: int, warning: str) -> None:
    reason = f"Step {number} waits for a person to read: {warning}"[:300]
    rows = Proposal.objects.filter(pk=proposal.pk, status=ProposalStatus.EXECUTING)
    with transaction.atomic():
        if rows.update(waits_at=number, reason=reason):
            proposal.waits_at, proposal.reason = number, reason
            tell(proposal)


def _note(proposal: Proposal, order: Order) -> None:
    if order.pk not in proposal.orders:
        proposal.orders = [*proposal.orders, order.pk]
        Proposal.objects.filter(pk=proposal.pk).update(orders=proposal.orders)


def _stopped(proposal: Proposal, number: int, order: Order, as_of: datetime) -> None:
    """Nothing is tried again by itself; what may have been done is shown as that."""
    reason = f"Step {number}, {order}. {order.finding or order.reason}"
    if order.status != OrderStatus.UNKNOWN:
        finish(proposal, ProposalStatus.FAILED, as_of=as_of, reason=reason)
    elif ProposalStatus(proposal.status) == ProposalStatus.EXECUTING:
        move(proposal, ProposalStatus.UNKNOWN, as_of=as_of, reason=reason)


def observe(live: Live) -> int:
    """Done is what the meters show, whoever operated; approved and not done in time is given up."""
    moved = 0
    for proposal in Proposal.objects.filter(status__in=UNDER_WAY).select_related("trouble"):
        if not differs(proposal, live):
            moved += finish(proposal, ProposalStatus.DONE, as_of=live.as_of, executed_at=live.as_of)
        elif ProposalStatus(proposal.status) == ProposalStatus.APPROVED and is_late(proposal, live.as_of):
            reason = "It was approved, and not executed in time."
            moved += finish(proposal, ProposalStatus.WITHDRAWN, reason=reason, as_of=live.as_of)
    return moved


def differs(proposal: Proposal, live: Live) -> str:
    """Empty where all devices stand as the steps leave them."""
    try:
        return stands_as(steps_of(proposal), live.scene.base, live.scene.place, done=True)
    except BadStep as fault:
        return str(fault)
