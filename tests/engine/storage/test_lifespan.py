"""Lives against the laws in closed form, bands that hold what they say and shrink with tests, causes and bargains."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from gridops.engine.storage.ageing.belief import Belief, CapacityTests, fit, multiplied, prior
from gridops.engine.storage.ageing.model import AgeingModel, Damage
from gridops.engine.storage.ageing.naumann import Naumann, calendar_rate
from gridops.engine.storage.ageing.schmalstieg import Schmalstieg
from gridops.engine.storage.ageing.stress import Trace, stress
from gridops.engine.storage.ageing.xu import Xu
from gridops.engine.storage.causes import Policy, bargains, causes
from gridops.engine.storage.lifespan import MOST_YEARS, lifespan, nothing_yet, remaining, yearly, years_to
from tests.engine.storage.traces import daily, resting

MODEL = Naumann()
DUTY = stress(daily(0.1, 0.9, days=7))
A_YEAR = yearly(MODEL.damage(DUTY), DUTY)
CERTAIN = Belief(np.zeros(3), np.eye(3) * 1e-12, 1e-6, 0)  # the model of the cell to the letter


def damage_at(years: np.ndarray) -> Damage:
    return A_YEAR.scaled(years, years)


def a_plant(truth: np.ndarray, years: np.ndarray, rng: np.random.Generator, sigma: float = 0.01) -> CapacityTests:
    lost = MODEL.loss(multiplied(damage_at(years), truth)).total
    return CapacityTests(1 - lost + rng.normal(0, sigma, len(years)), damage_at(years))


class TestYears:
    def test_of_mere_storage_are_the_law_turned_round(self) -> None:
        seen = stress(resting(0.5, days=30, temperature_c=35))
        k = calendar_rate(np.array([0.5]), np.array([35.0]))
        found = lifespan(MODEL, seen, [CERTAIN], end_of_life=0.9)
        assert found.years == pytest.approx((0.1 / k) ** 2 / 86_400 / 365.25, rel=1e-4)
        assert found.calendar_share == pytest.approx(1.0)
        assert found.equivalent_cycles == pytest.approx(0.0)

    @pytest.mark.parametrize("model", [Schmalstieg(), Naumann(), Xu()], ids=lambda model: model.name)
    def test_lose_what_ends_the_life(self, model: AgeingModel) -> None:
        found = lifespan(model, DUTY, [CERTAIN])
        a_year = yearly(model.damage(DUTY), DUTY)
        assert model.loss(a_year.scaled(found.years, found.years)).total == pytest.approx(0.2, abs=1e-5)
        assert found.equivalent_cycles == pytest.approx(0.8 * 365.25)

    def test_what_is_behind_counts(self) -> None:
        fresh = lifespan(MODEL, DUTY, [CERTAIN]).years
        used = lifespan(MODEL, DUTY, [CERTAIN], behind=damage_at(np.array([3.0]))).years
        assert used == pytest.approx(fresh - 3, abs=1e-3)

    def test_are_none_for_a_battery_that_is_beyond_and_capped_for_one_that_hardly_ages(self) -> None:
        assert years_to(MODEL, damage_at(np.array([90.0])), A_YEAR, 0.1) == 0
        cold = stress(resting(0.2, days=10, temperature_c=5))
        assert lifespan(MODEL, cold, [CERTAIN], end_of_life=0.5).years == pytest.approx(MOST_YEARS)

    def test_each_battery_has_its_own(self) -> None:
        soc = np.vstack([daily(0.1, 0.9).soc, daily(0.4, 0.6).soc])
        both = stress(Trace(soc, np.array([[25.0] * 24, [40.0] * 24]), 3600.0))
        found = lifespan(MODEL, both, [CERTAIN, prior(MODEL)])
        assert found.years[0] == pytest.approx(lifespan(MODEL, stress(daily(0.1, 0.9)), [CERTAIN]).years[0])
        alone = lifespan(MODEL, stress(daily(0.4, 0.6, temperature_c=40)), [prior(MODEL)])
        assert found.low[1] == pytest.approx(alone.low[0])

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(ValueError, match="end_of_life is 80"):
            lifespan(MODEL, DUTY, [CERTAIN], end_of_life=80)
        with pytest.raises(ValueError, match="2 beliefs for 1"):
            lifespan(MODEL, DUTY, [CERTAIN, CERTAIN])


class TestBand:
    def test_without_tests_a_pack_lives_a_quarter_shorter_than_its_cell_and_the_band_is_wide(self) -> None:
        believed = lifespan(MODEL, DUTY, [prior(MODEL)])
        cell = lifespan(MODEL, DUTY, [CERTAIN])
        assert believed.years == pytest.approx(0.75 * cell.years, rel=0.1)
        assert believed.high > 1.5 * believed.years > 2 * believed.low

    def test_shrinks_with_tests(self) -> None:
        rng, believed = np.random.default_rng(3), prior(MODEL)
        behind, widths = damage_at(np.array([2.0])), np.zeros(4)
        for truth in rng.multivariate_normal(believed.mean, believed.covariance, 20):
            tests = a_plant(truth, np.linspace(0.2, 2, 10), rng)
            some = [CapacityTests(tests.capacity[-n:], damage_at(np.linspace(0.2, 2, 10)[-n:])) for n in (1, 3, 10)]
            beliefs = (believed, *map(partial(fit, MODEL), some))
            found = [lifespan(MODEL, DUTY, [belief], behind=behind) for belief in beliefs]
            widths += [float((life.high - life.low)[0]) for life in found]
        assert list(widths) == sorted(widths, reverse=True)
        assert widths[-1] < 0.5 * widths[0]

    @pytest.mark.parametrize("count", [0, 2, 6])
    def test_holds_four_fifths_of_plants_drawn_from_what_is_believed(self, count: int) -> None:
        rng, believed, inside = np.random.default_rng(11), prior(MODEL), []
        years = np.linspace(0.5, 3, count)
        behind = damage_at(np.array([3.0 if count else 0.0]))
        for truth in rng.multivariate_normal(believed.mean, believed.covariance, 120):
            found = lifespan(MODEL, DUTY, [fit(MODEL, a_plant(truth, years, rng))], behind=behind)
            measured = 0.2 + rng.normal(0, 0.01)  # a life ends by a test, too
            lived = years_to(MODEL, multiplied(behind, truth), multiplied(A_YEAR, truth), measured)
            inside.append(bool((found.low <= lived + 1e-6) & (lived <= found.high + 1e-6)))
        assert 0.7 < np.mean(inside) < 0.92

    def test_tests_that_scatter_more_than_they_are_told_to_widen_it(self) -> None:
        rng, truth = np.random.default_rng(5), np.array([0.0, 0.0, 0.3])
        calm, wild = (fit(MODEL, a_plant(truth, np.linspace(0.5, 5, 8), rng, sigma)) for sigma in (0.005, 0.05))
        assert calm.test_sigma == pytest.approx(0.01)
        assert wild.test_sigma > 0.025
        assert np.trace(wild.covariance) > np.trace(calm.covariance)

    def test_the_most_probable_life_comes_to_the_true_one_with_many_tests(self) -> None:
        rng, truth = np.random.default_rng(8), np.array([0.7, 0.5, 0.3])
        belief = fit(MODEL, a_plant(truth, np.linspace(0.1, 5, 200), rng))
        lived = years_to(MODEL, nothing_yet(1), multiplied(A_YEAR, truth), 0.2)
        assert lifespan(MODEL, DUTY, [belief]).years == pytest.approx(lived, rel=0.03)

    def test_a_capacity_in_percent_is_refused(self) -> None:
        with pytest.raises(ValueError, match="fraction"):
            fit(MODEL, CapacityTests(np.array([97.0]), damage_at(np.array([1.0]))))


class TestCauses:
    def test_the_gravest_is_first(self) -> None:
        hot = causes(MODEL, stress(daily(0.85, 0.9, temperature_c=45)), [CERTAIN])
        assert [cause.name for cause in hot][:2] == ["rest", "warmth"]
        busy = causes(Schmalstieg(), stress(daily(0.0, 1.0, temperature_c=20)), [CERTAIN])
        assert [cause.name for cause in busy][:2] == ["cycles", "depth"]

    def test_a_stress_that_is_not_there_costs_nothing(self) -> None:
        gentle = {cause.name: cause.years_gained for cause in causes(MODEL, stress(daily(0.3, 0.5)), [CERTAIN])}
        assert gentle["warmth"] == pytest.approx(0.0)
        assert gentle["depth"] == pytest.approx(0.0)
        assert gentle["cycles"] > 0

    def test_a_gentler_policy_is_paid_for_by_the_batteries_it_saves(self) -> None:
        today = Policy(DUTY, np.array([100.0]))
        gentler = Policy(stress(daily(0.3, 0.7, days=7)), np.array([90.0]))
        found = bargains(
            MODEL, today, {"same": today, "gentler": gentler}, [CERTAIN], replacement=1000, discount_rate=0.0
        )
        assert found["same"].worth == pytest.approx(0.0)
        won, lived = found["gentler"], lifespan(MODEL, DUTY, [CERTAIN]).years
        assert won.years_gained == pytest.approx(won.years - lived, abs=1e-3)
        assert won.replacement_saved == pytest.approx(1000 / lived - 1000 / won.years, rel=1e-3)
        assert won.worth == pytest.approx(won.replacement_saved - 10)

    def test_policies_of_other_batteries_are_refused(self) -> None:
        two = Policy(stress(daily(0.3, 0.7, batteries=2)), np.zeros(2))
        with pytest.raises(ValueError, match="same batteries"):
            bargains(MODEL, Policy(DUTY, np.zeros(1)), {"two": two}, [CERTAIN], replacement=1, discount_rate=0)


def test_resistance_at_the_end_of_life_is_told_where_the_model_has_it() -> None:
    assert lifespan(MODEL, DUTY, [CERTAIN]).resistance_growth > 0
    assert np.isnan(lifespan(Xu(), DUTY, [CERTAIN]).resistance_growth)
    assert replace(DUTY, count=DUTY.count * 2).equivalent_cycles() == pytest.approx(2 * DUTY.equivalent_cycles())


class TestRemaining:
    def test_capacity_falls_and_crosses_the_end_of_life_when_the_life_ends(self) -> None:
        found = lifespan(MODEL, DUTY, [prior(MODEL)])
        years = np.array([0.0, 1.0, *found.low, *found.years, *found.high])
        capacity = remaining(MODEL, damage_at(years), prior(MODEL))
        assert capacity[0] == pytest.approx(1.0, abs=0.02)
        assert (np.diff(capacity, axis=0) < 0).all()
        assert (np.diff(capacity, axis=1) > 0).all()
        crossings = [capacity[2, 0], capacity[3, 1], capacity[4, 2]]
        assert crossings == pytest.approx([0.8] * 3, abs=0.01)
