"""No-load losses from meters on both sides, against what was planted."""

import numpy as np
import pytest

from gridops.engine.efficiency.no_load import RECORDS, no_load_of

HOURS = 8760


def a_year(true_factor: float, seed: int, *, gain: float = 0.003) -> dict[str, np.ndarray]:
    """A unit of 250 kVA with 0.3 kW without load, meters of class 0.5 that are each a little off."""
    generator = np.random.default_rng(seed)
    low = 60 + 40 * np.sin(2 * np.pi * np.arange(HOURS) / 24) + 5 * generator.standard_normal(HOURS)
    no_load, load_loss = np.full(HOURS, 0.3), 3.0 * (low / 250) ** 2
    high = low + true_factor * no_load + load_loss
    read = np.stack([high * (1 + gain), low * (1 - gain)], axis=1)
    read *= 1 + 0.003 * generator.standard_normal(read.shape)
    return {"fed_kwh": read[:, 0], "left_kwh": read[:, 1], "no_load_kwh": no_load, "load_loss_kwh": load_loss}


def test_what_the_meters_say_goes_before_the_name_plate_as_far_as_it_is_sure() -> None:
    errors = []
    for seed in range(20):
        told = no_load_of(**a_year(1.1, seed))
        assert told.sigma < 0.6 * RECORDS and told.hours > 0.99 * HOURS
        errors.append((told.factor - 1.1) / told.sigma)
    # A prior that is two of its deviations off draws a little to itself; the band is still right.
    assert abs(np.mean(errors)) < 1.0 and np.std(errors) < 1.5


def test_constant_errors_of_meters_are_not_taken_for_no_load_losses() -> None:
    """0.6 % of 60 kW is more than the whole no-load loss."""
    told = [no_load_of(**a_year(1.0, seed, gain=0.006)).factor for seed in range(10)]
    assert np.mean(told) == pytest.approx(1.0, abs=0.02)


def test_an_hour_with_a_false_reading_changes_nothing() -> None:
    year = a_year(0.95, 3)
    plain = no_load_of(**year).factor
    year["fed_kwh"][100:110] += 40.0
    assert no_load_of(**year).factor == pytest.approx(plain, abs=0.005)


def test_too_few_hours_keep_the_records() -> None:
    year = a_year(1.2, 0)
    few = no_load_of(**{name: values[:200] for name, values in year.items()})
    assert few.factor == 1.0 and few.sigma == RECORDS and few.hours == 0
    year["fed_kwh"][:] = np.nan
    assert no_load_of(**year).hours == 0
