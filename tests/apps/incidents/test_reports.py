from datetime import timedelta
from uuid import uuid4

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.assets.choices import CustomerClass
from apps.assets.models import UsagePoint
from apps.incidents.choices.incident import FactKind, IncidentStatus, ReportKind, Trigger
from apps.incidents.models import Incident, SupplyReport
from apps.incidents.services.acts import close_incident, record_repair
from apps.incidents.services.reports import Report, Taken, take_reports
from apps.state.choices import OutageCause
from tests.factories.faults import BREAKER_A, Feeders, feeders

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Feeders:
    return feeders()


def told(city: Feeders, load: str, kind: ReportKind, *, external: str = "", text: str = "") -> Taken:
    report = Report(0, kind, external or uuid4().hex, city.now, city.mrid(load), "", text)
    return take_reports(reports=[report], refused=[], as_of=city.now)


def test_gasps_from_a_dead_area_belong_to_its_incident(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    for _ in range(3):
        told(city, "A2 load", ReportKind.LAST_GASP)
    told(city, "A3 load", ReportKind.CALL, text="A bang, then dark.")
    city.round()
    incident = city.only()
    assert incident.reports.count() == 4
    assert incident.facts.get(kind=FactKind.LAST_GASP).value == 3
    assert "A bang" in incident.facts.get(kind=FactKind.CALL).text


def test_two_meters_that_agree_make_an_incident_where_switches_say_nothing(city: Feeders) -> None:
    told(city, "B2 load", ReportKind.LAST_GASP)
    told(city, "B2 load", ReportKind.LAST_GASP)
    city.round()
    assert not Incident.objects.exists()  # protection may still tell
    city.round(after_s=20)
    incident = city.only()
    assert (incident.trigger, incident.customers) == (Trigger.METERS, 10)
    assert incident.began_at == SupplyReport.objects.earliest("at").at
    city.round(after_s=60)
    assert city.only().customers_without == 10  # live by its switches, and without supply all the same
    told(city, "B2 load", ReportKind.RESTORED)
    city.round()
    assert city.only().status == IncidentStatus.RESTORED


def test_one_meter_alone_is_no_incident(city: Feeders) -> None:
    told(city, "B2 load", ReportKind.LAST_GASP)
    city.round(after_s=20)
    assert not Incident.objects.exists()


def test_reports_are_taken_once_and_refused_by_row_with_a_reason(city: Feeders) -> None:
    point = UsagePoint.objects.create(
        mrid=uuid4(), name="M-1", consumer_mrid=city.mrid("A1 load"), customer_class=CustomerClass.RESIDENTIAL
    )
    rows = [
        Report(0, ReportKind.CALL, "c-1", city.now, None, point.name),
        Report(1, ReportKind.CALL, "c-1", city.now, None, point.name),
        Report(2, ReportKind.CALL, "c-2", city.now, uuid4(), ""),
        Report(3, ReportKind.CALL, "c-3", city.now + timedelta(hours=1), None, point.name),
    ]
    taken = take_reports(reports=rows, refused=[{"index": 4, "reason": "at: gone"}], as_of=city.now)
    assert (taken.taken, taken.repeated) == (1, 1)
    assert [one["index"] for one in taken.refused] == [2, 3, 4]
    assert "consumer_mrid" in str(taken.refused[0]["reason"])
    again = take_reports(reports=rows[:1], refused=[], as_of=city.now)
    assert (again.taken, again.repeated) == (0, 1)
    assert SupplyReport.objects.count() == 1


def test_critical_customers_are_counted_by_their_connections(city: Feeders) -> None:
    UsagePoint.objects.create(
        mrid=uuid4(), name="M-9", consumer_mrid=city.mrid("A2 load"), customer_class=CustomerClass.RESIDENTIAL,
        is_critical=True, critical_reason="life support",
    )  # fmt: skip
    city.moved(BREAKER_A, closed=False)
    city.round()
    incident = city.only()
    assert (incident.critical_customers, incident.critical_without) == (1, 1)


def test_who_mends_a_connection_says_that_supply_is_back(city: Feeders) -> None:
    """Some meters never tell that they are back."""
    for _ in range(2):
        told(city, "B2 load", ReportKind.CALL)
    city.round(after_s=20)
    by = User.objects.create_user("olga", role=Role.OPERATOR)
    record_repair(number=city.only().number, note="A new fuse.", by=by, as_of=city.now)
    incident = city.only()
    assert (incident.status, incident.customers_without) == (IncidentStatus.REPAIRED, 0)
    assert incident.restored_at == city.now
    assert not Alarm.objects.get(condition=Condition.SUPPLY_FAULT).is_active
    closed = close_incident(number=incident.number, cause=OutageCause.EQUIPMENT, note="", by=by, as_of=city.now)
    assert closed.status == IncidentStatus.CLOSED


def test_supply_that_comes_back_after_the_repair_ends_the_alarm(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False, scan=True)
    city.round()
    by = User.objects.create_user("olga", role=Role.OPERATOR)
    record_repair(number=city.only().number, note="", by=by, as_of=city.now)
    city.round()
    assert city.only().status == IncidentStatus.REPAIRED
    city.moved(BREAKER_A, closed=True, after_s=60, scan=True)
    city.round()
    incident = city.only()
    assert (incident.status, incident.customers_without) == (IncidentStatus.REPAIRED, 0)
    assert incident.restored_at is not None
    assert not Alarm.objects.get(condition=Condition.SUPPLY_FAULT).is_active
