from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.telemetry.adapters import Quality, SampleBatch
from apps.telemetry.choices import DataClass
from apps.telemetry.models import Gateway, StateChange
from apps.telemetry.selectors import kept_days, point_values_at
from apps.telemetry.services import state_changes
from apps.telemetry.services.ingest import ingest
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
OPEN, CLOSED = 0.0, 1.0


@pytest.fixture
def gateway() -> Gateway:
    return make_gateway(2, quantity="switch_state", unit="")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def take(gateway: Gateway, *rows: tuple[int, float, float], received: float, quality: int = 0) -> None:
    """Rows of slot, seconds after noon, value."""
    slot, seconds, value = zip(*rows, strict=True)
    at_us = [int(after(one).timestamp() * 1e6) for one in seconds]
    batch = SampleBatch(np.array(slot), np.array(at_us), np.array(value), np.full(len(rows), quality))
    ingest(gateway_id=gateway.pk, batch=batch, received_at=after(received))


def told() -> list[tuple[float, float | None, float]]:
    rows = StateChange.objects.order_by("at", "id")
    return [((row.at - NOON).total_seconds(), row.previous, row.value) for row in rows]


def test_what_is_first_heard_and_what_is_repeated_is_no_change(gateway: Gateway) -> None:
    take(gateway, (0, 0, CLOSED), (1, 0, OPEN), received=0)
    take(gateway, (0, 10, CLOSED), (1, 10, OPEN), received=10)
    assert told() == []


def test_every_move_inside_one_message_is_told_with_the_time_of_its_source(gateway: Gateway) -> None:
    take(gateway, (0, 0, CLOSED), received=0)
    take(gateway, (0, 5.001, OPEN), (0, 5.350, CLOSED), (0, 7, OPEN), received=8)
    assert told() == [(5.001, CLOSED, OPEN), (5.35, OPEN, CLOSED), (7, CLOSED, OPEN)]
    assert {row.received_at for row in StateChange.objects.all()} == {after(8)}


def test_a_move_that_is_told_late_stands_in_its_place(gateway: Gateway) -> None:
    take(gateway, (0, 0, CLOSED), received=0)
    take(gateway, (0, 5, OPEN), received=5)
    take(gateway, (0, 60, OPEN), received=60)
    take(gateway, (0, 20, CLOSED), (0, 30, OPEN), received=61)
    take(gateway, (0, 20, CLOSED), (0, 30, OPEN), received=62)  # told again
    assert told() == [(5, CLOSED, OPEN), (20, OPEN, CLOSED), (30, CLOSED, OPEN)]


def test_a_late_event_is_not_lost_where_nobody_knows_what_stood_before(gateway: Gateway) -> None:
    take(gateway, (0, 60, OPEN), received=60)
    take(gateway, (0, 20, OPEN), received=61)
    assert told() == [(20, None, OPEN)]


def test_an_invalid_position_and_a_measured_value_are_no_events(gateway: Gateway) -> None:
    take(gateway, (0, 0, CLOSED), received=0)
    take(gateway, (0, 5, OPEN), received=5, quality=int(Quality.INVALID))
    analog = make_gateway(1, name="analog")
    take(analog, (0, 0, 1.0), received=0)
    take(analog, (0, 1, 2.0), received=1)
    assert told() == []


def test_the_value_at_an_instant_is_the_newest_sample_up_to_it(gateway: Gateway) -> None:
    points = list(gateway.points.order_by("slot"))
    take(gateway, (0, 0, CLOSED), received=0)
    take(gateway, (0, 5, OPEN), received=5)
    at = [(value.value, value.at) for value in point_values_at(points, instant=after(4.999))]
    assert at == [(CLOSED, NOON), (None, None)]
    assert point_values_at(points, instant=after(5))[0].value == OPEN
    much_later = point_values_at(points, instant=after(36_000))[0]
    assert (much_later.value, much_later.at, much_later.is_stale) == (OPEN, after(5), False)


def test_moves_older_than_the_rollups_of_an_hour_are_forgotten(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(gateway, (0, 0, CLOSED), received=0)
    take(gateway, (0, 5, OPEN), (0, 6, CLOSED), (0, 50_000, OPEN), received=50_000)
    monkeypatch.setattr(state_changes, "_AT_ONCE", 1)
    days = kept_days()[DataClass.HOUR]
    assert state_changes.forget_changes(as_of=after(10_000) + timedelta(days=days)) == 2
    assert [at for at, _, _ in told()] == [50_000]
