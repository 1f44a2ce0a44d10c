"""By hand, after the definitions of IEEE 1366."""

import numpy as np
import pytest

from gridops.engine.reliability.indices import Steps, indices
from gridops.engine.reliability.major_days import is_major, threshold, tmed_min

DAY_S = 86400.0
NONE = np.zeros(0, np.int32)


def _steps(rows, pairs=()):
    """rows: outage, began minute, restored minute, customers, kW; pairs: step, consumer, customers."""
    table = np.array(rows, np.float64).reshape(-1, 5)
    who = np.array(pairs, np.int32).reshape(-1, 3)
    return Steps(
        table[:, 0].astype(np.int32),
        60 * table[:, 1],
        60 * table[:, 2],
        table[:, 3].astype(np.int32),
        table[:, 4],
        who[:, 0],
        who[:, 1],
        who[:, 2],
    )


def _indices(steps, **more):
    return indices(steps, **{"customers_served": 1000.0, "period_s": DAY_S, "end_s": DAY_S} | more)


def test_a_partly_restored_outage_counts_each_customer_once_and_each_minute():
    """IEEE 1366's own way: 1000 served; 500 out 8 minutes by a first step, 100 of one outage out an hour."""
    found = _indices(_steps([(0, 0, 8, 500, 1000), (0, 0, 60, 100, 300), (1, 200, 203, 200, 50)]))
    assert found.saifi == pytest.approx(0.6)
    assert found.saidi_min == pytest.approx((500 * 8 + 100 * 60) / 1000)
    assert found.caidi_min == pytest.approx(10_000 / 600)
    assert found.maifi == pytest.approx(0.2)
    assert found.asai == pytest.approx(1 - 10 / 1440)
    assert found.ens_kwh == pytest.approx((1000 * 8 + 300 * 60 + 50 * 3) / 60)
    assert found.aens_kwh == pytest.approx(found.ens_kwh / 1000)


def test_exactly_five_minutes_are_momentary():
    assert _indices(_steps([(0, 0, 5, 10, 0)])).maifi == pytest.approx(0.01)
    assert _indices(_steps([(0, 0, 5.02, 10, 0)])).saifi == pytest.approx(0.01)


def test_a_step_that_is_not_over_counts_to_the_end():
    found = _indices(_steps([(0, 0, np.nan, 10, 6)]))
    assert found.saidi_min == pytest.approx(14.4)
    assert found.ens_kwh == pytest.approx(6 * 24)
    assert found.open_steps == 1


def test_momentary_events_do_not_count_where_a_sustained_interruption_followed():
    """Reclosing tried twice: consumer 0 stays out afterwards, consumer 1 came back."""
    rows = [(0, 0, 1, 30, 0), (0, 2, 3, 30, 0), (0, 4, 60, 10, 0)]
    pairs = [(0, 0, 10), (0, 1, 20), (1, 0, 10), (1, 1, 20), (2, 0, 10)]
    found = _indices(_steps(rows, pairs))
    assert found.maifi == pytest.approx(0.06)
    assert found.maifi_e == pytest.approx(0.02)
    assert np.isnan(_indices(_steps(rows)).maifi_e)


def test_customers_with_many_interruptions_need_to_be_known():
    rows = [(0, 0, 60, 30, 0), (1, 100, 160, 10, 0), (2, 200, 800, 10, 0)]
    pairs = [(0, 0, 10), (0, 1, 20), (1, 0, 10), (2, 0, 10)]
    found = _indices(_steps(rows, pairs))
    assert found.cemi[:4] == pytest.approx((0.03, 0.01, 0.01, 0.0))
    assert found.celid == pytest.approx((0.01, 0.0, 0.0))
    assert np.isnan(_indices(_steps(rows)).cemi).all()


def test_without_customers_nothing_is_defined_and_without_outages_all_is_zero():
    assert np.isnan(_indices(_steps([(0, 0, 60, 1, 0)]), customers_served=0.0).saidi_min)
    quiet = _indices(_steps([]))
    assert (quiet.saidi_min, quiet.saifi, quiet.maifi, quiet.maifi_e, quiet.asai) == (0, 0, 0, 0, 1)
    assert np.isnan(quiet.caidi_min)
    assert quiet.cemi == (0,) * 6


def test_the_threshold_of_the_annex():
    """Annex B prints 66.69 for its unrounded alpha and beta, and these two rounded."""
    assert tmed_min(-0.555, 1.90) == pytest.approx(66.69, rel=0.01)


@pytest.mark.parametrize(("mu", "sigma"), [(-0.555, 1.9), (-3.0, 1.2), (0.5, 0.8)])
def test_lognormal_days_give_the_threshold_of_their_own_parameters(mu, sigma):
    """Quantiles instead of draws, so that nothing but the formula is tested."""
    n = 1826
    normal = np.sort(np.random.default_rng(7).standard_normal(n))
    normal = (normal - normal.mean()) / normal.std(ddof=1)
    found = threshold(np.exp(mu + sigma * normal))
    assert found.tmed_min == pytest.approx(np.exp(mu + 2.5 * sigma), rel=1e-9)
    assert found.days == n


def test_drawn_days_give_nearly_the_threshold_they_were_drawn_with():
    rng = np.random.default_rng(1)
    found = [threshold(rng.lognormal(-2.0, 1.0, 1826)).tmed_min for _ in range(40)]
    assert np.mean(found) == pytest.approx(np.exp(0.5), rel=0.02)


def test_days_without_an_interruption_do_not_count():
    days = np.array([0.1, 0.0, 0.4, 0.0, 0.2])
    assert threshold(days).alpha == pytest.approx(np.log([0.1, 0.4, 0.2]).mean())
    assert threshold(days).beta == pytest.approx(np.log([0.1, 0.4, 0.2]).std(ddof=1))


def test_a_day_at_the_threshold_is_not_major_and_too_few_days_make_none_major():
    assert is_major(np.array([1.0, 1.1]), 1.0).tolist() == [False, True]
    nothing = threshold(np.array([0.0, 3.0]))
    assert not is_major(np.array([1e9]), nothing.tmed_min).any()
    assert "fewer than two days" in nothing.reason
