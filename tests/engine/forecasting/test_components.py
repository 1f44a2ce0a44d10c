import numpy as np
import pytest

from gridops.engine.forecasting.components import LEAST_DAYS, Separation, effects, separated, split
from tests.engine.forecasting.made_load import Made, made_load


def told(made: Made) -> Separation:
    return separated(made.clock, made.net, made.known)


def test_each_part_of_a_load_that_was_made_of_them_is_found() -> None:
    made = made_load(solar_kw=120.0, wind_kw=80.0)
    found = told(made)
    assert found.size["solar"] == pytest.approx(120.0, rel=0.08)
    assert found.size["wind"] == pytest.approx(80.0, rel=0.12)
    assert found.size["heating"] == pytest.approx(5.0, rel=0.15)
    parts = split(found, made.net, made.known)
    mean = np.abs(made.net).mean()
    for name, part in parts.effect.items():
        assert np.abs(part - made.parts[name]).mean() < 0.03 * mean, name
    assert np.abs(parts.base - made.base).mean() < 0.08 * mean  # the load's own noise stays in it


def test_the_parts_add_up_to_what_was_split() -> None:
    made = made_load(solar_kw=120.0)
    parts = split(told(made), made.net, made.known)
    whole = parts.base + parts.effect["heating"] - parts.effect["solar"]
    np.testing.assert_allclose(whole, made.net, atol=1e-9)


def test_where_there_is_none_none_is_claimed() -> None:
    for seed in range(6):
        found = told(made_load(heat_kw_per_k=0.0, seed=seed))
        assert not found.size
        assert set(found.reasons) == {"heating", "cooling", "solar", "wind"}


def test_an_error_covers_the_truth_most_of_the_time() -> None:
    found = [told(made_load(solar_kw=120.0, seed=seed)) for seed in range(8)]
    missed = [abs(one.size["solar"] - 120.0) / one.error["solar"] for one in found]
    assert np.median(missed) < 1.5


def test_a_sky_that_never_changes_cannot_tell_of_the_sun() -> None:
    made = made_load(solar_kw=120.0)
    same = dict(made.known, solar=np.full_like(made.net, 0.3))
    found = separated(made.clock, made.net, same)
    assert "hardly differed" in found.reasons["solar"]
    assert "heating" in found.size


def test_a_short_history_and_one_without_weather_say_so() -> None:
    made = made_load(days=LEAST_DAYS - 13)
    assert "8 days with values and weather; 21 are needed" in told(made).reasons["solar"]
    made = made_load()
    nothing = separated(made.clock, made.net, effects(None, None, None))
    assert not nothing.size
    assert "0 days" in nothing.reasons["heating"]


def test_gaps_do_no_harm() -> None:
    made = made_load(solar_kw=120.0)
    made.net[np.random.default_rng(2).random(len(made.net)) < 0.3] = np.nan
    assert told(made).size["solar"] == pytest.approx(120.0, rel=0.1)


def test_weather_that_is_not_known_leaves_no_base() -> None:
    made = made_load(solar_kw=120.0)
    known = {name: np.where(np.arange(len(one)) < 5, np.nan, one) for name, one in made.known.items()}
    parts = split(told(made), made.net, known)
    assert np.isnan(parts.base[:5]).all()
    assert np.isfinite(parts.base[5:]).all()
