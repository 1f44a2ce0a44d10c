"""The filter against counting charge with a biased sensor, on cells that are not quite as it is told."""

import numpy as np
import pytest

from gridops.engine.storage import cells
from gridops.engine.storage.charge import (
    Charge,
    Track,
    Trust,
    begin,
    cells_of,
    correct,
    follow,
    predict,
    recalibrate,
)
from tests.engine.storage.racks import DAY, STEP_S, Racks, counted, racks

TRUST = Trust()
BIAS = np.array([0.001, -0.001, 0.005, -0.005])
FIRST_ERROR = 0.1


def tracked(field: Racks) -> Track:
    start = begin(first(field), np.full(field.soc.shape[1], FIRST_ERROR), TRUST)
    readings = {"current_c": field.current_c, "voltage_v": field.voltage_v, "full": field.full}
    return follow(start, field.model, TRUST, **readings, step_s=STEP_S)


def first(field: Racks) -> np.ndarray:
    return np.clip(field.soc[0] + FIRST_ERROR, 0, 1)


def rmse(soc: np.ndarray, field: Racks) -> np.ndarray:
    return np.asarray(np.sqrt(np.mean((soc - field.soc) ** 2, axis=0)))


@pytest.fixture(scope="module")
def both() -> tuple[Racks, Track]:
    """Four LFP and four NMC racks over 14 days."""
    field = racks([cells.LFP] * 4 + [cells.NMC] * 4, np.tile(BIAS, 2))
    return field, tracked(field)


def test_its_error_is_at_most_a_tenth_of_that_of_counting_on_both_chemistries(both: tuple[Racks, Track]) -> None:
    field, track = both
    plain = rmse(counted(first(field), field.current_c), field)
    held = rmse(np.clip(counted(first(field), field.current_c), 0, 1), field)
    assert (rmse(track.soc, field) < 0.1 * plain).all()
    assert (rmse(track.soc, field) < 0.1 * held).all()
    assert (rmse(track.soc, field) < 0.008).all()


def test_it_learns_the_bias_of_the_sensor(both: tuple[Racks, Track]) -> None:
    assert both[1].last.bias_c == pytest.approx(np.tile(BIAS, 2), abs=0.0006)


def test_its_sigma_is_honest(both: tuple[Racks, Track]) -> None:
    field, track = both
    inside = np.abs(track.soc - field.soc) < 2 * track.sigma
    assert inside.mean(axis=0).min() > 0.9
    assert (track.sigma[DAY:].mean(axis=0) < 0.02).all()


@pytest.fixture(scope="module")
def flat() -> dict[int, tuple[Racks, Track]]:
    """LFP about half full, its voltage sensor 3 mV off; without and with a full charge every second day."""
    found = {}
    for full_every in (0, 2):
        middle = {"bottom": (0.48, 0.52), "top": (0.58, 0.62), "offset_v": 0.003}
        field = racks([cells.LFP] * 2, BIAS[1:3], days=5, full_every=full_every, **middle)
        found[full_every] = (field, tracked(field))
    return found


def test_a_full_charge_helps_where_the_curve_is_flat(flat: dict[int, tuple[Racks, Track]]) -> None:
    late = slice(3 * DAY, None)
    blind, told = ((track.soc - field.soc)[late] for field, track in flat.values())
    assert np.sqrt(np.mean(told**2)) < 0.5 * np.sqrt(np.mean(blind**2))


def test_where_the_curve_is_flat_it_says_that_it_does_not_know(flat: dict[int, tuple[Racks, Track]]) -> None:
    blind, told = (track.sigma[3 * DAY :].mean() for _, track in flat.values())
    assert blind > 0.04
    assert told < 0.5 * blind
    for field, track in flat.values():
        assert (np.abs(track.soc - field.soc) < 2 * track.sigma).mean() > 0.9


class TestStep:
    MODEL = cells_of([cells.NMC, cells.LFP], resistance_v=0.04, polarisation_v=0.03, time_constant_s=300.0)
    START = begin(np.array([0.5, 0.5]), np.array([0.03, 0.03]), TRUST)

    def corrected(self, volts: np.ndarray) -> Charge:
        return correct(self.START, self.MODEL, TRUST, current_c=np.zeros(2), voltage_v=volts, since_s=3600.0)

    def test_discharge_empties_and_uncertainty_grows_with_the_unknown_bias(self) -> None:
        later = predict(self.START, self.MODEL, TRUST, np.full((360, 2), 0.2), STEP_S)
        assert later.soc == pytest.approx([0.3, 0.3])
        assert later.variance == pytest.approx(self.START.variance + TRUST.bias_c**2, rel=0.01)
        assert later.polarisation_v == pytest.approx(0.2 * 0.03, rel=1e-3)

    def test_steps_may_be_taken_in_one_or_one_by_one(self) -> None:
        currents = np.random.default_rng(2).normal(0, 0.3, (12, 2))
        whole, steps = predict(self.START, self.MODEL, TRUST, currents, STEP_S), self.START
        for current in currents:
            steps = predict(steps, self.MODEL, TRUST, current[None], STEP_S)
        assert steps.soc == pytest.approx(whole.soc)
        assert steps.polarisation_v == pytest.approx(whole.polarisation_v)

    def test_a_steep_curve_teaches_more_than_a_flat_one(self) -> None:
        after = self.corrected(np.array([3.7, 3.3]))
        assert after.variance[0] < 0.3 * after.variance[1]

    def test_a_voltage_that_is_missing_changes_nothing(self) -> None:
        after = self.corrected(np.array([np.nan, 3.4]))
        assert after.soc[0] == 0.5
        assert after.variance[0] == self.START.variance[0]
        assert after.soc[1] > 0.5

    def test_a_full_charge_sets_one_and_leaves_the_others(self) -> None:
        after = recalibrate(self.START, TRUST, np.array([True, False]))
        assert after.soc == pytest.approx([1.0, 0.5], abs=0.02)
        assert after.sigma == pytest.approx([TRUST.full, 0.03], rel=0.02)

    def test_cells_without_a_drop_are_refused(self) -> None:
        with pytest.raises(ValueError, match="above 0"):
            cells_of([cells.LFP], resistance_v=0.0, polarisation_v=0.03, time_constant_s=300.0)
