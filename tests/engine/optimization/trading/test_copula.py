import numpy as np
import pytest
from scipy.stats import kstest, spearmanr

from gridops.engine.optimization.trading.copula import APART, LEAST_PAIRS, Together, going_together, ranks_beside
from gridops.engine.optimization.trading.volumes import drawn, ranks


def pairs(rho: float, count: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    first = rng.standard_normal(count)
    return first, rho * first + np.sqrt(1 - rho**2) * rng.standard_normal(count)


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.5])
def test_the_rank_correlation_of_a_normal_pair_is_found_and_leads_back_to_its_own(rho: float) -> None:
    price, volume = pairs(rho, 40_000)
    found = going_together(np.exp(price), volume**3)  # ranks do not mind how either is stretched
    assert found.normal == pytest.approx(rho, abs=0.02)
    assert found.rank == pytest.approx(spearmanr(price, volume).statistic, abs=0.01)


def test_few_pairs_say_little_and_very_few_nothing() -> None:
    price, volume = pairs(-0.9, 400)
    many, some = going_together(price, volume), going_together(price[:200], volume[:200])
    assert many.rank < some.rank < -0.4
    assert going_together(price[: LEAST_PAIRS - 1], volume[: LEAST_PAIRS - 1]).rank == 0.0
    volume[: LEAST_PAIRS + 50] = np.nan
    assert going_together(price, volume).pairs == 400 - LEAST_PAIRS - 50
    assert going_together(price, np.zeros(400)).rank == 0.0


@pytest.mark.parametrize("rank", [-0.6, 0.4])
def test_drawn_volumes_go_with_prices_and_each_keeps_its_own_distribution(rank: float) -> None:
    rng = np.random.default_rng(5)
    price = 60 + 20 * rng.standard_normal((400, 6))
    own = ranks(steps=6, step_h=0.25, count=2000, generator=rng)
    at = ranks_beside(price, own, Together(rank, 1000))
    wide = np.repeat(price, 5, axis=0)
    for step in range(6):
        assert spearmanr(wide[:, step], at[:, step]).statistic == pytest.approx(rank, abs=0.05)
        assert kstest(at[:, step], "uniform").pvalue > 1e-3
    quantiles = np.tile(np.array([[100.0, 200.0, 300.0]]), (6, 1))
    volumes = drawn(quantiles, np.array([0.1, 0.5, 0.9]), at)
    assert np.median(volumes) == pytest.approx(200.0, abs=8.0)


def test_without_a_past_they_are_drawn_apart() -> None:
    rng = np.random.default_rng(5)
    own = ranks(steps=4, step_h=0.25, count=60, generator=rng)
    assert ranks_beside(rng.random((12, 4)), own, APART) == pytest.approx(own)


def test_what_is_sold_on_days_of_much_wind_earns_less_than_drawn_apart() -> None:
    """The sum of price times volume is what a bid is expected to earn."""
    rng = np.random.default_rng(8)
    price = 60 + 20 * rng.standard_normal((2000, 1))
    own = ranks(steps=1, step_h=0.25, count=2000, generator=rng)
    apart, beside = (float((price * ranks_beside(price, own, one)).mean()) for one in (APART, Together(-0.6, 1000)))
    assert apart == pytest.approx(30.0, abs=1.0)
    assert beside < apart - 2.5
