"""Each step of a transition as an order through dispatch, in the name of who answers for it.

The step's row is written before its order. Whoever reads a step without an order, after a restart too, gives it under
the same key: dispatch knows it then, and nothing is sent twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import IntegrityError
from django.db import transaction as database

from apps.accounts.models import User
from apps.dispatch.choices.order import DONE, PENDING, AddCause, Level, OrderStatus
from apps.dispatch.choices.order import Act as OrderAct
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Order
from apps.dispatch.rules.orders import Client
from apps.dispatch.services import orders
from apps.dispatch.services.order_telling import OrderRefused
from apps.microgrids.adapters.transition_sequence import Command, command_of, words_of
from apps.microgrids.choices.microgrid import FieldQuantity
from apps.microgrids.choices.transition import (
    LONGEST_REASON,
    StepCommand,
    StepOutcome,
    TransitionStatus,
)
from apps.microgrids.models import Microgrid, MicrogridMember, Transition, TransitionStep

Clock = Callable[[], datetime]
# The device is somebody else's for a moment, or the state is not known for one: the stage's own time ends the waiting.
_WAIT = frozenset(
    {
        AddCause.LOCKED_BY_OTHER_CLIENT,
        AddCause.OBJECT_ALREADY_SELECTED,
        AddCause.BLOCKED_BY_PROCESS,
        AddCause.COMMAND_ALREADY_IN_EXECUTION,
    }
)
_NEVER_ORDERED = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)
_WAY_BACK = {
    StepCommand.BATTERY: "The battery goes back to its plan when the microgrid stands with the grid.",
    StepCommand.GENERATOR: "The generator is stopped when the microgrid stands with the grid.",
    StepCommand.SHED: "The loads are taken back when the microgrid stands with the grid.",
    StepCommand.MODE: "The controller keeps the mode that it has; the island is judged by its values.",
    StepCommand.OPEN: "It stays with the grid; what was cut is taken back.",
    StepCommand.CLOSE: "It stays alone.",
}


def begin_step(
    transition: Transition, command: Command, generators: Sequence[MicrogridMember], *, as_of: datetime
) -> TransitionStep | None:
    """None: somebody else was faster, or the transition has gone on."""
    microgrid, act = transition.microgrid, command_of(command)
    mrid, name = _device(microgrid, act, command.unit, generators)
    try:
        with database.atomic():
            row = Transition.objects.select_for_update().get(pk=transition.pk)
            if (row.visit, row.status) != (transition.visit, TransitionStatus.RUNNING):
                return None
            return TransitionStep.objects.create(
                transition=transition,
                number=row.steps.count() + 1,
                visit=transition.visit,
                stage=transition.stage,
                command=act,
                unit=command.unit,
                device_mrid=mrid,
                device_name=name,
                value=command.value,
                words=words_of(command),
                way_back=_WAY_BACK[act],
                begun_at=as_of,
            )
    except IntegrityError:
        return None


def _device(
    microgrid: Microgrid, act: StepCommand, unit: int, generators: Sequence[MicrogridMember]
) -> tuple[UUID, str]:
    if act in (StepCommand.OPEN, StepCommand.CLOSE):
        return microgrid.coupling_switch_mrid, f"Coupling of {microgrid.name}"
    if act == StepCommand.GENERATOR:
        return generators[unit].element_mrid, generators[unit].name
    return microgrid.forming_mrid, f"Controller of {microgrid.name}"


def wanted_of(step: TransitionStep) -> orders.Wanted:
    """As the meter will read it: power is positive from the node into the equipment, so what is given is negative."""
    command = StepCommand(step.command)
    if command in (StepCommand.OPEN, StepCommand.CLOSE):
        return orders.Wanted(step.device_mrid, OrderAct.CLOSE if command == StepCommand.CLOSE else OrderAct.OPEN)
    quantity = {
        StepCommand.MODE: FieldQuantity.MODE,
        StepCommand.SHED: FieldQuantity.SHED_GROUP,
    }.get(command, FieldQuantity.ACTIVE_POWER)
    value = -step.value if quantity == FieldQuantity.ACTIVE_POWER else step.value
    return orders.Wanted(step.device_mrid, OrderAct.SET, value + 0.0, quantity.value)


def purpose_of(step: TransitionStep) -> str:
    return f"transition {step.transition_id}, step {step.number}"


def follow(step: TransitionStep, transition: Transition, *, clock: Clock) -> None:
    """What became of its order; where there is none yet it is given, if it still belongs to the stage."""
    if not TransitionStep.objects.filter(pk=step.pk, outcome=step.outcome).exists():
        return
    order = Order.objects.filter(purpose=purpose_of(step)).exclude(status__in=_NEVER_ORDERED).order_by("-id").first()
    if order is not None and order.status != OrderStatus.SELECTED:
        _judge(step, order, clock())
    elif step.visit == transition.visit and transition.executor is not None:
        _give(step, transition, transition.executor, clock)
    elif step.visit != transition.visit:
        settle(step, StepOutcome.FAILED, "It was not ordered any more: the stage was left.", as_of=clock())


def _judge(step: TransitionStep, order: Order, as_of: datetime) -> None:
    status = OrderStatus(order.status)
    if status in DONE:
        settle(step, StepOutcome.DONE, str(order.get_status_display()), as_of=as_of, order=order)
    elif status == OrderStatus.UNKNOWN:
        settle(step, StepOutcome.UNKNOWN, order.reason, as_of=as_of, order=order)
    elif status not in PENDING:
        told = f"{order.get_status_display()}. {order.finding or order.reason}"
        settle(step, StepOutcome.FAILED, told, as_of=as_of, order=order)
    elif step.order_id is None:
        TransitionStep.objects.filter(pk=step.pk).update(order_id=order.pk)


def _give(step: TransitionStep, transition: Transition, executor: User, clock: Clock) -> None:
    client = Client(executor, session=f"transition {transition.pk}")
    never = Order.objects.filter(purpose=purpose_of(step), status__in=_NEVER_ORDERED).count()
    try:
        order = orders.select(
            wanted=wanted_of(step),
            key=uuid5(NAMESPACE_URL, f"gridops:transition-step:{step.key}:{never}"),
            client=client,
            as_of=clock(),
            clock=clock,
            purpose=purpose_of(step),
        )
        if (warning := _unread(order, transition)) or not _goes_on(transition):
            orders.cancel(order_id=order.pk, client=client, as_of=clock())
            told = f"Nobody was there to read: {warning}" if warning else "The transition has ended meanwhile."
            settle(step, StepOutcome.FAILED, told, as_of=clock(), order=order)
            return
        operated = orders.operate(order_id=order.pk, nonce=order.nonce, client=client, as_of=clock())
        _second(transition, operated, clock)
    except OrderRefused as refusal:
        _refused(step, refusal, clock())
        return
    TransitionStep.objects.filter(pk=step.pk).update(order_id=order.pk)


def _goes_on(transition: Transition) -> bool:
    return Transition.objects.filter(pk=transition.pk, visit=transition.visit, status=TransitionStatus.RUNNING).exists()


def _unread(order: Order, transition: Transition) -> str:
    """A warning counts as read where the check has shown one of this device to the person who began it."""
    found = order.look_ahead.get("findings", [])
    text = " ".join(one["text"] for one in found if one["level"] == Level.WARNS.value)
    read = transition.check_document.get("read", [])
    return "" if str(order.device_mrid) in read else text


def _second(transition: Transition, order: Order, clock: Clock) -> None:
    """At a critical device, in the name of who has agreed to the rule; what a person began awaits a second one."""
    rule = transition.rule
    is_on = rule is not None and rule.mode == AutonomyMode.AUTOMATIC
    by = rule.seconded_by if rule is not None and is_on else None
    if by is not None and order.status == OrderStatus.AWAITING:
        client = Client(by, session=f"autonomy {transition.rule_id} of transition {transition.pk}")
        orders.approve(order_id=order.pk, client=client, as_of=clock())


def _refused(step: TransitionStep, refusal: OrderRefused, as_of: datetime) -> None:
    if refusal.add_cause == AddCause.POSITION_REACHED:
        settle(step, StepOutcome.DONE, str(refusal), as_of=as_of)
    elif refusal.add_cause in _WAIT or _is_own(step, refusal):
        TransitionStep.objects.filter(pk=step.pk).update(told=str(refusal)[:LONGEST_REASON])
    else:
        settle(step, StepOutcome.FAILED, str(refusal), as_of=as_of)


def _is_own(step: TransitionStep, refusal: OrderRefused) -> bool:
    return refusal.order is not None and refusal.order.purpose == purpose_of(step)


def settle(step: TransitionStep, new: StepOutcome, told: str, *, as_of: datetime, order: Order | None = None) -> bool:
    """Compare and swap."""
    if new == step.outcome:
        return False
    fields: dict[str, Any] = {"told": told[:LONGEST_REASON], "ended_at": None if new == StepOutcome.UNKNOWN else as_of}
    if order is not None:
        fields["order_id"] = order.pk
    return TransitionStep.objects.move(step.pk, StepOutcome(step.outcome), new, **fields)
