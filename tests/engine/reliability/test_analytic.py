"""The published test systems, and small networks that are worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.reliability.analytic import Switched, effects, load_figures, system_figures
from tests.factories.rbts import FEEDERS, LOAD_POINTS, PRINTED, REPLACED, SYSTEM, rbts

BOTH = ["rbts:bus2", "rbts:bus4"]


def _figures(name, **changes):
    case = rbts(name, **changes)
    return case, load_figures(case.grid, effects(case.grid))


def _told(figures):
    return (figures.saifi, figures.saidi_h, figures.caidi_h, figures.asai, figures.ens_kwh / 1000, figures.aens_kwh)


@pytest.mark.parametrize("name", BOTH)
def test_the_system_indices_are_the_published_ones_to_every_digit(name):
    case, found = _figures(name)
    told = _told(system_figures(case.grid, found))
    assert told == pytest.approx(SYSTEM[name], rel=3e-5)
    assert told == pytest.approx(PRINTED[name], rel=2e-3)


@pytest.mark.parametrize("name", BOTH)
def test_the_feeders_have_their_published_indices(name):
    case, found = _figures(name)
    for feeder, (saifi, saidi, ens) in FEEDERS[name].items():
        of = system_figures(case.grid, found, np.array([one == feeder for one in case.feeder_of_load]))
        assert of.saifi == pytest.approx(saifi, abs=6e-6)
        assert of.saidi_h == pytest.approx(saidi, abs=6e-6)
        assert of.ens_kwh / 1000 == pytest.approx(ens, abs=6e-4)


@pytest.mark.parametrize("name", BOTH)
def test_transformers_that_are_replaced_instead_of_repaired(name):
    case, found = _figures(name, transformer_repair_h=10.0)
    saifi, saidi, caidi, _, ens, aens = _told(system_figures(case.grid, found))
    assert (saifi, saidi, caidi, ens, aens) == pytest.approx(REPLACED[name], rel=3e-4)


def test_load_points_of_bus_2_are_those_of_the_paper():
    case, found = _figures("rbts:bus2")
    for name, (often, each, hours) in LOAD_POINTS.items():
        at = case.loads.index(name)
        assert found.interruptions[at] == pytest.approx(often, abs=6e-4)
        assert found.hours[at] == pytest.approx(hours, abs=6e-4)
        assert found.hours[at] / found.interruptions[at] == pytest.approx(each, abs=6e-3)


@pytest.mark.parametrize(
    ("name", "repair_h", "saidi", "lasting"),
    [
        ("rbts:bus2", 200.0, -0.037, -0.554),
        ("rbts:bus2", 10.0, -0.177, -0.554),
        ("rbts:bus4", 200.0, -0.068, -0.795),
        ("rbts:bus4", 10.0, -0.377, -0.795),
    ],
)
def test_switching_within_a_minute_makes_interruptions_momentary(name, repair_h, saidi, lasting):
    """What automation buys was worked out once by another program."""
    case, by_hand = _figures(name, transformer_repair_h=repair_h)
    _, remote = _figures(name, transformer_repair_h=repair_h, switching_h=1 / 60)
    before, after = (system_figures(case.grid, one) for one in (by_hand, remote))
    assert after.saidi_h / before.saidi_h - 1 == pytest.approx(saidi, abs=6e-4)
    assert after.sustained_saifi / before.sustained_saifi - 1 == pytest.approx(lasting, abs=6e-4)
    assert after.maifi - before.maifi == pytest.approx(before.sustained_saifi - after.sustained_saifi)


def _line(**changes):
    """Source - breaker - section 0 - switch - section 1 - open switch - another source; a load in each section."""
    return replace(
        Switched(
            n_nodes=6,
            part_from=np.array([1, 3], np.int32),
            part_to=np.array([2, 4], np.int32),
            rate_per_year=np.array([0.2, 0.1]),
            repair_h=np.array([4.0, 6.0]),
            momentary_per_year=np.array([1.0, 0.0]),
            switch_from=np.array([0, 2, 4], np.int32),
            switch_to=np.array([1, 3, 5], np.int32),
            switch_closed=np.array([True, True, False]),
            switch_interrupts=np.array([True, False, False]),
            switch_h=np.array([1.0, 1.0, 1.0]),
            source_node=np.array([0, 5], np.int32),
            load_node=np.array([2, 4], np.int32),
            customers=np.array([10, 30], np.int32),
            load_kw=np.array([100.0, 50.0]),
        ),
        **changes,
    )


def _hours(grid):
    return load_figures(grid, effects(grid)).hours


def test_each_section_waits_for_its_own_repair_and_the_other_for_the_switching():
    assert _hours(_line()) == pytest.approx([0.2 * 4 + 0.1 * 1, 0.2 * 1 + 0.1 * 6])


def test_without_the_tie_the_far_section_waits_for_the_near_one():
    grid = _line(switch_h=np.array([1.0, 1.0, np.inf]))
    assert _hours(grid) == pytest.approx([0.2 * 4 + 0.1 * 1, 0.2 * 4 + 0.1 * 6])


def test_a_tie_that_cannot_carry_the_load_feeds_nobody():
    grid = _line(tie_spare_kw=np.array([0.0, 0.0, 49.0]))
    assert _hours(grid)[1] == pytest.approx(0.2 * 4 + 0.1 * 6)
    assert _hours(replace(grid, tie_spare_kw=np.array([0.0, 0.0, 50.0])))[1] == pytest.approx(0.2 * 1 + 0.1 * 6)


def test_a_quick_breaker_without_a_quick_switch_restores_nothing_before_the_slow_one():
    assert _hours(_line(switch_h=np.array([0.01, 1.0, 0.01]))) == pytest.approx(_hours(_line()))


def test_a_switching_that_outlasts_the_repair_is_not_waited_for():
    assert _hours(_line(switch_h=np.full(3, 5.0)))[0] == pytest.approx(0.2 * 4 + 0.1 * 5)


def test_failures_that_pass_interrupt_everybody_behind_the_breaker_for_a_moment():
    found = load_figures(_line(), effects(_line()))
    assert found.momentary == pytest.approx([1.0, 1.0])
    assert found.sustained == pytest.approx([0.3, 0.3])


def test_a_load_without_supply_is_no_failure_of_a_part():
    grid = _line(switch_closed=np.array([True, False, False]))
    assert _hours(grid)[1] == 0.0
