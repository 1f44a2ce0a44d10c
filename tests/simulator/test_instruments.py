from datetime import timedelta

import numpy as np
import pytest

from gridops.engine.timeseries.quality import Quality
from gridops.simulator.field import Field
from gridops.simulator.instruments import Readings, Transport
from gridops.simulator.plan import plan_points
from gridops.simulator.points import Quantity
from tests.simulator.town import START, town


def field(**options: object) -> Field:
    return Field(town(40), seed=1, started_at=START, **options)  # type: ignore[arg-type]


def complete_scans(count: int) -> tuple[Field, np.ndarray]:
    """Errors of all living meters in units of their sigma, a row a scan."""
    one = field()
    alive = ~one.table.is_state & ~one.table.is_dead
    rows = []
    for number in range(count):
        readings = one.step(START + timedelta(seconds=number), everything=True)
        rows.append(((readings.value - one.true_values) / np.where(alive, one.table.sigma, 1.0))[alive])
    return one, np.array(rows)


def test_errors_are_as_large_as_declared() -> None:
    _, errors = complete_scans(60)
    assert np.sqrt((errors**2).mean()) == pytest.approx(1.0, abs=0.06)
    assert abs(errors.mean()) < 0.1
    assert (np.abs(errors) < 4).mean() > 0.999


def test_a_part_of_the_error_is_the_instruments_own() -> None:
    _, errors = complete_scans(60)
    assert errors.mean(axis=0).std() == pytest.approx(0.6, abs=0.1)


def test_values_are_quantised() -> None:
    one = field()
    readings = one.step(START, everything=True)
    steps = readings.value / one.table.resolution
    assert np.allclose(steps, np.round(steps), atol=1e-6)


def test_nothing_is_sent_twice_for_a_change_within_the_deadband() -> None:
    one = field()
    one.step(START)
    sent = [len(one.step(START + timedelta(seconds=s))) for s in range(1, 40)]
    due = (1 / one.table.period_s[~one.table.is_state]).sum()
    assert 0 < np.mean(sent) < 0.8 * due


def test_a_value_that_does_not_change_is_confirmed_every_minute() -> None:
    one = field()
    seen = {int(point) for s in range(0, 75) for point in one.step(START + timedelta(seconds=s)).point if s > 5}
    assert set(np.flatnonzero(~one.table.is_state & ~one.table.is_dead).tolist()) <= seen


def test_dead_meters_say_so_once_and_are_silent_then() -> None:
    one = field()
    dead = np.flatnonzero(one.table.is_dead)
    assert len(dead)
    qualities = [
        (int(point), int(quality))
        for s in range(30)
        for point, quality in _pairs(one.step(START + timedelta(seconds=s)))
        if one.table.is_dead[point]
    ]
    assert sorted(qualities) == [(int(point), int(Quality.INVALID | Quality.FAILURE)) for point in dead]


def _pairs(readings: Readings) -> list[tuple[int, int]]:
    return list(zip(readings.point.tolist(), readings.quality.tolist(), strict=True))


def test_a_frozen_meter_stands_still() -> None:
    one = field()
    one.step(START)
    power = next(p for p, point in enumerate(one.table.points) if point.quantity is Quantity.ACTIVE_POWER)
    one.instruments.is_frozen[power] = True
    values = {one.step(START + timedelta(hours=h), everything=True).value[power] for h in range(1, 8)}
    assert len(values) == 1


def test_a_station_that_is_cut_off_is_invalid_and_good_again_afterwards() -> None:
    one = field()
    one.step(START)
    one.instruments.is_cut_off[:] = True
    lost = one.step(START + timedelta(seconds=20))
    assert len(lost) == len(one.table)
    assert set(lost.quality.tolist()) == {int(Quality.INVALID | Quality.OLD_DATA)}
    one.instruments.is_cut_off[:] = False
    back = one.step(START + timedelta(seconds=40))
    assert (back.quality[~one.table.is_dead[back.point]] == Quality.GOOD).all()


def test_transport_delays_by_at_most_a_second_and_loses_nothing() -> None:
    table = plan_points(town(40), 1)
    transport = Transport(table, np.random.default_rng(1))
    count = len(table)
    transport.push(
        Readings(
            np.arange(count, dtype=np.int32), np.zeros(count), np.zeros(count, np.uint16), np.zeros(count, np.int64)
        )
    )
    early, middle, late = (transport.pop(t) for t in (10_000, 500_000, 1_000_000))
    assert len(early) == 0
    assert 0 < len(middle) < count
    assert sorted([*middle.point.tolist(), *late.point.tolist()]) == list(range(count))
