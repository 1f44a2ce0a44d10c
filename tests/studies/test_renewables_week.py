"""The study of the seeded week in small: half an hour around noon of a stormy day, after two days that are known."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from apps.assets.adapters.case_network import case_network
from gridops.cases import read
from gridops.engine.network.topology import resolve
from tests.factories.grids import cache_dir
from tests.studies.renewables_week import GRID, SHIPPED, week
from tests.studies.week_control import GridOps
from tests.studies.week_field import Curves, InverterField, grown
from tests.studies.week_known import STEPS_A_DAY, Known
from tests.studies.week_local import LocalRules
from tests.studies.week_ways import exchanges

NOON = datetime(2016, 6, 22, 11, tzinfo=UTC)
FITTED = Curves(watt_pu=(1.035, 1.055))


@pytest.fixture(scope="module")
def case():
    return grown(read(GRID, Path(cache_dir())), 2.0)


@pytest.fixture(scope="module")
def arms(case):
    given = {"seed": 1, "first": NOON, "steps": 3, "warm_days": 1.05}
    return (
        week(case, "local", FITTED, lambda field, _: LocalRules(field), **given),
        week(case, "GridOps", SHIPPED, GridOps, **given),
    )


def test_both_arms_have_the_same_sun_and_wind(arms):
    local, own = arms
    assert own.available_mwh == pytest.approx(local.available_mwh)
    assert own.available_mwh > 20


def test_ratings_are_kept_where_local_rules_do_not_see_them(arms):
    local, own = arms
    assert local.overloads > own.overloads
    assert own.worst_loading < 1.1 < local.worst_loading


def test_what_is_known_is_only_what_was():
    known, rng = Known(3), np.random.default_rng(1)
    for _ in range(STEPS_A_DAY + 5):
        known.take(rng.random(3))
    before = known.ahead(8)
    assert np.array_equal(before, known.ahead(8))
    known.take(np.ones(3))
    assert not np.array_equal(before[1:], known.ahead(7))


def test_a_day_that_repeats_itself_is_foreseen():
    known, day = Known(1), np.sin(np.arange(STEPS_A_DAY) / STEPS_A_DAY * np.pi) + 1
    for value in np.tile(day, 3)[: 2 * STEPS_A_DAY + 10]:
        known.take(np.array([value]))
    assert known.ahead(STEPS_A_DAY)[:, 0] == pytest.approx(np.roll(day, -10))


def test_a_field_with_steep_volt_watt_stays_inside_its_limits(case):
    """The curves settle: what is given follows from the voltage that follows from it."""
    field = InverterField(case, 1, FITTED)
    for quarter in range(3):
        state = field.step(NOON, 900.0, quarter)
    node = field.truth.network.injection_node[field.renewable]
    wanted = field._by_voltage(field.available_kw, state.grid.voltage_pu[node])
    assert np.abs(state.p_kw[field.renewable] - wanted).max() <= 0.02 * field.rating.max()


def test_what_the_curve_leaves_free_is_given_whole(case):
    field = InverterField(case, 1, SHIPPED)
    state = field.step(datetime(2016, 6, 21, 2, tzinfo=UTC), 600.0, 0)
    assert np.nanmax(state.grid.voltage_pu) < SHIPPED.watt_pu[0]
    assert state.p_kw[field.renewable] == pytest.approx(field.available_kw, abs=1e-6)


def test_an_exchange_of_switches_leaves_everything_fed(case):
    here = case_network(case)
    pairs = list(exchanges(here.network, here.switch_closed, here.switch_under_load))
    assert len(pairs) > 20
    for tie, opened in pairs[::7]:
        closed = here.switch_closed.copy()
        assert not closed[tie] and closed[opened]
        closed[tie], closed[opened] = True, False
        assert resolve(here.network, closed).node_energised[here.network.injection_node].all()
