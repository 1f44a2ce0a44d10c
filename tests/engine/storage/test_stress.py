"""Rainflow against ASTM E1049-85, and what is read off each cycle."""

from collections import Counter

import numpy as np
import pytest

from gridops.engine.storage.ageing.stress import Trace, cycles, stress, turning_points
from tests.engine.storage.traces import daily, resting

ASTM_FIGURE_6 = np.array([-2.0, 1, -3, 5, -1, 3, -4, 4, -2])


def counted(series: np.ndarray) -> dict[float, float]:
    found: Counter[float] = Counter()
    for row in cycles(series):
        found[float(row[0])] += row[2]
    return dict(found)


def test_the_example_of_the_standard_is_counted_as_printed() -> None:
    assert counted(ASTM_FIGURE_6) == {3: 0.5, 4: 1.5, 6: 0.5, 8: 1.0, 9: 0.5}


def test_points_between_the_turns_and_level_stretches_change_nothing() -> None:
    fine = np.interp(np.linspace(0, 8, 801), np.arange(9), ASTM_FIGURE_6)
    with_levels = np.repeat(ASTM_FIGURE_6, 3)
    assert counted(with_levels) == counted(ASTM_FIGURE_6)
    assert {round(depth, 9): count for depth, count in counted(fine).items()} == counted(ASTM_FIGURE_6)


def test_a_level_series_has_no_cycle_and_a_slope_is_half_of_one() -> None:
    assert len(cycles(np.full(9, 0.5))) == 0
    assert counted(np.array([0.25, 0.5, 0.75])) == {0.5: 0.5}
    assert list(turning_points(np.array([1.0, 1, 2, 2, 1]))) == [0, 2, 4]


def test_half_cycles_up_and_down_make_the_throughput() -> None:
    series = np.random.default_rng(1).uniform(0, 1, 500)
    found = cycles(series)
    assert 2 * (found[:, 0] * found[:, 2]).sum() == pytest.approx(np.abs(np.diff(series)).sum())


def test_a_cycle_tells_depth_mean_rate_and_temperature() -> None:
    trace = daily(0.2, 0.8)
    warm = trace.temperature_c.copy()
    warm[0, :4] = 35.0  # while it charges
    seen = stress(Trace(trace.soc, warm, trace.step_s))
    assert seen.depth == pytest.approx([0.6, 0.6])
    assert seen.mean_soc == pytest.approx([0.5, 0.5])
    assert seen.c_rate == pytest.approx([0.15, 0.15])  # rests do not slow it down
    assert sorted(seen.cycle_temperature_c) == pytest.approx([25.0, 35.0])
    assert seen.equivalent_cycles() == pytest.approx([0.6])
    assert seen.days == 1.0


def test_batteries_are_kept_apart() -> None:
    soc = np.vstack([daily(0.2, 0.8).soc, np.full(25, 0.5), daily(0.4, 0.5).soc])
    seen = stress(Trace(soc, np.full((3, 24), 25.0), 3600.0))
    assert seen.equivalent_cycles() == pytest.approx([0.6, 0.0, 0.1])


def test_shallower_cycles_keep_the_throughput() -> None:
    seen = stress(daily(0.1, 0.9)).with_depth_at_most(0.2)
    assert seen.depth.max() == pytest.approx(0.2)
    assert seen.equivalent_cycles() == pytest.approx([0.8])


@pytest.mark.parametrize(
    ("soc", "word"), [(np.array([[20.0, 80.0]]), "percent"), (np.array([[np.nan, 0.5]]), "fill the gaps")]
)
def test_a_trace_that_makes_no_sense_is_refused(soc: np.ndarray, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Trace(soc, np.full((1, 1), 25.0), 3600.0)
    with pytest.raises(ValueError, match="shape"):
        Trace(resting(0.5, days=2, temperature_c=25).soc, np.zeros((1, 1)), 3600.0)
