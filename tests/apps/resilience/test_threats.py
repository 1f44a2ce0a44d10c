from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.live.models import JournalEntry
from apps.resilience.choices.threat import FindingKind, FindingState
from apps.resilience.models import Finding
from apps.resilience.rules.threat_moves import CLOSED, OPEN, Move, unordered
from apps.resilience.rules.threat_people import Act, Failure, guessing, judge
from apps.resilience.rules.threat_weather import Hour, warnings
from apps.resilience.services.findings import FindingRefused, Found, decide, note
from apps.resilience.services.threat_acts import look_at_acts
from apps.resilience.services.threat_links import look_at_links
from apps.telemetry.models import Gateway, GatewayLink

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def supervisor(db: None) -> User:
    return User.objects.create_user("sue", role=Role.SUPERVISOR)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(**more: Any) -> Found:
    usual: dict[str, Any] = {
        "key": "false-data/one",
        "kind": FindingKind.FALSE_DATA,
        "title": "A meter is off",
        "likelihood": 0.8,
        "basis": "It says so.",
        "began_at": NOW,
        "evidence": {"at": NOW},
    }
    return Found(**usual | more)


def noted(at: datetime, *ones: Found) -> list[Finding]:
    return note(found=list(ones), kinds=(FindingKind.FALSE_DATA,), as_of=at)


# ---- how findings live


@pytest.mark.django_db
def test_a_finding_seen_again_is_the_same_and_ends_when_it_is_not() -> None:
    assert len(noted(NOW, found())) == 1
    assert noted(NOW + MINUTE, found(likelihood=0.9)) == []
    finding = Finding.objects.get()
    assert (finding.likelihood, finding.seen_at, finding.ended_at) == (0.9, NOW + MINUTE, None)
    noted(NOW + 10 * MINUTE)
    assert Finding.objects.get().ended_at is None  # evidence may pause
    noted(NOW + 40 * MINUTE)
    assert Finding.objects.get().ended_at == NOW + MINUTE
    assert len(noted(NOW + 41 * MINUTE, found())) == 1
    assert JournalEntry.objects.filter(stream="threats").count() == 3


@pytest.mark.django_db
def test_a_likely_finding_alarms_until_it_is_over_and_an_unlikely_one_does_not() -> None:
    noted(NOW, found(), found(key="other", likelihood=0.3))
    alarm = Alarm.objects.get(condition=Condition.THREAT)
    assert "A meter is off" in alarm.message
    noted(NOW + 40 * MINUTE)
    alarm.refresh_from_db()
    assert not alarm.is_active


@pytest.mark.django_db
def test_a_dismissal_needs_a_reason_and_ends_the_alarm(supervisor: User) -> None:
    (finding,) = noted(NOW, found())
    with pytest.raises(FindingRefused, match="reason"):
        decide(finding_id=finding.pk, state=FindingState.DISMISSED, reason=" ", by=supervisor, as_of=NOW)
    decide(finding_id=finding.pk, state=FindingState.DISMISSED, reason="Calibration", by=supervisor, as_of=NOW)
    assert not Alarm.objects.get(condition=Condition.THREAT).is_active
    assert AuditEvent.objects.get(action="threat.decided").detail["to"] == "dismissed"
    noted(NOW + MINUTE, found())
    assert not Alarm.objects.get(condition=Condition.THREAT).is_active  # it was judged
    with pytest.raises(FindingRefused, match="already"):
        decide(finding_id=finding.pk, state=FindingState.ACKNOWLEDGED, reason="", by=supervisor, as_of=NOW)


# ---- people


def act(at: datetime, address: str = "10.0.0.1") -> Act:
    return Act(at, address)


HABIT = [act(NOW - n * DAY) for n in range(1, 25)]


def test_a_usual_sign_in_is_not_told() -> None:
    assert not judge(act(NOW), HABIT).is_told
    assert not judge(act(NOW, "10.9.9.9"), HABIT[:3]).is_told  # too little is known of the person


def test_a_new_address_a_strange_hour_and_wrong_passwords_add_up() -> None:
    address = judge(act(NOW, "10.9.9.9"), HABIT)
    night = judge(act(NOW + 14 * HOUR, "10.9.9.9"), HABIT)
    failed = [Failure(NOW + 14 * HOUR - n * MINUTE, "sue", "10.9.9.9") for n in range(1, 5)]
    worst = judge(act(NOW + 14 * HOUR, "10.9.9.9"), HABIT, failed)
    assert address.is_told
    assert address.likelihood < night.likelihood < worst.likelihood < 1
    assert len(worst.reasons) == 3


def test_many_names_from_one_address_are_guessing_and_one_forgotten_password_is_not() -> None:
    spray = [Failure(NOW, name, "10.9.9.9") for name in ("a", "b", "c", "d")]
    assert [address for address, _ in guessing(spray)] == ["10.9.9.9"]
    assert guessing(spray[:3]) == []
    assert len(guessing([Failure(NOW, "a", "10.9.9.9")] * 10)) == 1


@pytest.mark.django_db
def test_a_sign_in_from_a_new_address_becomes_a_finding_once(supervisor: User) -> None:
    for n in range(30, 0, -1):
        audit.record(
            actor=supervisor, action="sign_in", target="sue", detail={}, at=NOW - n * DAY, source_ip="10.0.0.1"
        )
    audit.record(actor=supervisor, action="sign_in", target="sue", detail={}, at=NOW - MINUTE, source_ip="10.9.9.9")
    assert [one.kind for one in look_at_acts(as_of=NOW)] == [FindingKind.SIGN_IN]
    assert look_at_acts(as_of=NOW + MINUTE) == []
    assert "10.9.9.9" in Finding.objects.get().title


@pytest.mark.django_db
def test_orders_that_interlocks_refuse_become_one_finding_a_person(supervisor: User) -> None:
    for n in range(3):
        audit.record(
            actor=supervisor,
            action="order.objection",
            target=f"equipment/00000000-0000-0000-0000-00000000000{n}",
            detail={"add_cause": "blocked-by-interlocking", "reason": "It is earthed."},
            at=NOW - n * MINUTE,
        )
    (finding,) = look_at_acts(as_of=NOW + MINUTE)
    assert (finding.kind, finding.likelihood) == (FindingKind.RISKY_ORDER, 0.7)
    assert len(finding.assets) == 3


# ---- switches


def move(**more: Any) -> Move:
    usual = {
        "class_name": "LoadBreakSwitch",
        "value": OPEN,
        "is_ordered": False,
        "is_by_crew": False,
        "has_fault": False,
        "opened_before": False,
    }
    return Move(**usual | more)


def test_a_move_that_nobody_ordered_is_told_and_one_that_is_explained_is_not() -> None:
    likely = unordered(move())
    assert likely is not None
    assert unordered(move(is_ordered=True)) is None
    assert unordered(move(is_by_crew=True)) is None
    assert unordered(move(class_name="Breaker", has_fault=True)) is None
    trip = unordered(move(class_name="Breaker"))
    assert trip is not None
    assert trip[0] < likely[0]


def test_a_breaker_that_closes_again_after_a_fault_is_explained_and_a_switch_that_closes_is_not() -> None:
    again = {"class_name": "Breaker", "value": CLOSED, "opened_before": True}
    assert unordered(move(**again, has_fault=True)) is None
    assert unordered(move(**again)) is not None
    closed = unordered(move(value=CLOSED))
    assert closed is not None
    assert closed[0] > 0.8


# ---- weather and areas


def hours(**courses: list[float]) -> list[Hour]:
    size = max(map(len, courses.values()))
    names = ("gust_m_s", "temperature_c", "humidity_percent", "precipitation_mm")
    return [Hour(*(courses[name][n] if name in courses else None for name in names)) for n in range(size)]


def test_gusts_are_warned_of_from_their_step_on_and_likelier_the_stronger() -> None:
    assert warnings(hours(gust_m_s=[24.9, 10])) == []
    (storm,) = warnings(hours(gust_m_s=[10, 25, 28, 10]))
    assert (storm.kind, storm.first, storm.last, storm.worst) == (FindingKind.WIND, 1, 2, 28)
    (hurricane,) = warnings(hours(gust_m_s=[40]))
    assert storm.likelihood < hurricane.likelihood == 0.9


def test_rain_counts_over_six_hours_and_ice_only_near_freezing() -> None:
    (rain,) = warnings(hours(precipitation_mm=[6.0] * 6))
    assert (rain.kind, rain.worst) == (FindingKind.FLOOD, 36.0)
    wet = {"precipitation_mm": [0.5] * 12, "humidity_percent": [95.0] * 12}
    (ice,) = warnings(hours(temperature_c=[-1.0] * 12, **wet))
    assert (ice.kind, ice.worst) == (FindingKind.ICE, 6.0)
    assert warnings(hours(temperature_c=[5.0] * 12, **wet)) == []
    assert [one.kind for one in warnings(hours(temperature_c=[36.0]))] == [FindingKind.HEAT]


def test_weather_that_is_not_told_warns_of_nothing() -> None:
    assert warnings([Hour(None, None, None, None)] * 72) == []


# ---- links


@pytest.mark.django_db
def test_values_that_no_point_map_knows_are_a_finding_of_their_link() -> None:
    gateway = Gateway.objects.create(name="north")
    GatewayLink.objects.create(gateway=gateway, refused=0, last_refusal="", written_at=NOW)
    assert look_at_links(as_of=NOW) == []
    GatewayLink.objects.update(refused=3, last_refusal="address 7/4711 is unknown")
    (finding,) = look_at_links(as_of=NOW)
    assert finding.kind == FindingKind.UNKNOWN_DEVICE
    assert "4711" in finding.basis


# ---- API


def test_findings_are_told_to_who_sees_alarms_and_decided_by_who_may(supervisor: User) -> None:
    (finding,) = noted(timezone.now(), found())
    client = client_of(supervisor)
    body = client.get("/api/v1/threats").json()
    assert [one["id"] for one in body["findings"]] == [finding.pk]
    assert body["habit"] is None
    assert client.get(f"/api/v1/threats/{finding.pk}").json()["advice"]
    assert client.get("/api/v1/threats/999999").status_code == 404
    url = f"/api/v1/threats/{finding.pk}/decision"
    viewer = client_of(User.objects.create_user("vera", role=Role.VIEWER))
    assert viewer.post(url, {"state": "closed"}, "application/json").status_code == 403
    assert client.post(url, {"state": "new"}, "application/json").status_code == 400
    assert client.post(url, {"state": "acknowledged"}, "application/json").status_code == 201
    assert client.post(url, {"state": "dismissed"}, "application/json").status_code == 409
    assert client.post(url, {"state": "closed"}, "application/json").json()["decided_by"] == "sue"
    assert client.get("/api/v1/threats").json()["findings"] == []
    assert len(client.get("/api/v1/threats?state=closed").json()["findings"]) == 1
