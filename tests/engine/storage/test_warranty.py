"""Counters by hand, and the day on which a warranty's first term is used up."""

import numpy as np
import pytest

from gridops.engine.storage.ageing.stress import Trace
from gridops.engine.storage.warranty import TERMS, Terms, counters, standing
from tests.engine.storage.traces import daily, resting

KWH = np.array([100.0])


def test_counters_of_a_day() -> None:
    trace = daily(0.2, 0.96)
    warm = np.where(np.arange(24) < 3, 40.0, 25.0)[None]
    found = dict(zip(TERMS, counters(Trace(trace.soc, warm, 3600.0), Terms(), KWH)[0], strict=True))
    assert found == pytest.approx(
        {"years": 1 / 365.25, "throughput_kwh": 76.0, "equivalent_cycles": 0.76, "hours_warm": 3, "hours_full": 8}
    )


def test_the_first_term_to_be_used_up_ends_it() -> None:
    terms = Terms(years=10, equivalent_cycles=2000)
    so_far, ahead = (counters(daily(0.1, 0.9, days=days), terms, KWH) for days in (100, 1))
    found = standing(terms, so_far, ahead)
    assert found.first == ("equivalent_cycles",)
    assert found.ends_in_years == pytest.approx((2000 - 80) / 0.8 / 365.25)
    assert found.used[0, 2] == pytest.approx(80 / 2000)


def test_a_gentler_plan_leaves_the_years_to_end_it() -> None:
    terms = Terms(years=10, equivalent_cycles=2000)
    found = standing(terms, np.zeros((1, 5)), counters(daily(0.4, 0.6), terms, KWH))
    assert found.first == ("years",)
    assert found.ends_in_years == pytest.approx(10)


def test_a_term_that_is_used_up_has_no_years_left_and_one_without_a_limit_all() -> None:
    terms = Terms(hours_full=10)
    rest = counters(resting(1.0, days=3, temperature_c=20), terms, KWH)
    found = standing(terms, rest, rest)
    assert found.ends_in_years == 0
    assert found.first == ("hours_full",)
    assert standing(Terms(), rest, rest).first == ("",)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="years of a warranty"):
        Terms(years=0)
    with pytest.raises(ValueError, match="spans some time"):
        standing(Terms(), np.zeros((1, 5)), np.zeros((1, 5)))
