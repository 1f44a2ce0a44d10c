from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.models import Alarm
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.choices.plan import DocumentKind, DocumentStatus, PlanKind, PlanStatus, StepKind, StepStatus
from apps.dispatch.models import Order, SafetyDocument, SwitchingPlan, SwitchingStep
from apps.logbook import services
from apps.logbook.choices import Stage
from apps.logbook.models import HandOver
from apps.logbook.selectors.hand_over_page import shift_started_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", role=Role.OPERATOR)


@pytest.fixture
def ben() -> User:
    return User.objects.create_user("ben", role=Role.OPERATOR)


def raised(source: str, priority: Priority) -> Alarm:
    fact = alarms.AlarmFact(source, Condition.LOSS_OF_SUPPLY, priority, source, "dark", timezone.now())
    (alarm,) = alarms.raise_alarms(facts=[fact])
    return alarm


def signed_out(by: User, reviewed: list[str] | None = None) -> HandOver:
    return services.hand_over(by=by, remarks="Quiet.", reviewed=reviewed or [], as_of=timezone.now())


def taken(waiting: HandOver, by: User, reviewed: list[str] | None = None, digest: str = "") -> HandOver:
    return services.take_over(
        hand_over_id=waiting.pk,
        seen_digest=digest or waiting.digest,
        by=by,
        reviewed=reviewed or [],
        as_of=timezone.now(),
    )


def test_both_sign_the_same_page(anna: User, ben: User) -> None:
    waiting = signed_out(anna)
    done = taken(waiting, ben)
    assert (done.stage, done.outgoing, done.incoming) == (Stage.COMPLETE, anna, ben)
    assert services.digest(HandOver.objects.get()) == waiting.digest
    assert shift_started_at(by=ben) == done.incoming_at


def test_nobody_signs_out_with_an_alarm_of_priority_1_not_looked_at(anna: User) -> None:
    urgent = raised("feeder 3", Priority.CRITICAL)
    raised("feeder 4", Priority.HIGH)
    with pytest.raises(services.Refused, match="feeder 3"):
        signed_out(anna)
    assert HandOver.objects.count() == 0
    assert signed_out(anna, [f"{urgent.pk}/1"]).stage == Stage.SIGNED_OUT


def test_an_alarm_raised_after_the_first_signature_is_looked_at_by_the_relief(anna: User, ben: User) -> None:
    waiting = signed_out(anna)
    urgent = raised("feeder 3", Priority.CRITICAL)
    with pytest.raises(services.Refused, match="feeder 3"):
        taken(waiting, ben)
    assert taken(waiting, ben, [f"{urgent.pk}/1"]).stage == Stage.COMPLETE


def test_a_new_occurrence_must_be_looked_at_anew(anna: User, ben: User) -> None:
    urgent = raised("feeder 3", Priority.CRITICAL)
    waiting = signed_out(anna, [f"{urgent.pk}/1"])
    alarms.end_alarms(ends=[alarms.AlarmEnd("feeder 3", Condition.LOSS_OF_SUPPLY, timezone.now())])
    raised("feeder 3", Priority.CRITICAL)
    with pytest.raises(services.Refused, match="feeder 3"):
        taken(waiting, ben, [f"{urgent.pk}/1"])


def test_nobody_takes_over_from_himself(anna: User) -> None:
    with pytest.raises(services.Refused, match="the relief signs"):
        taken(signed_out(anna), anna)


def test_a_page_changed_behind_the_signature_is_refused(anna: User, ben: User) -> None:
    waiting = signed_out(anna)
    HandOver.objects.update(remarks="Busy.")
    with pytest.raises(services.Refused, match="not the one that was signed"):
        taken(waiting, ben)


def test_one_hand_over_waits_at_a_time_and_only_its_author_withdraws_it(anna: User, ben: User) -> None:
    waiting = signed_out(anna)
    with pytest.raises(services.Refused, match="waits for the relief already"):
        signed_out(ben)
    with pytest.raises(services.Refused, match="Only who has signed"):
        services.withdraw(hand_over_id=waiting.pk, by=ben, as_of=timezone.now())
    services.withdraw(hand_over_id=waiting.pk, by=anna, as_of=timezone.now())
    with pytest.raises(services.Refused, match="does not wait any more"):
        taken(waiting, ben)
    assert signed_out(ben).stage == Stage.SIGNED_OUT


def test_the_page_tells_alarms_switches_links_violations_and_open_notes(anna: User) -> None:
    raised("feeder 4", Priority.HIGH)
    services.write_note(text="Check the relay.", by=anna, as_of=timezone.now(), is_open=True)
    page = signed_out(anna).page
    assert [alarm["equipment_name"] for alarm in page["alarms"]] == ["feeder 4"]
    assert [note["text"] for note in page["notes"]] == ["Check the relay."]
    assert {"off_normal_switches", "links", "violations", "system", "bad_data"} <= set(page)


def test_over_http_two_people_hand_over(anna: User, ben: User) -> None:
    urgent = raised("feeder 3", Priority.CRITICAL)
    first, second = Client(), Client()
    first.force_login(anna)
    second.force_login(ben)
    kind = "application/json"
    refused = first.post("/api/v1/hand-overs", {"reviewed": []}, content_type=kind)
    assert (refused.status_code, "feeder 3" in refused.json()["detail"]) == (409, True)
    body = {"reviewed": [f"{urgent.pk}/1"], "remarks": "Storm at noon."}
    made = first.post("/api/v1/hand-overs", body, content_type=kind).json()
    where = f"/api/v1/hand-overs/{made['id']}"
    sign = {"reviewed": body["reviewed"], "digest": made["digest"]}
    assert second.post(f"{where}/signature", {**sign, "digest": "0" * 64}, content_type=kind).status_code == 409
    assert second.post(f"{where}/signature", {**sign, "digest": "x"}, content_type=kind).status_code == 400
    done = second.post(f"{where}/signature", sign, content_type=kind)
    assert (done.status_code, done.json()["incoming"]) == (201, "ben")
    assert second.get("/api/v1/hand-overs").json()[0]["stage"] == "complete"
    assert second.get("/api/v1/hand-overs/page").json()["alarms"][0]["equipment_name"] == "feeder 3"


def test_the_relief_takes_over_what_is_not_at_its_end(anna: User) -> None:
    """What has ended, and templates, are nobody's burden."""
    now = timezone.now()
    plan = SwitchingPlan.objects.create(
        name="Joint", purpose="p", kind=PlanKind.PLANNED, status=PlanStatus.UNDER_WAY, created_at=now, created_by=anna
    )
    for position, status in enumerate((StepStatus.COMPLETED, StepStatus.INSTRUCTED, StepStatus.NEW), start=1):
        SwitchingStep.objects.create(
            plan=plan, position=position, kind=StepKind.ACT, text=f"Act {position}", crew="North 2", status=status
        )
    for kind, ended in ((PlanKind.TEMPLATE, PlanStatus.NEW), (PlanKind.PLANNED, PlanStatus.ABORTED)):
        SwitchingPlan.objects.create(name="x", purpose="p", kind=kind, status=ended, created_at=now, created_by=anna)
    for status in DocumentStatus:
        SafetyDocument.objects.create(
            plan=plan, kind=DocumentKind.PERMIT, work="Joint", crew="North 2", devices=[], status=status
        )
    for number, status in enumerate((OrderStatus.UNKNOWN, OrderStatus.CONFIRMED)):
        Order.objects.create(
            device_mrid=uuid4(), device_name=f"Breaker {number}", point_name="x", act=Act.OPEN, value=0.0, nonce="n",
            status=status, selected_at=now, selected_by=anna, selected_session="s", expires_at=now,
        )  # fmt: skip

    told = signed_out(anna).page["unfinished"]

    assert [(one["device_name"], one["status"]) for one in told["orders"]] == [("Breaker 0", "unknown")]
    assert [(one["number"], one["step"], one["step_text"]) for one in told["plans"]] == [(plan.number, 2, "Act 2")]
    assert [one["plan_number"] for one in told["documents"]] == [plan.number]
    assert told["proposals"] == told["courses"] == []
