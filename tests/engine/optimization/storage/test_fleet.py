"""Many batteries: each feeder exact, the fast way near it, and what they share kept by prices."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.coupling import Substation, coordinated
from gridops.engine.optimization.storage.fleet import Feeder, plan_feeder, without_batteries
from gridops.engine.optimization.storage.plan import plan
from gridops.engine.optimization.storage.program import assembled
from gridops.engine.optimization.storage.site import Site
from gridops.engine.optimization.storage.virtual import FleetPlan, plan_fleet
from tests.bench.storage_fleet import Bare, feeder, lone

FEEDERS = [feeder(number, 12) for number in range(6)]


@pytest.mark.parametrize("one", [feeder(3, 10), lone(4)], ids=lambda one: one.name)
def test_a_feeder_costs_what_the_same_program_costs_as_bare_arrays(one: Feeder) -> None:
    assert plan_feeder(one).cost == pytest.approx(Bare(one).solve()[0], abs=1e-7)


def test_a_feeder_and_its_plan_travel_between_processes() -> None:
    with ProcessPoolExecutor(1) as pool:
        there = next(iter(pool.map(plan_feeder, FEEDERS[:1])))
    here = plan_feeder(FEEDERS[0])

    assert there.cost == pytest.approx(here.cost)
    assert there.schedule is not None
    assert there.schedule.charge_kw.shape == (12, 96)


def test_a_feeder_without_a_plan_says_why() -> None:
    one = replace(FEEDERS[0], site=replace(FEEDERS[0].site, import_kw=np.full(96, 0.5)))
    made = plan_feeder(one)

    assert made.schedule is None
    assert np.isnan(made.cost)
    assert "higher import limit" in made.way_out[0]


@pytest.fixture(scope="module")
def fast() -> FleetPlan:
    return plan_fleet(FEEDERS)


class TestTheFastWay:
    def test_it_saves_nearly_what_the_exact_plans_save(self, fast: FleetPlan) -> None:
        idle = np.array([without_batteries(each.site) for each in FEEDERS])
        exact = np.array([plan_feeder(each).cost for each in FEEDERS])

        assert (idle - fast.cost).sum() >= 0.94 * (idle - exact).sum()
        assert (fast.cost >= exact - 1e-6).all()

    def test_no_battery_breaks_a_limit_and_all_end_where_they_must(self, fast: FleetPlan) -> None:
        for number, each in enumerate(FEEDERS):
            b, mine = each.batteries, fast.feeder == number
            charge, discharge, energy = fast.charge_kw[mine], fast.discharge_kw[mine], fast.energy_kwh[mine]
            assert (charge <= b.charge_kw[:, None] + 1e-9).all()
            assert (discharge <= b.discharge_kw[:, None] + 1e-9).all()
            assert np.minimum(charge, discharge).max() == 0
            assert (energy >= b.least_kwh[:, None] - 1e-9).all()
            assert (energy <= b.most_kwh[:, None] + 1e-9).all()
            np.testing.assert_allclose(energy[:, -1], b.final_low_kwh, atol=1e-6)
            moved = charge * b.charge_efficiency[:, None] - discharge / b.discharge_efficiency[:, None]
            np.testing.assert_allclose(energy, b.initial_kwh[:, None] + 0.25 * np.cumsum(moved, axis=1), atol=1e-6)

    def test_no_meter_breaks_a_limit(self, fast: FleetPlan) -> None:
        for net, each in zip(fast.net_kw, FEEDERS, strict=True):
            assert (net <= each.site.import_kw + 1e-6).all()
            assert (-net <= each.site.export_kw + 1e-6).all()

    def test_its_cost_is_that_of_what_it_does(self, fast: FleetPlan) -> None:
        site, b, mine = FEEDERS[2].site, FEEDERS[2].batteries, fast.feeder == 2
        net = fast.net_kw[2]
        bought = 0.25 * (site.buy @ np.maximum(net, 0) - site.sell @ np.maximum(-net, 0)) + 0.5 * net.max()
        wear = 0.25 * 0.01 * (fast.charge_kw[mine] + fast.discharge_kw[mine]).sum()
        assert b.count == 12
        assert fast.cost[2] == pytest.approx(bought + wear)

    def test_a_meter_that_leaves_little_room_is_planned_exactly(self) -> None:
        tight = FEEDERS[1]
        least = plan(tight.batteries, replace(tight.site, peak_charge=100.0)).schedule
        assert least is not None
        narrow = replace(tight, site=replace(tight.site, import_kw=np.full(96, 1.0001 * least.peak_kw)))

        found = plan_fleet([FEEDERS[0], narrow])
        assert found.exact.tolist() == [False, True]
        assert found.cost[1] == pytest.approx(plan_feeder(narrow).cost)
        assert found.net_kw[1].max() <= narrow.site.import_kw[0] + 1e-6

    def test_reserve_is_planned_exactly(self) -> None:
        holding = replace(FEEDERS[1], site=replace(FEEDERS[1].site, up_kw=np.full(96, 1.0)))
        assert plan_fleet([holding]).exact.all()

    def test_wear_by_depth_is_planned_exactly(self) -> None:
        deep = replace(FEEDERS[0].batteries, depth_share=np.array([0.5, 0.5]), depth_wear=np.array([0.0, 0.02]))
        found = plan_fleet([FEEDERS[1], replace(FEEDERS[0], batteries=deep)])

        assert found.exact.tolist() == [False, True]

    def test_a_feeder_that_cannot_be_planned_says_why_and_the_others_are(self) -> None:
        broken = replace(FEEDERS[0], site=replace(FEEDERS[0].site, import_kw=np.full(96, 0.5)))
        found = plan_fleet([broken, FEEDERS[1]])

        assert np.isnan(found.cost[0])
        assert found.reasons[0]
        assert found.reasons[1] == ""

    def test_a_limit_of_cycles_is_kept(self) -> None:
        b = FEEDERS[0].batteries
        few = replace(FEEDERS[0], batteries=replace(b, cycles=np.full(b.count, 0.3)))
        found = plan_fleet([few])
        drawn = 0.25 * (found.discharge_kw / b.discharge_efficiency[:, None]).sum(axis=1) / b.energy_kwh

        assert (drawn <= 0.3 + 1e-6).all()

    def test_horizons_that_differ_are_refused(self) -> None:
        other = Feeder("other", FEEDERS[0].batteries, Site.of(step_h=1, buy=np.zeros(24)))
        with pytest.raises(ValueError, match="horizons"):
            plan_fleet([FEEDERS[0], other])


class TestASubstation:
    """Three small feeders, whose common program is small enough to be written down at once."""

    def feeders(self) -> list[Feeder]:
        chance, price = np.random.default_rng(8), np.r_[np.full(12, 0.05), np.full(12, 0.25)]
        made = []
        for number in range(3):
            b = Batteries.of(
                power_kw=chance.uniform(1, 3, 2),
                energy_kwh=chance.uniform(4, 8, 2),
                round_trip=0.85,
                wear_discharge=0.01,
                initial=0.2,
            )
            load = chance.uniform(1, 2, 24)
            made.append(Feeder(f"f{number}", b, Site.of(step_h=1, buy=price, sell=price - 0.02, load_kw=load)))
        return made

    def substation(self, **given: float) -> Substation:
        wide = {"import_kw": np.inf, "export_kw": np.inf, "up_kw": 0.0, "down_kw": 0.0} | given
        return Substation(**{name: np.full(24, value) for name, value in wide.items()})

    def least(self, feeders: list[Feeder], most_kw: float) -> float:
        """All feeders in one program of another solver."""
        parts = [assembled(each.batteries, each.site) for each in feeders]
        dense = []
        for program, _ in parts:
            matrix = np.zeros((len(program.row_lower), len(program.cost)))
            for row in range(len(matrix)):
                entries = slice(program.row_start[row], program.row_start[row + 1])
                matrix[row, program.column[entries]] = program.value[entries]
            dense.append(matrix)
        width = [len(program.cost) for program, _ in parts]
        begin = np.cumsum([0, *width[:-1]])
        equal = np.zeros((sum(len(each) for each in dense), sum(width)))
        row = 0
        for matrix, at in zip(dense, begin, strict=True):
            equal[row : row + len(matrix), at : at + matrix.shape[1]] = matrix
            row += len(matrix)
        common = np.zeros((24, sum(width)))
        for (_, layout), at in zip(parts, begin, strict=True):
            common[np.arange(24), at + layout.of("import")] = 1
            common[np.arange(24), at + layout.of("export")] = -1
        right = np.concatenate([program.row_lower for program, _ in parts])
        cost = np.concatenate([program.cost for program, _ in parts])
        bounds = [(low, high) for program, _ in parts for low, high in zip(program.lower, program.upper, strict=True)]
        found = linprog(cost, A_ub=common, b_ub=np.full(24, most_kw), A_eq=equal, b_eq=right, bounds=bounds)
        return float(found.fun)

    def test_a_common_limit_is_kept_at_nearly_the_least_cost(self) -> None:
        feeders = self.feeders()
        found = coordinated(feeders, self.substation(import_kw=6.0), gap=1e-4, rounds=60)
        least = self.least(feeders, 6.0)

        assert found.short_kw.max() < 1e-6
        assert found.bound <= least + 1e-6
        assert found.cost == pytest.approx(least, rel=1e-3)
        assert found.prices.imported.max() > 0
        alone = sum(plan_feeder(each).cost for each in feeders)
        assert found.cost > alone

    def test_each_plan_of_the_mixture_is_a_plan(self) -> None:
        feeders = self.feeders()
        found = coordinated(feeders, self.substation(import_kw=6.0))
        for each, made in zip(feeders, found.plans, strict=True):
            b, schedule = each.batteries, made.schedule
            assert schedule is not None
            assert np.minimum(schedule.charge_kw, schedule.discharge_kw).max() < 1e-9
            moved = (
                schedule.charge_kw * b.charge_efficiency[:, None]
                - schedule.discharge_kw / b.discharge_efficiency[:, None]
            )
            np.testing.assert_allclose(
                schedule.energy_kwh, b.initial_kwh[:, None] + np.cumsum(moved, axis=1), atol=1e-8
            )
            net = each.site.load_kw + (schedule.charge_kw - schedule.discharge_kw).sum(axis=0)
            np.testing.assert_allclose(schedule.import_kw - schedule.export_kw, net, atol=1e-8)

    def test_a_reserve_is_held_together(self) -> None:
        found = coordinated(self.feeders(), self.substation(up_kw=4.0))
        held = sum(each.schedule.up_kw.sum(axis=0) for each in found.plans if each.schedule is not None)

        assert (held >= 4.0 - 1e-3).all()
        assert found.prices.up.max() > 0

    def test_without_a_common_limit_one_round_is_enough(self) -> None:
        feeders = self.feeders()
        found = coordinated(feeders, self.substation())

        assert found.rounds == 1
        assert found.cost == pytest.approx(sum(plan_feeder(each).cost for each in feeders))

    def test_a_limit_that_cannot_be_kept_is_said_to_be_short(self) -> None:
        found = coordinated(self.feeders(), self.substation(import_kw=1.0), rounds=8)
        assert found.short_kw.max() > 0.5

    def test_a_feeder_without_a_plan_is_named(self) -> None:
        feeders = self.feeders()
        broken = replace(feeders[1], site=replace(feeders[1].site, import_kw=np.full(24, 0.01)))
        found = coordinated([feeders[0], broken], self.substation())

        assert found.plans == ()
        assert found.reason.startswith("f1: ")
