"""The steps of a plan that is under way, one after the other, each checked against the live network before it goes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.dispatch.adapters.plan_walk import tap_of, walked
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import LONGEST_FINDING, Act, OrderStatus
from apps.dispatch.choices.plan import STEP_MOVES, TO_THE_FIELD, StepKind, StepStatus
from apps.dispatch.models import Order, SafetyDocument, SwitchingPlan, SwitchingStep, Tag
from apps.dispatch.rules.orders import Client, is_own
from apps.dispatch.rules.plans import may_instruct
from apps.dispatch.services import orders
from apps.dispatch.services.order_checks import authority
from apps.dispatch.services.order_telling import insist, told
from apps.dispatch.services.plan_following import end_step
from apps.dispatch.services.plan_study import ground_of
from apps.dispatch.services.plans import locked, tell
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.safety_documents import issue_document, release_document
from apps.dispatch.services.settlement import settle
from apps.dispatch.services.tags import place_tag, remove_tag
from apps.studies.adapters.changes import Place
from apps.studies.rules import Conflict
from apps.studies.selectors.places import place_of
from apps.studies.services.starting import Start, live_start
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint


@dataclass(frozen=True, slots=True)
class Going:
    """Who lets a step go, and when; `key` is that of the order, should there be one."""

    client: Client
    key: UUID
    as_of: datetime
    clock: Callable[[], datetime]

    @property
    def by(self) -> User:
        return self.client.user


def instruct_step(*, plan_id: int, position: int, going: Going) -> Order | None:
    """The order that the person has to operate within 10 s, where the step is one to the field from here.

    Asked again with the same key it is the same order. Raises Refused; what is refused as an order is in the audit.
    """

    def act() -> Order | None:
        with transaction.atomic():
            plan = locked(plan_id)
            step = _step(plan, position)
            if step.order is not None and step.order.key == going.key and is_own(step.order, going.client):
                return step.order
            _insist_it_is_next(step)
            return _let_go(step, going)

    return told(act, "instruction", going.client, target=f"plan/{plan_id}", as_of=going.as_of)


def _let_go(step: SwitchingStep, going: Going) -> Order | None:
    if StepKind(step.kind) in TO_THE_FIELD:
        orders.claim(_device(step))
        if not step.crew:
            return _ordered(step, going)
        insist(authority(going.by, _device(step)))
        orders.insist_it_is_free(_device(step), going.client, as_of=going.as_of)
        step.found = _live_check(step, as_of=going.as_of)
    _instructed(step, going)
    if (act := _AT_ONCE.get(StepKind(step.kind))) is not None:
        end_step(step, StepStatus.COMPLETED, note=act(step, going), by=going.by, as_of=going.as_of)
    return None


def _ordered(step: SwitchingStep, going: Going) -> Order:
    order = orders.select(
        wanted=_wanted(step, as_of=going.as_of),
        key=going.key,
        client=going.client,
        as_of=going.as_of,
        clock=going.clock,
        purpose=f"{step.plan.number}, step {step.position}",
    )
    if order.status != OrderStatus.SELECTED:
        raise Refused(f"key: order {order.pk} has it, and is {order.get_status_display().lower()}. Give a new key.")
    _instructed(step, going, order=order)
    return order


def report_step(
    *, plan_id: int, position: int, outcome: StepStatus, note: str, client: Client, as_of: datetime
) -> SwitchingPlan:
    """What somebody on site has said, or has found out where the outcome was not known: then it settles the order."""
    with transaction.atomic():
        plan = locked(plan_id)
        step = _step(plan, position)
        if outcome not in STEP_MOVES[StepStatus(step.status)]:
            raise Refused(f"Step {position} is {step.get_status_display().lower()}: there is nothing to report on it.")
        if step.status == StepStatus.INSTRUCTED and step.order_id:
            raise Refused(f"Step {position} is an order under way: its feedback tells how it ends.")
        if step.order is not None and step.order.status == OrderStatus.UNKNOWN:
            _settle(step.order, outcome, note, client, as_of=as_of)
            return plan
        if outcome == StepStatus.COMPLETED and step.kind == StepKind.SWITCH:
            _insist_on_the_meter(step, as_of=as_of)
        end_step(step, outcome, note=note or f"Told by {client.user}.", by=client.user, as_of=as_of)
    return plan


def _settle(order: Order, outcome: StepStatus, note: str, client: Client, *, as_of: datetime) -> None:
    if not note:
        raise Refused("note: say what was found, and how. Who comes next reads it.")
    is_done = outcome == StepStatus.COMPLETED
    settle(order_id=order.pk, is_done=is_done, finding=note[:LONGEST_FINDING], client=client, as_of=as_of)


def _insist_it_is_next(step: SwitchingStep) -> None:
    verdict = may_instruct(step.plan, step, steps=list(step.plan.steps.all()))
    if not verdict.allowed:
        raise Refused(verdict.reason)


def _step(plan: SwitchingPlan, position: int) -> SwitchingStep:
    step = SwitchingStep.objects.filter(plan=plan, position=position).select_related("order").first()
    if step is None:
        raise Refused(f"{plan.number} has no step {position}.")
    step.plan = plan
    return step


def _instructed(step: SwitchingStep, going: Going, *, order: Order | None = None) -> None:
    """Under the lock of its plan."""
    step.status, step.order = StepStatus.INSTRUCTED, order
    step.instructed_at, step.instructed_by, step.ended_at, step.note = going.as_of, going.by, None, ""
    step.save()
    detail = {"step": step.position, "text": step.text, "crew": step.crew, "order": order.pk if order else None}
    tell(step.plan, "plan.step-instructed", by=going.by, as_of=going.as_of, detail=detail)


def _wanted(step: SwitchingStep, *, as_of: datetime) -> orders.Wanted:
    if step.kind == StepKind.SWITCH:
        return orders.Wanted(_device(step), Act.CLOSE if step.payload["closed"] else Act.OPEN)
    now, to = _stand(step, as_of), step.payload["position"]
    if abs(to - now) != 1:
        raise Refused(f"{step.equipment_name} stands at {now}: a tap goes one position a step. Write a step for each.")
    return orders.Wanted(_device(step), Act.RAISE if to > now else Act.LOWER)


def _live(as_of: datetime) -> tuple[Start, Place]:
    try:
        start = live_start(as_of=as_of)
    except Conflict as conflict:
        raise Refused(str(conflict)) from None
    return start, place_of(start.model)


def _stand(step: SwitchingStep, as_of: datetime) -> int:
    """Where the device is, as the live state has it."""
    start, place = _live(as_of)
    return tap_of(step, start.base, place)


def _live_check(step: SwitchingStep, *, as_of: datetime) -> dict[str, Any]:
    """What a crew is told to do is checked like an order from here. The customers are those of the plan."""
    start, place = _live(as_of)
    ground = replace(ground_of(start, place), customers_may_lose=step.plan.customers_may_lose)
    (result,) = walked([step], ground)
    if result["forbids"]:
        raise Refused(f"Step {step.position}: {result['forbids'][0]}")
    return result


def _insist_on_the_meter(step: SwitchingStep, *, as_of: datetime) -> None:
    """Where the switch tells its position, it says the last word."""
    points = MeasurementPoint.objects.filter(
        equipment_mrid=_device(step), quantity=Quantity.SWITCH_STATE, gateway__is_enabled=True
    )
    wanted = float(step.payload["closed"])
    for now in telemetry.point_values(list(points), as_of=as_of):
        if not now.is_stale and now.value in (0.0, 1.0) and now.value != wanted:
            stands = "closed" if now.value else "open"
            raise Refused(f"{step.equipment_name} reports that it is {stands}. Look again, or report that it failed.")


def _hang(step: SwitchingStep, going: Going) -> str:
    tag = place_tag(
        equipment_mrid=_device(step),
        kind=TagKind(step.payload["tag"]),
        reason=step.payload["reason"],
        by=going.by,
        as_of=going.as_of,
    )
    step.found = {"tag": tag.pk}
    step.save(update_fields=["found"])
    return f"Hung by {going.by}."


def _take_off(step: SwitchingStep, going: Going) -> str:
    """Only what this plan, or the one whose way back it is, has hung there."""
    plans = [step.plan_id, *([step.plan.go_back_of_id] if step.plan.go_back_of_id else [])]
    hung = SwitchingStep.objects.filter(plan_id__in=plans, kind=StepKind.TAG, equipment_mrid=step.equipment_mrid)
    numbers = [found["tag"] for found in hung.values_list("found", flat=True) if "tag" in found]
    standing = list(Tag.objects.standing().filter(pk__in=numbers))
    for tag in standing:
        remove_tag(tag_id=tag.pk, reason=f"{step.plan.number}, step {step.position}", by=going.by, as_of=going.as_of)
    return f"{len(standing)} taken off by {going.by}."


def _issue(step: SwitchingStep, going: Going) -> str:
    issue_document(document_id=_document(step), by=going.by, as_of=going.as_of)
    return f"Issued by {going.by}."


def _release(step: SwitchingStep, going: Going) -> str:
    release_document(document_id=_document(step), by=going.by, as_of=going.as_of)
    return f"Released by {going.by}."


def _document(step: SwitchingStep) -> int:
    plans = [step.plan_id, *([step.plan.go_back_of_id] if step.plan.go_back_of_id else [])]
    found = SafetyDocument.objects.filter(plan_id__in=plans, pk=step.payload["document"]).values_list("pk", flat=True)
    if not found:
        raise Refused(f"{step.plan.number} has no document SD-{step.payload['document']}.")
    return int(found[0])


def _device(step: SwitchingStep) -> UUID:
    if step.equipment_mrid is None:
        raise Refused(f"Step {step.position} names no device.")
    return step.equipment_mrid


_AT_ONCE: dict[StepKind, Callable[[SwitchingStep, Going], str]] = {
    StepKind.TAG: _hang,
    StepKind.UNTAG: _take_off,
    StepKind.ISSUE: _issue,
    StepKind.RELEASE: _release,
}
