from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.microgrids.choices.schedule import ScheduleOutcome
from apps.microgrids.choices.transition import TransitionKind, TransitionStage, TransitionStatus
from apps.microgrids.models import Microgrid, ReadinessRun, ScheduleRun, Transition
from apps.microgrids.selectors.reserve_inputs import outages_on_record
from apps.microgrids.selectors.results import results_document
from apps.state.choices import OutageSource
from apps.state.models import Outage, OutageStep
from tests.factories.microgrids import NOW, make_microgrid, mrid_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _outage(began_at: datetime, hours: float, consumers: dict[str, int], lost_kw: float = 90.0) -> Outage:
    ended_at = began_at + hours * HOUR
    outage = Outage.objects.create(mrid=uuid4(), source=next(iter(OutageSource)), began_at=began_at, ended_at=ended_at)
    OutageStep.objects.create(
        outage=outage,
        began_at=began_at,
        restored_at=ended_at,
        customers=sum(consumers.values()),
        lost_kw=lost_kw,
        consumers=consumers,
    )
    return outage


def _told(microgrid: Microgrid, days: int = 7) -> dict[str, Any]:
    return results_document(microgrid, days=days, as_of=NOW)


def test_hours_alone_are_those_between_looks_that_found_it_alone():
    microgrid = make_microgrid()
    for minutes, is_alone in ((60, False), (55, True), (50, True), (45, False), (5, True)):
        at = NOW - timedelta(minutes=minutes)
        ReadinessRun.objects.create(microgrid=microgrid, as_of=at, outcome="unknown", is_alone=is_alone)
    resilience = _told(microgrid)["resilience"]
    assert resilience["hours_alone"] == pytest.approx(10 / 60, abs=0.001)
    # From the look 45 minutes ago to the next one 40 minutes later nobody saw it.
    assert resilience["hours_watched"] == pytest.approx(15 / 60, abs=0.001)


def test_energy_not_served_goes_to_the_priority_of_the_loads():
    microgrid = make_microgrid()
    clinic, works = str(mrid_of("Harbour clinic")), str(mrid_of("Harbour works"))
    _outage(NOW - 5 * HOUR, 2.0, {clinic: 1, works: 2}, lost_kw=90.0)
    lost = _told(microgrid)["resilience"]["unserved_kwh"]
    assert lost == {"1": pytest.approx(60.0), "2": 0.0, "3": pytest.approx(120.0)}


def test_outages_of_others_and_of_other_times_are_not_its_own():
    microgrid = make_microgrid()
    _outage(NOW - 5 * HOUR, 2.0, {str(mrid_of("Town")): 40})
    _outage(NOW - timedelta(days=20), 2.0, {str(mrid_of("Harbour works")): 1})
    assert _told(microgrid)["reliability"]["outages"] == 0


def test_reliability_is_by_customers_of_its_own():
    microgrid = make_microgrid()
    microgrid.members.filter(name="Harbour works").update(customers=10)
    microgrid.members.exclude(name="Harbour works").update(customers=0)
    _outage(NOW - 5 * HOUR, 3.0, {str(mrid_of("Harbour works")): 5, str(mrid_of("Town")): 40})
    found = _told(microgrid)["reliability"]
    assert found["customer_interruptions"] == 5
    assert found["hours_per_customer"] == pytest.approx(1.5)
    assert found["interruptions_per_customer"] == pytest.approx(0.5)


def test_transitions_that_went_back_safely_count_as_good_and_open_ones_not_at_all():
    microgrid = make_microgrid()
    states = (
        (TransitionKind.ISLAND, TransitionStatus.DONE),
        (TransitionKind.ISLAND, TransitionStatus.RETURNED),
        (TransitionKind.RECONNECT, TransitionStatus.STOPPED),
        (TransitionKind.RECONNECT, TransitionStatus.RUNNING),
    )
    for number, (kind, status) in enumerate(states, start=1):
        at = NOW - number * HOUR
        Transition.objects.create(
            microgrid=microgrid,
            kind=kind,
            status=status,
            stage=TransitionStage.CONNECTED,
            stage_since=at,
            reason="x",
            proposed_at=at,
            begun_at=at,
        )
    found = _told(microgrid)["transitions"]
    assert (found["begun"], found["ended"], found["succeeded"]) == (4, 3, 2)
    assert found["success_share"] == pytest.approx(2 / 3, abs=1e-4)


def test_without_a_schedule_there_is_no_cost_but_a_reason():
    cost = _told(make_microgrid())["cost"]
    assert cost["total_eur"] is None
    assert "No schedule" in cost["reason"]


def test_cost_is_what_was_measured_beside_what_no_control_was_foreseen_to_cost():
    microgrid = make_microgrid()
    for number in range(4):
        ScheduleRun.objects.create(
            microgrid=microgrid,
            as_of=NOW - (number + 1) * timedelta(minutes=15),
            outcome=ScheduleOutcome.PLANNED,
            cost=96.0,
            uncontrolled_cost=192.0,
            measured_first_eur=2.0,
        )
    cost = _told(microgrid)["cost"]
    assert cost["total_eur"] == pytest.approx(8.0)
    assert cost["uncontrolled_eur"] == pytest.approx(12.0)
    assert cost["periods"] == 4


def test_survivability_without_measurements_says_what_is_missing():
    found = _told(make_microgrid())["survivability"]
    assert found["curve"] is None
    assert "known together for 0" in found["reason"]


def test_the_rate_of_outages_leans_on_the_average_of_feeders_where_its_own_record_is_short():
    microgrid = make_microgrid()
    works = str(mrid_of("Harbour works"))
    for number in range(1, 5):
        _outage(NOW - timedelta(days=number * 91), 2.0 * number, {str(mrid_of("Town")): 1})
    others = outages_on_record(microgrid, None, as_of=NOW)
    _outage(NOW - timedelta(days=10), 1.0, {works: 1})
    own = outages_on_record(microgrid, None, as_of=NOW)
    assert others.per_year is not None
    assert own.per_year is not None
    assert 0 < others.per_year < own.per_year
    assert others.durations_h == (2.0, 4.0, 6.0, 8.0)
    assert others.expected_h == pytest.approx(5.0)


def test_a_short_record_says_nothing_of_a_year():
    microgrid = make_microgrid()
    _outage(NOW - timedelta(days=2), 2.0, {str(mrid_of("Town")): 1})
    found = outages_on_record(microgrid, None, as_of=NOW)
    assert found.per_year is None
    assert "less than 30 days" in found.rate_basis
