from datetime import timedelta

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.choices import Condition, Priority
from apps.alarms.models import Alarm
from apps.alarms.services import AlarmFact, raise_alarms
from apps.audit.models import AuditEvent
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.models import Order
from apps.incidents.choices.incident import FactKind, IncidentKind, IncidentStatus, Trigger
from apps.incidents.models import Incident
from apps.incidents.services.rounds import Rounds
from apps.live.models import JournalEntry
from apps.state.models import Outage, OutageStep
from tests.factories.faults import A2_SWITCH, BEGAN, BREAKER_A, BREAKER_B, INNER, TIE, Feeders, feeders

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Feeders:
    return feeders()


def ordered(city: Feeders, switch: str) -> Order:
    by = User.objects.create_user("orders", role=Role.OPERATOR)
    return Order.objects.create(
        device_mrid=city.mrid(switch), device_name=switch, point_name=switch, act=Act.OPEN, value=0.0,
        status=OrderStatus.CONFIRMED, nonce="n", selected_at=city.now, selected_by=by, selected_session="s",
        expires_at=city.now, ordered_at=city.now - timedelta(seconds=3),
    )  # fmt: skip


def test_a_breaker_that_opens_by_itself_is_an_incident_before_any_scan_shows_it(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()

    incident = city.only()
    assert incident.status == IncidentStatus.DETECTED
    assert incident.trigger == Trigger.PROTECTION
    assert incident.began_at == BEGAN
    assert incident.device_name == BREAKER_A
    assert (incident.customers, incident.customers_without) == (40, 40)
    assert incident.lost_kw > 0
    outage = Outage.objects.get(mrid=incident.outage_mrid)
    assert (outage.is_planned, outage.ended_at, outage.reference) == (False, None, incident.number)
    assert outage.steps.get().customers == 40


def test_it_is_one_alarm_and_stands_in_audit_and_journal(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    alarm = Alarm.objects.get(condition=Condition.SUPPLY_FAULT)
    assert alarm.is_active
    assert "40 customers" in alarm.message
    assert AuditEvent.objects.filter(action="incident.detected").count() == 1
    kinds = list(JournalEntry.objects.filter(stream="incidents").values_list("kind", flat=True))
    assert "incident.detected" in kinds

    city.moved(BREAKER_A, closed=True, after_s=30)
    city.round()
    alarm.refresh_from_db()
    assert not alarm.is_active


def test_the_open_breaker_explains_the_alarm_of_the_incident(city: Feeders) -> None:
    breaker = AlarmFact(
        source="point", condition=Condition.OFF_NORMAL, priority=Priority.HIGH, equipment_name=INNER,
        equipment_mrid=city.mrid(INNER), message="Open.", at=BEGAN,
    )  # fmt: skip
    raise_alarms(facts=[breaker])
    city.moved(INNER, closed=False)
    city.round()
    parent = Alarm.objects.get(condition=Condition.OFF_NORMAL)
    assert Alarm.objects.get(condition=Condition.SUPPLY_FAULT).parent_id == parent.pk


def test_rounds_and_a_new_process_tell_nothing_twice(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    for _ in range(3):
        city.round()
    facts = city.only().facts.count()
    city.rounds = Rounds()
    city.round()
    city.scan()
    city.round()
    assert Incident.objects.count() == 1
    assert Outage.objects.count() == 1
    assert city.only().facts.count() == facts


def test_two_feeders_at_once_are_two_incidents(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.moved(BREAKER_B, closed=False)
    city.round()
    assert sorted(Incident.objects.values_list("device_name", "customers")) == [(BREAKER_A, 40), (BREAKER_B, 40)]
    assert not Incident.objects.filter(parent__isnull=False).exists()


def test_two_devices_in_a_row_that_open_at_once_have_seen_one_fault(city: Feeders) -> None:
    city.moved(INNER, closed=False)
    city.moved(BREAKER_A, closed=False, after_s=0.3)
    city.round()
    incident = city.only()
    assert incident.customers == 40
    assert len(incident.tripped) == 2
    assert sorted(OutageStep.objects.values_list("customers", flat=True)) == [20, 20]


def test_a_later_fault_before_a_dead_part_is_an_incident_of_its_own_nested_in_the_first(city: Feeders) -> None:
    city.moved(INNER, closed=False)
    city.round()
    city.moved(BREAKER_A, closed=False, after_s=60)
    city.round()
    first, second = Incident.objects.order_by("id")
    assert (first.customers, second.customers) == (20, 20)  # nobody is counted twice
    assert second.parent == first


def test_a_fault_that_vanishes_while_the_breaker_recloses_is_momentary(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.moved(BREAKER_A, closed=True, after_s=0.5)
    city.round()
    city.round()
    incident = city.only()
    assert (incident.status, incident.kind) == (IncidentStatus.RESTORED, IncidentKind.MOMENTARY)
    step = OutageStep.objects.get()
    assert (step.restored_at - step.began_at).total_seconds() == 0.5
    assert Outage.objects.get().ended_at == step.restored_at

    city.round(after_s=31 * 60)
    assert city.only().status == IncidentStatus.CLOSED


def test_a_breaker_that_recloses_onto_the_fault_stays_one_incident(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    city.moved(BREAKER_A, closed=True, after_s=5)
    city.round()
    assert city.only().status == IncidentStatus.RESTORED
    city.moved(BREAKER_A, closed=False, after_s=0.4)
    city.round()
    incident = city.only()
    assert incident.status == IncidentStatus.DETECTED
    assert (incident.customers, incident.customers_without) == (40, 40)
    assert incident.restored_at is None
    assert list(OutageStep.objects.order_by("began_at").values_list("customers", flat=True)) == [40, 40]
    assert Outage.objects.get().ended_at is None
    kinds = list(incident.facts.filter(kind__in=[FactKind.TRIPPED, FactKind.RECLOSED]).values_list("kind", flat=True))
    assert kinds == [FactKind.TRIPPED, FactKind.RECLOSED, FactKind.TRIPPED]


def test_after_five_minutes_it_is_a_sustained_interruption(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    assert city.only().kind == IncidentKind.UNDECIDED
    city.round(after_s=5 * 60)
    assert city.only().kind == IncidentKind.SUSTAINED


def test_customers_come_back_in_steps_and_each_step_keeps_its_time(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False, scan=True)
    city.round()
    city.moved(INNER, closed=False, after_s=100)
    city.moved(TIE, closed=True, after_s=20, scan=True)
    city.round()
    incident = city.only()
    assert incident.status == IncidentStatus.PARTLY_RESTORED
    assert incident.customers_without == 20
    city.moved(A2_SWITCH, closed=False, after_s=300)
    city.moved(BREAKER_A, closed=True, after_s=10, scan=True)
    city.round()
    assert city.only().customers_without == 10
    city.moved(A2_SWITCH, closed=True, after_s=1000, scan=True)
    city.round()
    assert city.only().status == IncidentStatus.RESTORED
    steps = OutageStep.objects.order_by("restored_at")
    seconds = [(step.restored_at - step.began_at).total_seconds() for step in steps]
    assert list(zip([step.customers for step in steps], seconds, strict=True)) == [(20, 121), (10, 432), (10, 1433)]
    assert Outage.objects.get().ended_at == BEGAN + timedelta(seconds=1433)


def test_what_an_operator_opens_is_a_planned_outage_and_no_incident(city: Feeders) -> None:
    ordered(city, BREAKER_B)
    city.moved(BREAKER_B, closed=False)
    city.round()
    city.round()
    assert not Incident.objects.exists()
    outage = Outage.objects.get()
    assert (outage.is_planned, outage.equipment_name) == (True, BREAKER_B)
    assert outage.steps.get().customers == 40
    city.moved(BREAKER_B, closed=True, after_s=600)
    city.round()
    outage.refresh_from_db()
    assert outage.ended_at == city.now - timedelta(seconds=1)


def test_customers_without_supply_that_nothing_explains_are_an_incident_too(city: Feeders) -> None:
    """No opening was told: the scan alone shows it."""
    city.stands[BREAKER_B] = False
    city.now += timedelta(seconds=2)
    city.scan()
    city.round()
    assert not Incident.objects.exists()  # a scan may still be ahead of what explains it
    city.round()
    incident = city.only()
    assert (incident.trigger, incident.customers) == (Trigger.DEAD_AREA, 40)
    assert incident.sections.exists()
