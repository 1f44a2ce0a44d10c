"""Hours alone as a forecast: closed forms, what raises them, and whether its courses are those that were asked for."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import kstest, norm

from gridops.engine.microgrids import readiness
from gridops.engine.microgrids.outage_trial import Island, Policy, Store, Units, no_units
from gridops.engine.microgrids.readiness import Change, Charge, Outlook, Readiness, assess, draw, gains
from gridops.engine.microgrids.readiness_paths import (
    ASSUMED,
    Band,
    Dependence,
    at_scores,
    fit_dependence,
    score_paths,
    scores_of,
)

FloatArray = npt.NDArray[np.float64]
LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
STEPS = 192


def _normal(mean: float, sd: float, steps: int = STEPS) -> Band:
    return Band(LEVELS, np.tile(mean + sd * norm.ppf(LEVELS), (steps, 1)))


def _outlook(sd: float = 2.0, now: float | None = None) -> Outlook:
    nothing = Band(LEVELS, np.zeros((STEPS, len(LEVELS))))
    return Outlook((_normal(10.0, sd), nothing, nothing), nothing, 0.25, load_score=now)


def _island(capacity: float = 200.0) -> Island:
    return Island(Store(capacity, 0.0, 100.0, 100.0, 1.0, 1.0), no_units())


def _drawn(outlook: Outlook, charge: Charge, seed: int = 1):  # type: ignore[no-untyped-def]
    return draw(outlook, charge, units=0, scenarios=800, steps=STEPS, rng=np.random.default_rng(seed))


def test_without_doubt_all_quantiles_are_energy_over_power() -> None:
    found = assess(_island(), _drawn(_outlook(sd=0.0), Charge(100.0)))
    assert [found.quantile(level) for level in (0.1, 0.5, 0.9)] == pytest.approx([10.0] * 3)


def test_an_error_that_never_ends_makes_the_hours_those_of_the_quantiles() -> None:
    forever = Dependence(np.array([1e9]), np.array([1.0]))
    outlook = Outlook(_outlook().load, _outlook().renewable, 0.25, load_errors=forever)
    found = assess(_island(), _drawn(outlook, Charge(100.0)))
    for level in (0.1, 0.5, 0.9):
        assert found.quantile(level) == pytest.approx(100.0 / (10.0 + 2.0 * norm.ppf(1 - level)), rel=0.03)


def test_errors_that_last_widen_the_band() -> None:
    widths = []
    for constant in (0.5, 48.0):
        errors = Dependence(np.array([constant]), np.array([1.0]))
        outlook = Outlook(_outlook().load, _outlook().renewable, 0.25, load_errors=errors)
        found = assess(_island(), _drawn(outlook, Charge(100.0)))
        widths.append(found.quantile(0.9) - found.quantile(0.1))
    assert widths[1] > 2 * widths[0]


def test_a_greater_load_now_means_less_time() -> None:
    high, low = (assess(_island(), _drawn(_outlook(now=now), Charge(100.0))).quantile(0.5) for now in (2.0, -2.0))
    assert high < low


def test_the_curve_falls_and_begins_at_one() -> None:
    curve = assess(_island(), _drawn(_outlook(), Charge(100.0, 10.0))).survives(np.arange(0.0, 48.0))
    assert curve[0] == 1.0
    assert (np.diff(curve) <= 0).all()
    assert curve[-1] == 0.0


def test_what_lies_beyond_the_horizon_is_told_as_that() -> None:
    found = assess(_island(10_000.0), _drawn(_outlook(), Charge(9_000.0)))
    assert found.beyond() == 1.0
    assert found.quantile(0.1) == found.horizon_h
    assert found.survives(np.array([48.0]))[0] == 1.0


def test_more_energy_is_worth_its_hours_and_is_ranked_by_them() -> None:
    island, scenarios = _island(), _drawn(_outlook(sd=0.0), Charge(100.0))
    changes = [Change("a little", island, more_kwh=10.0), Change("much", island, more_kwh=50.0)]
    found = gains(assess(island, scenarios), scenarios, changes)
    assert [one.name for one in found] == ["much", "a little"]
    assert [one.p10_h for one in found] == pytest.approx([5.0, 1.0])
    assert not any(one.is_bound for one in found)


def test_shedding_at_once_lengthens_the_time_of_the_critical_load() -> None:
    both = _normal(5.0, 0.5)
    outlook = Outlook((both, both, _outlook().renewable), _outlook().renewable, 0.25)
    scenarios = _drawn(outlook, Charge(100.0))
    cut = Island(_island().store, no_units(), Policy(shed_below=(0.0, 2.0, 2.0)))
    (gain,) = gains(assess(_island(), scenarios), scenarios, [Change("cut", cut)])
    assert gain.p10_h == pytest.approx(10.0, rel=0.1)


def test_values_of_scores_are_those_of_the_distribution_and_back() -> None:
    band = _normal(10.0, 2.0, steps=3)
    score = np.tile(np.array([-3.0, -1.0, 0.0, 0.4, 2.5]), (3, 1))
    values = at_scores(band, score)
    assert values == pytest.approx(10.0 + 2.0 * score, abs=0.15)
    assert scores_of(band, values[:, 3]) == pytest.approx(score[:, 3], abs=1e-9)


def test_values_keep_to_what_is_possible() -> None:
    band = Band(LEVELS, np.tile(np.linspace(0.0, 10.0, 7), (2, 1)), 0.0, 10.0)
    assert at_scores(band, np.array([[-3.4], [3.4]])) == pytest.approx(np.array([[0.0], [10.0]]))


def test_a_band_without_width_says_nothing_of_the_error() -> None:
    assert np.isnan(scores_of(Band(LEVELS, np.zeros((2, 7))), np.array([0.0, 1.0]))).all()


def test_scores_are_standard_normal_at_each_step() -> None:
    found = score_paths(ASSUMED, steps=40, scenarios=3000, step_h=0.25, rng=np.random.default_rng(2), now=None)
    assert kstest(found[0], "norm").pvalue > 0.001
    assert kstest(found[-1], "norm").pvalue > 0.001


def test_what_is_known_now_is_forgotten_as_fast_as_told() -> None:
    one = Dependence(np.array([8.0]), np.array([1.0]))
    found = score_paths(one, steps=64, scenarios=4000, step_h=0.25, rng=np.random.default_rng(2), now=2.0)
    assert found[31].mean() == pytest.approx(2.0 * np.exp(-1.0), abs=0.06)
    assert found[31].var() == pytest.approx(1.0 - np.exp(-2.0), abs=0.06)


def test_how_long_errors_last_is_found_again() -> None:
    own = Dependence(np.array([2.0, 24.0]), np.array([0.4, 0.6]))
    long = score_paths(own, steps=30_000, scenarios=1, step_h=0.25, rng=np.random.default_rng(7), now=None)[:, 0]
    found = fit_dependence(long, 0.25)
    lags = np.array([1.0, 6.0, 24.0])
    truth, ours = ((one.share[:, None] * np.exp(-lags / one.constant_h[:, None])).sum(axis=0) for one in (own, found))
    assert ours == pytest.approx(truth, abs=0.12)
    assert found.share.sum() == pytest.approx(1.0)


def test_errors_that_were_wider_than_said_are_drawn_wider() -> None:
    rng = np.random.default_rng(8)
    own = Dependence(np.array([4.0]), np.array([1.0]), 1.4)
    past = score_paths(own, steps=20_000, scenarios=1, step_h=1.0, rng=rng, now=None)[:, 0]
    found = fit_dependence(past, 1.0)
    assert found.scale == pytest.approx(1.4, abs=0.1)
    assert score_paths(found, steps=2, scenarios=5000, step_h=1.0, rng=rng, now=None)[1].std() == pytest.approx(
        1.4, abs=0.1
    )


def test_a_gauge_that_errs_widens_the_band() -> None:
    units = Units(*(np.array([one]) for one in (20.0, 0.0, 200.0)), np.zeros(1, bool), np.zeros(1), np.zeros(1))
    island, widths = Island(_island().store, units), []
    for sigma in (0.0, 0.2):
        charge = Charge(20.0, 0.0, sigma)
        drawn = draw(_outlook(sd=0.0), charge, units=1, scenarios=400, steps=STEPS, rng=np.random.default_rng(3))
        found = assess(island, drawn)
        widths.append(found.quantile(0.9) - found.quantile(0.1))
    assert widths[0] == pytest.approx(0.0, abs=0.26)
    assert widths[1] == pytest.approx(2 * 1.2816 * 0.2 * 200.0 / 10.0, rel=0.15)


def test_too_short_a_past_leaves_what_is_assumed() -> None:
    assert fit_dependence(np.array([0.1, np.nan, 0.3]), 0.25) is ASSUMED


@pytest.mark.parametrize("seed", [1])
def test_the_band_holds_its_share_of_outages_that_are_drawn_alike(seed: int) -> None:
    """Not a proof of the forecast (the study has that) but that the whole chain is unbiased."""
    rng, island, inside = np.random.default_rng(seed), _island(), 0
    for _ in range(80):
        outlook = _outlook()
        truth = draw(outlook, Charge(100.0, 5.0), units=0, scenarios=1, steps=STEPS, rng=rng)
        hours = assess(island, truth).hours[0, 0]
        found = assess(island, draw(outlook, Charge(100.0, 5.0), units=0, scenarios=200, steps=STEPS, rng=rng))
        inside += found.quantile(0.1) <= hours <= found.quantile(0.9)
    assert 0.67 <= inside / 80 <= 0.91


def test_what_is_told_is_stretched_about_the_middle_and_never_past_what_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hours = np.column_stack([np.linspace(1.0, 21.0, 1001)] * 3)
    found = Readiness(hours, np.zeros((1001, 3), np.bool_), np.zeros(3), 48.0)
    low, middle, high = (found.quantile(level) for level in (0.1, 0.5, 0.9))
    monkeypatch.setattr(readiness, "STRETCH", ((1.2, 0.5), (9.0, 9.0), (1.0, 1.0)))
    assert found.band(1) == pytest.approx((middle - 1.2 * (middle - low), middle, middle + 0.5 * (high - middle)))
    assert found.band(2) == pytest.approx((0.0, middle, 48.0))
    assert found.band(3) == pytest.approx((low, middle, high))
    open_end = Readiness(np.minimum(hours, 15.0), hours >= 15.0, np.zeros(3), 15.0)
    assert open_end.band(1)[2] == 15.0
