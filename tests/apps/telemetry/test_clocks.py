"""A wrong clock is one alarm of its gateway, by the tags that arrive; a backfill is none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.telemetry.adapters import SampleBatch
from apps.telemetry.models import Gateway
from apps.telemetry.services import clocks
from tests.factories.telemetry import make_gateway

NOW = datetime(2020, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    clocks._watches.clear()
    yield
    clocks._watches.clear()


@pytest.fixture
def gateway(transactional_db: None) -> Gateway:
    return make_gateway(3, name="north")


def arrive(
    gateway: Gateway, offset_s: float, *, after_s: float = 0, slots: tuple[int, ...] = (0,), history: bool = False
) -> bool:
    """A batch whose tags lie `offset_s` after its arrival; says whether the alarm stands."""
    received = NOW + timedelta(seconds=after_s)
    at_us = int((received.timestamp() + offset_s) * 1e6)
    n = len(slots)
    batch = SampleBatch(np.array(slots), np.full(n, at_us), np.ones(n), np.zeros(n, np.int64))
    with clocks.transaction.atomic():
        clocks.watch_clock(gateway_id=gateway.pk, batch=batch, is_history=np.full(n, history), received_at=received)
    return (f"clock/{gateway.name}", Condition.CLOCK_WRONG) in standing_sources([Condition.CLOCK_WRONG])


def test_tags_in_the_future_raise_within_one_batch_and_right_ones_end_it(gateway: Gateway) -> None:
    assert not arrive(gateway, 50)
    assert arrive(gateway, 70, after_s=1)
    assert arrive(gateway, 70, after_s=2)
    assert not arrive(gateway, 0, after_s=3)


def test_it_stands_until_the_very_points_are_right(gateway: Gateway) -> None:
    assert arrive(gateway, 90, slots=(1,))
    assert arrive(gateway, 0, after_s=1, slots=(0, 2))
    assert not arrive(gateway, 0, after_s=2, slots=(1,))


def test_it_does_not_stand_for_ever_for_a_point_that_fell_silent(gateway: Gateway) -> None:
    assert arrive(gateway, 90, slots=(1,))
    assert arrive(gateway, 0, after_s=800, slots=(0,))
    assert not arrive(gateway, 0, after_s=1000, slots=(0,))


def test_only_the_source_itself_is_blamed(gateway: Gateway) -> None:
    other = make_gateway(1, name="south")
    assert arrive(gateway, 90)
    assert not arrive(other, 0, after_s=1)
    assert arrive(gateway, 90, after_s=2)


def test_a_clock_that_stays_behind_is_told_after_half_a_minute(gateway: Gateway) -> None:
    assert [arrive(gateway, -3600, after_s=s) for s in (0, 10, 20, 29)] == [False] * 4
    assert arrive(gateway, -3600, after_s=31)
    assert not arrive(gateway, -1, after_s=33)


def test_what_was_kept_during_an_outage_and_catches_up_is_no_wrong_clock(gateway: Gateway) -> None:
    assert not any(arrive(gateway, -7200 + 60 * s, after_s=s) for s in range(0, 120, 2))


def test_what_the_protocol_marks_as_history_is_none_either(gateway: Gateway) -> None:
    assert not any(arrive(gateway, -7200, after_s=s, history=True) for s in range(0, 120, 10))


def test_a_process_that_starts_anew_ends_what_its_predecessor_told(gateway: Gateway) -> None:
    assert arrive(gateway, 90)
    clocks._watches.clear()
    assert not arrive(gateway, 0, after_s=1)


def test_a_batch_that_is_rolled_back_is_told_again(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(**_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(clocks.alarms, "raise_alarms", failing)
        with pytest.raises(ConnectionError):
            arrive(gateway, 90)
    assert arrive(gateway, 90, after_s=1)
