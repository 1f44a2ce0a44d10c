"""What people may do with alarms, through the API, and what time does to them."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import services as people
from apps.accounts.choices import Role
from apps.accounts.models import Area, AreaMember, User
from apps.alarms import selectors, services
from apps.alarms.choices import BaseState, Condition, Happening, Priority, Suppression
from apps.alarms.models import Alarm, AlarmDefinition, MaintenanceZone
from apps.alarms.services.clock import sing, sweep, watch_areas
from apps.audit.models import AuditEvent
from apps.live.models import JournalEntry
from tests.apps.alarms.life import NOON, fact

pytestmark = pytest.mark.django_db


def person(name: str, role: Role) -> User:
    return User.objects.create_user(name, role=role)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def olga() -> User:
    return person("olga", Role.OPERATOR)


@pytest.fixture
def alarm() -> Alarm:
    return services.raise_alarms(facts=[fact("line", at=timezone.now())])[0]


def post(user: User, alarm: Alarm, what: str, **body: object) -> tuple[int, dict[str, object]]:
    answer = browser(user).post(f"/api/v1/alarms/{alarm.pk}/{what}", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_an_alarm_is_shelved_with_a_reason_and_comes_back_when_the_time_is_over(olga: User, alarm: Alarm) -> None:
    assert post(olga, alarm, "shelving")[0] == 400
    assert post(olga, alarm, "shelving", reason="known", minutes=721)[0] == 400
    code, told = post(olga, alarm, "shelving", reason="known")
    assert (code, told["suppression"], told["shelved_by"]) == (201, Suppression.SHELVED, "olga")
    assert post(olga, alarm, "shelving", reason="again")[0] == 409

    sweep(as_of=timezone.now() + timedelta(minutes=61))

    alarm.refresh_from_db()
    assert (alarm.suppression, alarm.base_state, alarm.occurrence) == (Suppression.NONE, BaseState.UNACKNOWLEDGED, 2)
    assert JournalEntry.objects.filter(kind=Happening.SHELF_EXPIRED).count() == 1
    assert AuditEvent.objects.filter(action="shelve-alarm", actor_name="olga").count() == 1


def test_two_sweeps_at_one_time_act_once(olga: User, alarm: Alarm) -> None:
    post(olga, alarm, "shelving", reason="known")
    later = timezone.now() + timedelta(hours=2)
    assert (sweep(as_of=later), sweep(as_of=later)) == (1, 0)


def test_a_viewer_may_not_shelve(alarm: Alarm) -> None:
    assert post(person("vera", Role.VIEWER), alarm, "shelving", reason="x")[0] == 403


def test_the_first_priority_goes_out_of_service_by_two_people_only() -> None:
    (alarm,) = services.raise_alarms(facts=[fact("b", priority=Priority.CRITICAL, at=timezone.now())])
    boss, other = person("boss", Role.SUPERVISOR), person("other", Role.SUPERVISOR)
    code, told = post(boss, alarm, "out-of-service", work_order="W7", reason="sensor broken")
    assert (code, told["suppression"]) == (201, Suppression.NONE)
    assert post(boss, alarm, "out-of-service/approval")[0] == 409
    code, told = post(other, alarm, "out-of-service/approval")
    assert (code, told["suppression"], told["out_of_service_approved_by"]) == (201, Suppression.OUT_OF_SERVICE, "other")
    assert browser(boss).delete(f"/api/v1/alarms/{alarm.pk}/out-of-service").json()["state"] == BaseState.UNACKNOWLEDGED


def test_an_operator_asks_and_a_supervisor_approves(olga: User, alarm: Alarm) -> None:
    assert post(olga, alarm, "out-of-service", work_order="W7", reason="x")[1]["suppression"] == Suppression.NONE
    assert post(olga, alarm, "out-of-service/approval")[0] == 403
    assert post(person("boss", Role.SUPERVISOR), alarm, "out-of-service/approval")[0] == 201


def test_a_latching_alarm_waits_for_its_reset(olga: User) -> None:
    AlarmDefinition.objects.update_or_create(condition=Condition.OVERLOAD, defaults={"latches": True})
    (alarm,) = services.raise_alarms(facts=[fact("line")])
    services.end_alarms(ends=[services.AlarmEnd("line", Condition.OVERLOAD, NOON)])
    alarm.refresh_from_db()
    assert alarm.base_state == BaseState.LATCHED_UNACKNOWLEDGED
    assert post(olga, alarm, "reset", occurrence=1)[0] == 409
    post(olga, alarm, "acknowledgement", occurrence=1)
    assert post(olga, alarm, "reset", occurrence=1)[1]["state"] == BaseState.NORMAL


def test_priority_follows_from_consequence_and_time_to_respond() -> None:
    settings = {"consequence_level": 1, "time_to_respond_s": 60}
    AlarmDefinition.objects.update_or_create(condition=Condition.OVERLOAD, defaults=settings)
    (alarm,) = services.raise_alarms(facts=[fact("line", priority=Priority.LOW)])
    assert alarm.priority == Priority.CRITICAL


def test_the_narrowest_setting_wins() -> None:
    mrid = UUID(int=5)
    AlarmDefinition.objects.update_or_create(
        condition=Condition.OVERLOAD, equipment_class="", defaults={"cause": "any"}
    )
    AlarmDefinition.objects.create(condition=Condition.OVERLOAD, equipment_class="Switch", cause="class")
    AlarmDefinition.objects.create(condition=Condition.OVERLOAD, equipment_mrid=mrid, cause="one")
    settings = selectors.definitions()
    asked = [("Switch", mrid), ("Switch", None), ("Switch", UUID(int=6)), ("Feeder", None)]
    found = [settings.of("overload", kind, equipment) for kind, equipment in asked]
    assert [row.cause if row else None for row in found] == ["one", "class", "class", "any"]


def test_an_operator_acts_in_areas_of_responsibility_only(olga: User, alarm: Alarm) -> None:
    harbour = Area.objects.create(name="Harbour")
    AreaMember.objects.create(area=harbour, mrid="00000000-0000-0000-0000-000000000007")
    mine = fact("crane", equipment_mrid=AreaMember.objects.get().mrid, at=timezone.now())
    (crane,) = services.raise_alarms(facts=[mine])
    assert crane.area_id == harbour.pk
    code, told = post(olga, crane, "acknowledgement", occurrence=1)
    assert (code, told["detail"]) == (409, "Harbour is not your area. Take it over first.")
    assert browser(olga).post(f"/api/v1/areas/{harbour.pk}/responsibility").status_code == 201
    assert post(olga, crane, "acknowledgement", occurrence=1)[0] == 201


def test_an_area_before_which_nobody_sits_is_an_alarm_and_ends_with_somebody_there(olga: User) -> None:
    people.note_presence(user=olga, at=NOON)
    watch_areas(as_of=NOON + timedelta(seconds=59))
    assert not Alarm.objects.exists()
    watch_areas(as_of=NOON + timedelta(seconds=60))
    assert Alarm.objects.get().condition == Condition.AREA_UNATTENDED
    people.note_presence(user=olga, at=NOON + timedelta(seconds=70))
    watch_areas(as_of=NOON + timedelta(seconds=71))
    assert Alarm.objects.get().base_state == BaseState.RETURNED


def test_an_area_that_nobody_answers_for_is_an_alarm_at_once() -> None:
    Area.objects.create(name="Harbour")
    watch_areas(as_of=NOON)
    assert Alarm.objects.get().equipment_name == "Area Harbour"


def test_the_first_priority_is_escalated_once_after_two_minutes() -> None:
    services.raise_alarms(facts=[fact("b", priority=Priority.CRITICAL), fact("line")])
    sweep(as_of=NOON + timedelta(seconds=119))
    assert not JournalEntry.objects.filter(kind=Happening.ESCALATED).exists()
    for second in (120, 121):
        sweep(as_of=NOON + timedelta(seconds=second))
    assert JournalEntry.objects.filter(kind=Happening.ESCALATED).count() == 1


def test_work_on_equipment_keeps_its_alarms_quiet_but_not_those_of_the_first_priority() -> None:
    mrid = "00000000-0000-0000-0000-000000000009"
    MaintenanceZone.objects.create(
        name="Z", mrids=[mrid], starts_at=NOON, ends_at=NOON + timedelta(hours=1), reason="r", author="olga"
    )
    zone = MaintenanceZone.objects.get()
    equipment = zone.mrids[0]
    services.raise_alarms(facts=[fact("a", equipment_mrid=equipment)])
    services.raise_alarms(facts=[fact("b", equipment_mrid=equipment, priority=Priority.CRITICAL)])
    kept = {alarm.source: alarm.suppressed_rule for alarm in Alarm.objects.all()}
    assert kept == {"a": f"maintenance/{zone.pk}", "b": ""}
    sweep(as_of=NOON + timedelta(hours=1))
    assert Alarm.objects.get(source="a").suppression == Suppression.NONE


def test_a_doubtful_value_marks_an_acknowledged_alarm_and_leaves_it_acknowledged(olga: User, alarm: Alarm) -> None:
    post(olga, alarm, "acknowledgement", occurrence=1)
    services.raise_alarms(facts=[fact("line", quality_good=False)])
    services.end_alarms(ends=[services.AlarmEnd("line", Condition.OVERLOAD, timezone.now(), quality_good=False)])
    alarm.refresh_from_db()
    assert (alarm.base_state, alarm.quality_good) == (BaseState.ACKNOWLEDGED, False)


def test_a_sign_of_life_is_in_the_journal_and_in_no_list(olga: User) -> None:
    sing(as_of=NOON)
    sing(as_of=NOON)
    assert JournalEntry.objects.filter(kind=Happening.CANARY).count() == 2
    assert browser(olga).get("/api/v1/alarms").json()["alarms"] == []


def test_a_past_instant_is_asked_for_with_its_offset(olga: User, alarm: Alarm) -> None:
    client = browser(olga)
    assert client.get("/api/v1/alarms/past", {"instant": "soon"}).status_code == 400
    now = client.get("/api/v1/alarms/past", {"instant": timezone.now().isoformat()}).json()
    assert [told["id"] for told in now["alarms"]] == [alarm.pk]
    assert client.get("/api/v1/alarms/past", {"instant": NOON.isoformat()}).json()["alarms"] == []
