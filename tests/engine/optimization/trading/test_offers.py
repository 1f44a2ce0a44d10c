import numpy as np
import pytest

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.trading.bids import Curves
from gridops.engine.optimization.trading.offers import Futures, at_price, offer_curves, summed
from gridops.engine.optimization.trading.risk import worst_mean
from gridops.engine.optimization.trading.volumes import drawn, ranks, reordered

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


def futures(*, count: int = 400, short: float = 0.02, long: float = 0.02, steps: int = 2, seed: int = 1) -> Futures:
    """Volumes even between 100 and 300 kW; prices that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    shape = (count, steps)
    return Futures(
        100 + 200 * rng.random(shape), 0.08 + 0.01 * rng.random(shape), np.full(shape, short), np.full(shape, long)
    )


def sold(curves: Curves, price: FloatArray) -> FloatArray:
    return np.column_stack([at_price(curves, step, price[:, step]) for step in range(price.shape[1])])


@pytest.mark.parametrize(("short", "long"), [(0.02, 0.02), (0.03, 0.01), (0.01, 0.03)])
def test_without_aversion_the_newsvendor_quantile_is_sold(short: float, long: float) -> None:
    found = offer_curves(futures(short=short, long=long), step_h=0.25, points=1)
    assert found.quantity_kw[:, 0] == pytest.approx(np.full(2, 100 + 200 * long / (short + long)), abs=12)


def test_no_other_quantity_earns_more() -> None:
    f = futures(count=60, short=0.03)
    best = f.profits(sold(offer_curves(f, step_h=0.25, points=1), f.price), 0.25).mean()
    for quantity in np.linspace(100, 300, 41):
        assert f.profits(np.full(f.price.shape, quantity), 0.25).mean() <= best + 1e-9


def test_aversion_gives_up_mean_for_the_worst() -> None:
    f = futures(count=60, short=0.06, steps=8)
    mean, worst = [], []
    for aversion in (0.0, 0.3, 1.0):
        profit = f.profits(sold(offer_curves(f, step_h=0.25, aversion=aversion), f.price), 0.25)
        mean.append(profit.mean())
        worst.append(worst_mean(profit))
    assert mean == sorted(mean, reverse=True)
    assert worst == sorted(worst)
    assert worst[-1] > worst[0]


def test_curves_rise_and_stay_within_what_may_be_given() -> None:
    f = futures(count=40)
    found = offer_curves(f, step_h=0.25, aversion=0.5)
    assert (np.diff(found.price, axis=1) >= 0).all()
    assert (np.diff(found.quantity_kw, axis=1) >= 0).all()
    assert (found.quantity_kw >= 0).all()
    assert (found.quantity_kw <= f.volume_kw.max(axis=0)[:, None] + 1e-6).all()


@pytest.mark.parametrize("wrong", [{"aversion": 1.1}, {"level": 1.0}, {"points": 0}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        offer_curves(futures(count=5), step_h=0.25, **wrong)  # type: ignore[arg-type]


def test_an_imbalance_that_pays_is_refused() -> None:
    with pytest.raises(ValueError, match="not below zero"):
        offer_curves(futures(count=5, short=-0.01), step_h=0.25)


def test_a_sum_of_curves_sells_what_each_sells_and_drops_the_smallest_steps() -> None:
    one = Curves(np.array([[0.01, 0.03]]), np.array([[-50.0, 20.0]]))
    two = Curves(np.array([[0.02, 0.03, 0.05]]), np.array([[5.0, 5.2, 90.0]]))
    price, kw = summed([one, two], 0, most_points=9)
    assert price.tolist() == [0.01, 0.03, 0.05]  # at 0.02 nothing changes: below its first point a curve holds too
    assert kw.tolist() == pytest.approx([-45.0, 25.2, 110.0])
    price, kw = summed([one, two], 0, most_points=2)
    assert price.tolist() == [0.01, 0.05]


def test_ranks_are_uniform_and_neighbours_alike() -> None:
    found = ranks(steps=96, step_h=0.25, count=3000, generator=np.random.default_rng(2))
    assert np.histogram(found[:, 50], bins=10, range=(0, 1))[0] == pytest.approx(np.full(10, 300), abs=70)
    near, far = (np.corrcoef(found[:, 0], found[:, n])[0, 1] for n in (1, 72))
    assert near > 0.9
    assert abs(far) < 0.12


def test_draws_follow_the_quantiles() -> None:
    quantiles = np.array([[1.0, 2.0, 4.0, 5.0, 9.0]])
    at = np.array([[0.05], [0.5], [0.6], [0.95], [1.0], [0.0]])
    assert drawn(quantiles, LEVELS, at)[:, 0] == pytest.approx([1.0, 4.0, 4.4, 9.0, 13.0, 0.0])
    with pytest.raises(ValueError, match="rise with the level"):
        drawn(quantiles[:, ::-1], LEVELS, at)


def test_reordered_courses_have_the_bands_of_the_forecast_and_the_shape_of_the_template() -> None:
    rng = np.random.default_rng(3)
    template = rng.standard_normal((500, 1)) + 0.1 * rng.standard_normal((500, 4))
    quantiles = np.tile([10.0, 20.0, 30.0, 40.0, 50.0], (4, 1))
    found = reordered(template, quantiles, LEVELS)
    assert pytest.approx(quantiles, abs=0.5) == np.quantile(found, LEVELS, axis=0).T
    assert np.corrcoef(found[:, 0], found[:, 3])[0, 1] > 0.9
