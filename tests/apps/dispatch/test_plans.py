from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.audit.models import AuditEvent
from apps.dispatch.adapters.plan_steps import BadStep
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.plan import PLAN_MOVES, CrewStatus, DocumentKind, PlanKind, PlanStatus
from apps.dispatch.models import SafetyDocument, SwitchingPlan, Tag
from apps.dispatch.services import plan_study, plans, safety_documents
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.tags import place_tag, remove_tag
from tests.factories.field import Room
from tests.factories.grids import CASE33
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db

Step = dict[str, Any]


@pytest.fixture
def network(request: pytest.FixtureRequest) -> Any:
    """That of the room where the test has one; where no state is needed, a small one."""
    if "begun" in request.fixturenames or "room" in request.fixturenames:
        request.getfixturevalue("room")
        return assets.assembled(assets.current_model())
    return assets.assembled(imported(CASE33))


@pytest.fixture
def ring(network: Any) -> list[Step]:
    """Closes an open switch of the ring: nobody loses anything."""
    at = int((~network.normal_closed).nonzero()[0][0])
    return [{"kind": "switch", "mrid": network.switches.mrid[at], "closed": True}]


@pytest.fixture
def outage(network: Any) -> list[Step]:
    """Opens every switch in the order of the list until somebody is without supply: what no plan may do unsaid."""
    closed = network.normal_closed.nonzero()[0][:40]
    return [{"kind": "switch", "mrid": network.switches.mrid[int(at)], "closed": False} for at in closed]


def written(steps: list[Step], by: User, kind: PlanKind = PlanKind.PLANNED, **more: Any) -> SwitchingPlan:
    given = {"name": "Ring", "purpose": "Maintenance of a line", "kind": kind, "steps": steps, **more}
    return plans.create_plan(**given, by=by, as_of=timezone.now())


def move(plan: SwitchingPlan, to: PlanStatus, by: User, reason: str = "") -> SwitchingPlan:
    return plans.move_plan(plan_id=plan.pk, to=to, reason=reason, by=by, as_of=timezone.now())


def checked(plan: SwitchingPlan, anna: User, ben: User, begun: datetime) -> SwitchingPlan:
    plan_study.study_plan(plan_id=plan.pk, by=anna, as_of=begun)
    for to, by in ((PlanStatus.REQUESTED, anna), (PlanStatus.PREPARED, anna), (PlanStatus.CHECKED, ben)):
        plan = move(plan, to, by)
    return plan


def test_three_persons_bring_a_plan_to_approval(
    ring: list[Step], begun: datetime, anna: User, ben: User, carla: User
) -> None:
    plan = move(checked(written(ring, anna), anna, ben, begun), PlanStatus.APPROVED, carla)

    signed = [(one.status, one.by.username) for one in plan.moves.all()][1:]
    assert signed == [("requested", "anna"), ("prepared", "anna"), ("checked", "ben"), ("approved", "carla")]
    assert AuditEvent.objects.filter(target=f"plan/{plan.pk}").count() == 6


def test_who_has_prepared_neither_checks_nor_approves(
    ring: list[Step], begun: datetime, anna: User, carla: User
) -> None:
    plan = written(ring, carla)
    plan_study.study_plan(plan_id=plan.pk, by=carla, as_of=begun)
    move(plan, PlanStatus.REQUESTED, carla)
    move(plan, PlanStatus.PREPARED, carla)

    with pytest.raises(Refused, match="somebody else checks"):
        move(plan, PlanStatus.CHECKED, carla)
    move(plan, PlanStatus.CHECKED, anna)
    with pytest.raises(Refused, match="somebody else approves"):
        move(plan, PlanStatus.APPROVED, carla)


def test_who_has_checked_approves_in_an_emergency(ring: list[Step], begun: datetime, anna: User, carla: User) -> None:
    plan = checked(written(ring, anna, PlanKind.EMERGENCY), anna, carla, begun)
    assert move(plan, PlanStatus.APPROVED, carla).status == PlanStatus.APPROVED


def test_who_has_checked_approves_nothing_that_was_planned(
    ring: list[Step], begun: datetime, anna: User, carla: User
) -> None:
    plan = checked(written(ring, anna), anna, carla, begun)
    with pytest.raises(Refused, match="a third person approves"):
        move(plan, PlanStatus.APPROVED, carla)


def test_an_operator_approves_nothing(ring: list[Step], begun: datetime, anna: User, ben: User) -> None:
    other = User.objects.create_user("dora", role=ben.role)
    plan = checked(written(ring, anna), anna, ben, begun)
    with pytest.raises(Refused, match="role does not let you"):
        move(plan, PlanStatus.APPROVED, other)


def test_a_plan_is_studied_before_it_is_approved(ring: list[Step], anna: User, ben: User, carla: User) -> None:
    plan = written(ring, anna)
    for to, by in ((PlanStatus.REQUESTED, anna), (PlanStatus.PREPARED, anna), (PlanStatus.CHECKED, ben)):
        move(plan, to, by)
    with pytest.raises(Refused, match="never studied"):
        move(plan, PlanStatus.APPROVED, carla)


def test_steps_that_changed_are_studied_again(
    ring: list[Step], begun: datetime, anna: User, ben: User, carla: User
) -> None:
    plan = written(ring, anna)
    plan_study.study_plan(plan_id=plan.pk, by=anna, as_of=begun)
    more = [*ring, {"kind": "act", "text": "Look whether the earth is off", "crew": "North 2"}]
    plans.write_steps(plan_id=plan.pk, steps=more, by=anna, as_of=timezone.now())
    for to, by in ((PlanStatus.REQUESTED, anna), (PlanStatus.PREPARED, anna), (PlanStatus.CHECKED, ben)):
        move(plan, to, by)

    with pytest.raises(Refused, match="steps have changed"):
        move(plan, PlanStatus.APPROVED, carla)
    plan_study.study_plan(plan_id=plan.pk, by=ben, as_of=begun)
    assert move(plan, PlanStatus.APPROVED, carla).status == PlanStatus.APPROVED


def test_customers_without_supply_are_allowed_only_as_many_as_the_plan_says(
    outage: list[Step], begun: datetime, anna: User
) -> None:
    said, unsaid = written(outage, anna, customers_may_lose=10_000_000), written(outage, anna)
    for plan in (said, unsaid):
        plan_study.study_plan(plan_id=plan.pk, by=anna, as_of=begun)

    assert "without supply; the plan allows none" in str(unsaid.studies.get().results)
    assert "without supply" not in str([result["forbids"] for result in said.studies.get().results])
    assert not unsaid.studies.get().is_safe


def test_the_go_back_undoes_the_steps_last_first(ring: list[Step], network: Any, begun: datetime, anna: User) -> None:
    line = network.lines.mrid[0]
    steps = [*ring, {"kind": "tag", "mrid": line, "tag": "hold", "reason": "WO 7"}]
    plan = written(steps, anna)

    back = plans.create_go_back(plan_id=plan.pk, by=anna, as_of=timezone.now())

    assert [(step.kind, step.payload) for step in back.steps.all()] == [("untag", {}), ("switch", {"closed": False})]
    with pytest.raises(Refused, match="has its go-back already"):
        plans.create_go_back(plan_id=plan.pk, by=anna, as_of=timezone.now())


def test_a_plan_moves_only_where_the_table_lets_it(ring: list[Step], anna: User, carla: User) -> None:
    plan = written(ring, anna)
    for now in PlanStatus:
        SwitchingPlan.objects.filter(pk=plan.pk).update(status=now)
        for to in set(PlanStatus) - PLAN_MOVES[now]:
            with pytest.raises(Refused, match="cannot become"):
                move(plan, to, carla, reason="because")
        plan.refresh_from_db()
        assert plan.status == now


def test_a_rejection_has_a_reason_and_wipes_the_signatures(
    ring: list[Step], begun: datetime, anna: User, ben: User, carla: User
) -> None:
    plan = checked(written(ring, anna), anna, ben, begun)
    with pytest.raises(Refused, match="Give the reason"):
        move(plan, PlanStatus.REJECTED, carla)
    move(plan, PlanStatus.REJECTED, carla, "The crew is elsewhere")
    move(plan, PlanStatus.NEW, ben)
    move(plan, PlanStatus.REQUESTED, ben)
    move(plan, PlanStatus.PREPARED, ben)
    assert move(plan, PlanStatus.CHECKED, anna).status == PlanStatus.CHECKED


def document(plan: SwitchingPlan, device: str, by: User) -> SafetyDocument:
    given: dict[str, Any] = {"kind": DocumentKind.PERMIT, "work": "Replace a joint", "crew": "North 2"}
    return safety_documents.draft_document(plan_id=plan.pk, devices=[device], **given, by=by, as_of=timezone.now())  # type: ignore[list-item]


def test_a_document_is_issued_only_under_a_hold_and_released_only_without_its_crew(
    ring: list[Step], network: Any, anna: User
) -> None:
    now: dict[str, Any] = {"by": anna, "as_of": timezone.now()}
    device = ring[0]["mrid"]
    permit = document(written(ring, anna), device, anna)
    with pytest.raises(Refused, match="No hold hangs on"):
        safety_documents.issue_document(document_id=permit.pk, **now)
    place_tag(equipment_mrid=device, kind=TagKind.HOLD, reason="SD", **now)
    safety_documents.issue_document(document_id=permit.pk, **now)
    hold = Tag.objects.get()
    with pytest.raises(Refused, match="Release it first"):
        remove_tag(tag_id=hold.pk, reason="tidy up", **now)
    safety_documents.sign_crew(document_id=permit.pk, to=CrewStatus.ISSUED, **now)
    with pytest.raises(Refused, match="is signed on"):
        safety_documents.release_document(document_id=permit.pk, **now)
    safety_documents.sign_crew(document_id=permit.pk, to=CrewStatus.CLEARED, **now)
    safety_documents.release_document(document_id=permit.pk, **now)
    permit.refresh_from_db()
    assert permit.released_by == anna


BAD_STEPS: list[tuple[Step, str]] = [
    ({"kind": "explode"}, "Step 1, kind: Give one of"),
    ({"kind": "switch", "mrid": "x", "closed": True}, "Step 1, mrid"),
    ({"kind": "switch", "closed": True}, "Step 1, mrid"),
    ({"kind": "act", "text": "", "crew": "North 2"}, "Step 1, text"),
    ({"kind": "act", "text": "Earth it"}, "Step 1, crew"),
    ({"kind": "issue", "document": "seven"}, "Step 1, document"),
    ({"kind": "tag", "mrid": "x", "tag": "hold", "reason": "r"}, "Step 1, mrid"),
]


def test_a_bad_step_is_named_with_its_field_and_changes_nothing(ring: list[Step], anna: User) -> None:
    for step, told in BAD_STEPS:
        with pytest.raises(BadStep, match=told):
            written([step], anna)
    assert not SwitchingPlan.objects.exists()


def test_the_api_writes_reads_studies_and_moves(room: Room, begun: datetime, ring: list[Step], anna: User) -> None:
    client = Client()
    client.force_login(anna)

    def post(path: str, body: Any = None) -> Any:
        return client.post(f"/api/v1/plans{path}", body or {}, content_type="application/json")

    made = post("", {"name": "Ring", "purpose": "Joint", "kind": "planned", "steps": ring})
    assert made.status_code == 201, made.content
    number = made.json()["id"]
    bad = post("", {"name": "Ring", "purpose": "Joint", "kind": "planned", "steps": [{"kind": "switch"}]})
    assert (bad.status_code, "Step 1, mrid" in bad.content.decode()) == (400, True)
    now = timezone.now()
    room.take(room.hear(now), now)
    studied = post(f"/{number}/studies")
    assert studied.status_code == 201, studied.content
    assert studied.json()["study"]["results"][0]["position"] == 1
    assert post(f"/{number}/moves", {"to": "requested"}).json()["status"] == "requested"
    assert post(f"/{number}/moves", {"to": "approved"}).status_code == 409
    assert client.get("/api/v1/plans", {"status": "requested"}).json()["plans"][0]["id"] == number
    assert client.get(f"/api/v1/plans/{number}").json()["steps"][0]["text"].startswith("Close")


def test_steps_that_somebody_else_has_written_meanwhile_are_not_written_over(ring: list[Step], anna: User) -> None:
    plan = written(ring, anna)
    seen = [step.pk for step in plan.steps.all()]
    act = {"kind": "act", "text": "Look whether the earth is off", "crew": "North 2"}
    client = Client()
    client.force_login(anna)

    def put(steps: list[Step]) -> Any:
        body = {"steps": steps, "replaces": seen}
        return client.put(f"/api/v1/plans/{plan.pk}/steps", body, content_type="application/json")

    assert put([*ring, act]).status_code == 200
    late = put([])
    assert (late.status_code, "Somebody else" in late.json()["detail"]) == (409, True)
    assert plan.steps.count() == 2


def test_who_may_not_operate_ends_no_plan_that_is_under_way(ring: list[Step], anna: User) -> None:
    plan = written(ring, anna)
    SwitchingPlan.objects.filter(pk=plan.pk).update(status=PlanStatus.UNDER_WAY)
    erin = User.objects.create_user("erin", role=Role.ENGINEER)
    with pytest.raises(Refused, match="role does not let you"):
        move(plan, PlanStatus.ABORTED, erin, "The wind")
    assert move(plan, PlanStatus.ABORTED, anna, "The wind").status == PlanStatus.ABORTED
