"""Plans that are carried out, the gateway's part played in lock step."""

from typing import Any
from uuid import uuid4

import pytest

from apps.accounts.choices import Role
from apps.audit.models import AuditEvent
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.choices.plan import DocumentKind, PlanKind, PlanStatus, StepStatus
from apps.dispatch.models import Order, SwitchingPlan, SwitchingStep, Tag
from apps.dispatch.services import orders, plan_execution, plan_study, plans, safety_documents
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.plan_execution import Going
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.tags import place_tag
from apps.telemetry.choices import RequestState
from apps.telemetry.models import ControlPoint
from tests.factories.orders import Desk, make_desk, person, switch_control

pytestmark = pytest.mark.django_db

ALL = 10_000_000  # customers that the plan may leave without supply


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


@pytest.fixture
def breaker(desk: Desk) -> ControlPoint:
    return switch_control()


def switch(control: ControlPoint, *, closed: bool = False, crew: str = "") -> dict[str, Any]:
    return {"kind": "switch", "mrid": str(control.point.equipment_mrid), "closed": closed, "crew": crew}


def tag(control: ControlPoint) -> dict[str, Any]:
    return {"kind": "tag", "mrid": str(control.point.equipment_mrid), "tag": "hold", "reason": "WO 4711"}


def under_way(desk: Desk, steps: list[dict[str, Any]], *, study: bool = True) -> SwitchingPlan:
    anna, ben = desk.anna.user, desk.ben.user
    plan = plans.create_plan(
        name="Joint",
        purpose="Replace it",
        kind=PlanKind.PLANNED,
        steps=steps,
        customers_may_lose=ALL,
        by=anna,
        as_of=desk.now,
    )
    if not study:
        return plan
    plan_study.study_plan(plan_id=plan.pk, by=anna, as_of=desk.now)
    chief = person("carla", Role.SUPERVISOR).user
    signed = (
        (PlanStatus.REQUESTED, anna),
        (PlanStatus.PREPARED, anna),
        (PlanStatus.CHECKED, ben),
        (PlanStatus.APPROVED, chief),
        (PlanStatus.UNDER_WAY, anna),
    )
    for to, by in signed:
        plan = plans.move_plan(plan_id=plan.pk, to=to, reason="", by=by, as_of=desk.now)
    return plan


def instruct(desk: Desk, plan: SwitchingPlan, position: int) -> Order | None:
    going = Going(desk.anna, uuid4(), desk.now, desk.clock)
    return plan_execution.instruct_step(plan_id=plan.pk, position=position, going=going)


def report(desk: Desk, plan: SwitchingPlan, position: int, outcome: StepStatus, note: str = "") -> None:
    given: dict[str, Any] = {"outcome": outcome, "note": note, "client": desk.anna, "as_of": desk.now}
    plan_execution.report_step(plan_id=plan.pk, position=position, **given)


def standing(plan: SwitchingPlan) -> list[str]:
    return list(SwitchingStep.objects.filter(plan=plan).values_list("status", flat=True))


def test_a_plan_is_carried_out_step_by_step_and_goes_back(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way(desk, [switch(breaker), tag(breaker)])

    order = instruct(desk, plan, 1)
    assert order is not None and order.purpose == f"SP-{plan.pk}, step 1"
    desk.operate(order)
    desk.gateway()
    desk.wait(8)
    assert standing(plan) == ["completed", "new"]
    assert instruct(desk, plan, 2) is None
    assert Tag.objects.standing().get().kind == TagKind.HOLD
    done = plans.move_plan(plan_id=plan.pk, to=PlanStatus.COMPLETED, reason="", by=desk.anna.user, as_of=desk.now)
    assert done.status == PlanStatus.COMPLETED

    back = plans.create_go_back(plan_id=plan.pk, by=desk.anna.user, as_of=desk.now)
    assert [step.kind for step in back.steps.all()] == ["untag", "switch"]
    assert AuditEvent.objects.filter(target=f"plan/{plan.pk}", action="plan.step-ended").count() == 2


def test_steps_go_in_their_order_and_none_before_the_plan_is_under_way(desk: Desk, breaker: ControlPoint) -> None:
    early = under_way(desk, [switch(breaker)], study=False)
    with pytest.raises(Refused, match="not under way"):
        instruct(desk, early, 1)
    plan = under_way(desk, [switch(breaker), tag(breaker)])
    with pytest.raises(Refused, match="step 1 comes first"):
        instruct(desk, plan, 2)
    assert not Order.objects.exists()


def test_a_hold_that_hangs_by_now_stops_a_step_that_was_approved(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way(desk, [switch(breaker)])
    mrid = breaker.point.equipment_mrid
    place_tag(equipment_mrid=mrid, kind=TagKind.HOLD, reason="Crew at work", by=desk.ben.user, as_of=desk.now)
    with pytest.raises(Refused, match="Crew at work"):
        instruct(desk, plan, 1)
    assert standing(plan) == ["new"]


def test_a_crews_step_is_checked_too(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way(desk, [switch(breaker, crew="North 2")])
    mrid = breaker.point.equipment_mrid
    hold = place_tag(equipment_mrid=mrid, kind=TagKind.HOLD, reason="Not now", by=desk.anna.user, as_of=desk.now)
    with pytest.raises(Refused, match="Not now"):
        instruct(desk, plan, 1)
    Tag.objects.filter(pk=hold.pk).delete()

    assert instruct(desk, plan, 1) is None
    assert standing(plan) == ["instructed"]
    with pytest.raises(Refused, match="reports that it is closed"):
        report(desk, plan, 1, StepStatus.COMPLETED)
    report(desk, plan, 1, StepStatus.FAILED)
    assert standing(plan) == ["failed"]


@pytest.mark.parametrize(("answer", "ends"), [(RequestState.REFUSED, "failed"), (RequestState.UNKNOWN, "unknown")])
def test_a_step_ends_as_its_order_does(desk: Desk, breaker: ControlPoint, answer: RequestState, ends: str) -> None:
    plan = under_way(desk, [switch(breaker), tag(breaker)])
    order = instruct(desk, plan, 1)
    assert order is not None
    desk.operate(order)
    desk.gateway(answer=answer)

    assert standing(plan) == [ends, "new"]
    if ends == "unknown":
        with pytest.raises(Refused, match="is outcome unknown already"):
            instruct(desk, plan, 1)
        with pytest.raises(Refused, match="Settle it first"):
            plans.move_plan(
                plan_id=plan.pk, to=PlanStatus.ABORTED, reason="It is late", by=desk.anna.user, as_of=desk.now
            )
        with pytest.raises(Refused, match="note: say what was found"):
            report(desk, plan, 1, StepStatus.FAILED)
        report(desk, plan, 1, StepStatus.FAILED, "North 2 sees it closed")
        order.refresh_from_db()
        assert (standing(plan), order.status) == (["failed", "new"], OrderStatus.FOUND_NOT_DONE)


def test_a_document_is_issued_and_released_as_steps(desk: Desk, breaker: ControlPoint) -> None:
    now: dict[str, Any] = {"by": desk.anna.user, "as_of": desk.now}
    first = under_way(desk, [], study=False)
    mrid = breaker.point.equipment_mrid
    permit = safety_documents.draft_document(
        plan_id=first.pk, kind=DocumentKind.PERMIT, work="Joint", crew="North 2", devices=[mrid], **now
    )
    steps = [{"kind": "issue", "document": permit.pk}]
    plans.write_steps(plan_id=first.pk, steps=[tag(breaker), *steps, {"kind": "release", "document": permit.pk}], **now)
    SwitchingPlan.objects.filter(pk=first.pk).update(status=PlanStatus.UNDER_WAY)

    for position in (1, 2, 3):
        instruct(desk, first, position)
    permit.refresh_from_db()
    assert (permit.get_status_display(), standing(first)) == ("Released", ["completed"] * 3)


def test_the_study_sees_the_interlocks_that_an_order_would_meet(desk: Desk, breaker: ControlPoint) -> None:
    """The plan hangs a hold and then forgets that it hangs there."""
    forgets = under_way(desk, [tag(breaker), switch(breaker)], study=False)
    plan_study.study_plan(plan_id=forgets.pk, by=desk.anna.user, as_of=desk.now)
    takes_off = {"kind": "untag", "mrid": str(breaker.point.equipment_mrid)}
    minds = under_way(desk, [tag(breaker), takes_off, switch(breaker)], study=False)
    plan_study.study_plan(plan_id=minds.pk, by=desk.anna.user, as_of=desk.now)

    assert "Hold" in forgets.studies.get().text
    assert minds.studies.get().is_safe, minds.studies.get().text


def test_a_step_that_changes_nothing_is_found_in_the_study(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way(desk, [switch(breaker), switch(breaker)], study=False)
    plan_study.study_plan(plan_id=plan.pk, by=desk.anna.user, as_of=desk.now)
    assert plan.studies.get().text.startswith("Step 2: ")
    assert "is open already by then" in plan.studies.get().text


def test_two_persons_instruct_one_step_and_one_of_them_is_told(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way(desk, [switch(breaker)])
    first = instruct(desk, plan, 1)
    other = Going(desk.ben, uuid4(), desk.now, desk.clock)
    with pytest.raises(Refused, match="instructed already"):
        plan_execution.instruct_step(plan_id=plan.pk, position=1, going=other)
    assert Order.objects.get() == first


def test_an_instruction_that_got_lost_on_the_way_back_is_the_same_order(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way(desk, [switch(breaker)])
    going = Going(desk.anna, uuid4(), desk.now, desk.clock)
    first, again = (plan_execution.instruct_step(plan_id=plan.pk, position=1, going=going) for _ in range(2))
    assert first is not None
    assert first == again
    desk.wait(10)
    assert standing(plan) == ["failed"], "nobody has operated it in time"
    late = plan_execution.instruct_step(plan_id=plan.pk, position=1, going=going)
    assert late is not None
    assert (late.status, standing(plan)) == (OrderStatus.EXPIRED, ["failed"]), "a key belongs to one order for ever"


def test_an_order_that_has_ended_is_taken_for_no_step(desk: Desk, breaker: ControlPoint) -> None:
    """Its end would have been told before the step was there to hear it."""
    plan = under_way(desk, [switch(breaker)])
    key = uuid4()
    purpose = f"SP-{plan.pk}, step 1"
    ended = desk.select(breaker, Act.OPEN, key=key, purpose=purpose)
    desk.wait(10)
    going = Going(desk.anna, key, desk.now, desk.clock)
    with pytest.raises(Refused, match=f"key: order {ended.pk} has it, and is expired"):
        plan_execution.instruct_step(plan_id=plan.pk, position=1, going=going)
    assert standing(plan) == ["new"]


def test_a_device_is_in_one_hand(desk: Desk, breaker: ControlPoint) -> None:
    """That of an order, or of a crew that a plan has told to operate it."""
    crew, here = (under_way_as(desk, breaker, crew) for crew in ("North 2", ""))
    order = desk.select(breaker, Act.OPEN)
    for plan in (crew, here):
        with pytest.raises(Refused, match="selected it already"):
            instruct(desk, plan, 1)
    orders.cancel(order_id=order.pk, client=desk.anna, as_of=desk.now)

    instruct(desk, crew, 1)
    with pytest.raises(OrderRefused, match=f"North 2 operates it on site for SP-{crew.pk}, step 1"):
        desk.select(breaker, Act.OPEN)
    with pytest.raises(Refused, match="North 2 operates it"):
        instruct(desk, here, 1)
    report(desk, crew, 1, StepStatus.FAILED)
    assert instruct(desk, here, 1) is not None


def under_way_as(desk: Desk, breaker: ControlPoint, crew: str) -> SwitchingPlan:
    plan = under_way(desk, [switch(breaker, crew=crew)], study=False)
    SwitchingPlan.objects.filter(pk=plan.pk).update(status=PlanStatus.UNDER_WAY)
    return plan


def test_what_is_refused_to_a_step_as_an_order_is_in_the_audit(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way_as(desk, breaker, "")
    mrid = breaker.point.equipment_mrid
    place_tag(equipment_mrid=mrid, kind=TagKind.HOLD, reason="Crew at work", by=desk.ben.user, as_of=desk.now)
    with pytest.raises(Refused, match="Crew at work"):
        instruct(desk, plan, 1)
    told = AuditEvent.objects.get(action="order.objection")
    assert (told.target, told.detail["asked"]) == (f"plan/{plan.pk}", "instruction")


def test_a_crew_is_instructed_only_by_who_answers_for_the_area(desk: Desk, breaker: ControlPoint) -> None:
    plan = under_way_as(desk, breaker, "North 2")
    going = Going(person("vera", Role.VIEWER), uuid4(), desk.now, desk.clock)
    with pytest.raises(Refused, match="gives no orders to the field"):
        plan_execution.instruct_step(plan_id=plan.pk, position=1, going=going)
