"""When a band is called too narrow: by evidence, not by a few days."""

import numpy as np
import pytest

from apps.forecasts.choices import Held
from apps.forecasts.rules.calibration import LEAST_DAYS, TOLERANCE, coverage

DAYS = 28


def test_nothing_scored_tells_nothing() -> None:
    assert coverage(0.8, [], []) is None
    assert coverage(0.8, [0, 0], [0, 0]) is None


def test_few_days_prove_nothing_whatever_they_say() -> None:
    held = coverage(0.8, [10] * (LEAST_DAYS - 1), [96] * (LEAST_DAYS - 1))
    assert held is not None
    assert held.verdict == Held.UNKNOWN


@pytest.mark.parametrize(("inside", "verdict"), [(77, Held.KEPT), (50, Held.NARROW), (95, Held.WIDE)])
def test_a_steady_share_is_judged_by_its_promise(inside: int, verdict: Held) -> None:
    held = coverage(0.8, [inside, inside - 1] * 14, [96] * DAYS)
    assert held is not None
    assert held.verdict == verdict
    assert held.low <= held.share <= held.high


def test_days_that_differ_much_leave_more_doubt_than_steps_would() -> None:
    steady = coverage(0.8, [70] * DAYS, [96] * DAYS)
    erratic = coverage(0.8, [96, 44] * 14, [96] * DAYS)
    assert steady and erratic
    assert erratic.share == pytest.approx(steady.share)
    assert erratic.high - erratic.low > 3 * (steady.high - steady.low)


def test_a_difference_that_does_not_matter_is_no_fault() -> None:
    share = 0.8 - TOLERANCE / 2
    held = coverage(0.8, [round(share * 10_000)] * DAYS, [10_000] * DAYS)
    assert held is not None
    assert not held.low <= 0.8 <= held.high
    assert held.verdict == Held.KEPT


def test_honest_bands_are_seldom_accused() -> None:
    rng = np.random.default_rng(1)
    accused = 0
    for _ in range(200):
        daily = rng.beta(8, 2, DAYS)  # days differ, their mean keeps the promise
        held = coverage(0.8, [int(one) for one in rng.binomial(96, daily)], [96] * DAYS)
        accused += held is not None and held.verdict != Held.KEPT
    assert accused <= 0.08 * 200
