"""What past events told is read at the hour that is thought of."""

from datetime import timedelta

import pytest

from apps.demand_response.models import Evaluation, SegmentTrackRecord
from apps.demand_response.selectors.certainty import certainties
from tests.factories import demand
from tests.factories.demand_events import BEGIN, call_of

pytestmark = pytest.mark.django_db
KIND = "ev_charger"


@pytest.fixture
def program():
    """Cars gave little at five and much at eight, five times each."""
    by = demand.manager("mia")
    program = demand.program(by)
    enrolments = demand.enrolled(by, program, 1)
    for n in range(10):
        call = call_of(enrolments)
        row = Evaluation.objects.create(
            call=call, program=program, asked_at=BEGIN, method="caiso_10_10", is_newest=True
        )
        share = 0.1 if n % 2 else 0.4
        SegmentTrackRecord.objects.create(
            evaluation=row,
            program=program,
            kind=KIND,
            at=BEGIN - timedelta(days=n) + timedelta(hours=0 if n % 2 else 3),
            customers=1,
            opted_out=0,
            rated_kw=10.0,
            promised_kw=3.0,
            delivered_kw=10.0 * share,
            share_p50=share,
        )
    return program


def test_a_late_event_is_promised_more_than_an_early_one(program):
    as_of = BEGIN + timedelta(days=1)
    early, late = (
        certainties(program.pk, as_of=as_of, at=as_of + timedelta(hours=hours))[KIND].share[1] for hours in (0, 3)
    )
    assert late > early + 0.1


def test_without_a_time_all_events_count_alike(program):
    found = certainties(program.pk, as_of=BEGIN + timedelta(days=1))[KIND]
    assert found.events == 10
    assert found.share[0] <= found.share[1] <= found.share[2]


def test_nothing_that_came_later_counts(program):
    assert certainties(program.pk, as_of=BEGIN - timedelta(days=30), at=BEGIN)[KIND].events == 0
