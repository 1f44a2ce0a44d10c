"""Ammeters, which tell no angle, beside meters of power and alone."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.estimation.angles import Angles
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import Flows, MeasurementKind
from gridops.engine.estimation.switching import score
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.gross_errors import spoil
from tests.engine.meters import read_currents, read_meters


class Site:
    """A grid whose estimates have lent their angles."""

    def __init__(self, grid):
        self.grid, self.rng = grid, np.random.default_rng(11)
        self.topology = resolve(grid.network, grid.switch_closed)
        self.truth = PowerFlow(grid.network, self.topology).solve(**grid.solve_arguments())
        self.estimator, self.angles = Estimator(grid.network, self.topology), Angles(grid.network)
        for _ in range(5):
            self.angles.learn(self.estimate(self.meters()), self.topology)

    def meters(self):
        return read_meters(self.grid.network, self.truth, self.grid, line_sides=(0,), rng=self.rng)

    def with_currents(self, measurements, *, side=0):
        read = read_currents(self.grid.network, self.truth, side=side, rng=self.rng)
        return self.angles.lend(replace(measurements, line_currents=read), self.topology)

    def estimate(self, measurements, **named):
        return self.estimator.estimate(measurements, self.grid.tap_position, **named)


@pytest.fixture(scope="module")
def site(mv_urban):
    return Site(mv_urban)


def test_currents_tell_the_loading_of_lines_that_have_no_meter_of_power(site):
    coarse = site.meters()
    wide = replace(coarse.injections, sigma_p_kw=np.full(len(coarse.injections.node), 300.0))
    coarse = replace(coarse, line_flows=Flows(), injections=wide)
    noise = 60 * site.rng.standard_normal(len(wide.node))
    coarse = replace(coarse, injections=replace(wide, p_kw=wide.p_kw + noise))

    def error(measurements):
        return np.sqrt(np.mean((site.estimate(measurements).line_p_from_kw - site.truth.line_p_from_kw) ** 2))

    assert error(site.with_currents(coarse)) < 0.4 * error(coarse)


def test_a_current_counts_as_one_number_and_small_ones_not_at_all(site):
    meters = site.meters()
    read = site.with_currents(meters, side=1)
    usable = read.line_currents.is_usable

    freedom = site.estimate(read).degrees_of_freedom - site.estimate(meters).degrees_of_freedom

    assert 0 < freedom == usable.sum() < len(usable)
    assert read.line_currents.value_a[usable].min() >= 10 * read.line_currents.sigma_a[usable].min()


@pytest.mark.parametrize("sigmas", [-20.0, 25.0])
def test_a_wrong_current_is_named_and_leads_nothing_astray(site, sigmas):
    clean = site.with_currents(site.meters(), side=1)
    index = int(np.flatnonzero(clean.line_currents.is_usable)[7])
    wrong = spoil(clean, MeasurementKind.LINE_CURRENT, index, 0, sigmas)

    found = site.estimate(wrong)

    (bad,) = found.bad
    assert (bad.kind, bad.index, bad.quantity) == (MeasurementKind.LINE_CURRENT, index, "i")
    assert bad.measured == wrong.line_currents.value_a[index]
    assert bad.estimated == pytest.approx(
        clean.line_currents.value_a[index], abs=4 * clean.line_currents.sigma_a[index]
    )
    assert np.sign(bad.normalised_residual) == np.sign(sigmas)
    without = site.estimate(clean, left_out={MeasurementKind.LINE_CURRENT: np.array([index], np.int32)})
    np.testing.assert_allclose(found.line_p_from_kw, without.line_p_from_kw, atol=0.01)


def test_a_wrong_meter_of_power_is_named_beside_its_ammeter(site):
    clean = site.with_currents(site.meters())
    index = int(np.flatnonzero(clean.line_currents.is_usable)[3])
    at = np.flatnonzero(clean.line_flows.branch == clean.line_currents.branch[index])

    (bad,) = site.estimate(spoil(clean, MeasurementKind.LINE_FLOW, int(at[0]), 0, 20)).bad

    assert (bad.kind, bad.index) == (MeasurementKind.LINE_FLOW, at[0])


def test_nothing_is_lent_on_other_switch_positions(site):
    read = replace(site.meters(), line_currents=read_currents(site.grid.network, site.truth, side=0))

    moved = resolve(site.grid.network, site.grid.switch_closed)

    assert not site.angles.lend(read, moved).line_currents.is_usable.any()


def test_a_current_about_the_least_that_tells_goes_on_telling_until_it_is_half_of_it(mv_urban):
    site = Site(mv_urban)
    told = site.with_currents(site.meters()).line_currents
    rated = mv_urban.network.lines.rated_a[told.branch]
    index = int(np.argmax(told.is_usable & (told.value_a < 2 * np.maximum(0.05 * rated, 10 * told.sigma_a))))
    least = max(0.05 * rated[index], 10 * told.sigma_a[index])

    def tells(value_a):
        read = replace(told, value_a=np.where(np.arange(len(rated)) == index, value_a, told.value_a))
        lent = site.angles.lend(replace(site.meters(), line_currents=read), site.topology)
        return bool(lent.line_currents.is_usable[index])

    assert [tells(share * least) for share in (1.1, 0.9, 0.6, 0.4, 0.9, 1.1)] == [True, True, True, False, False, True]


def test_a_current_denies_that_its_line_is_dead(site):
    read = site.with_currents(site.meters())
    closed = site.grid.switch_closed.copy()
    cut = next(
        other
        for n in np.flatnonzero(closed)
        for other in [resolve(site.grid.network, np.where(np.arange(len(closed)) == n, False, closed))]
        if 2 < (site.topology.node_energised & ~other.node_energised).sum() < 60
    )
    dead = ~cut.node_energised[read.line_currents.node]
    assert dead.any()
    estimate = Estimator(site.grid.network, cut).estimate(read, site.grid.tap_position, remove_bad=False)
    silent = replace(
        read, line_currents=replace(read.line_currents, value_a=np.where(dead, 0.0, read.line_currents.value_a))
    )

    assert score(cut, read, estimate) > score(cut, silent, estimate)
