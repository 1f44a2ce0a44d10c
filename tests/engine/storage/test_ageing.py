"""The laws to the printed digits of their sources, and the models on traces against the laws in closed form."""

import numpy as np
import pytest

from gridops.engine.storage import cells
from gridops.engine.storage.ageing import large_lfp, naumann, schmalstieg, xu
from gridops.engine.storage.ageing.large_lfp import LargeLfp, anode_potential
from gridops.engine.storage.ageing.model import AgeingModel, Damage, beyond_validity
from gridops.engine.storage.ageing.models import MODELS
from gridops.engine.storage.ageing.naumann import Naumann
from gridops.engine.storage.ageing.schmalstieg import Schmalstieg
from gridops.engine.storage.ageing.stress import Trace, stress
from gridops.engine.storage.ageing.xu import Xu
from tests.engine.storage.traces import daily, resting, soc_for

YEAR_S = 365 * 86_400.0


def an(value: float) -> np.ndarray:
    return np.array([value])


class TestSchmalstieg:
    @pytest.mark.parametrize(("volt", "celsius", "lost"), [(3.7, 25, 0.02395), (3.7, 35, 0.05117), (3.9, 50, 0.19943)])
    def test_a_year_of_storage(self, volt: float, celsius: float, lost: float) -> None:
        assert schmalstieg.calendar_rate(an(volt), an(celsius)) * 365**0.75 == pytest.approx(lost, abs=5e-6)
        trace = resting(soc_for(volt, cells.NMC.voltage_v), days=365, temperature_c=celsius)
        model = Schmalstieg()
        assert model.loss(model.damage(stress(trace))).total == pytest.approx(lost, abs=5e-6)

    @pytest.mark.parametrize(("depth", "charge_ah", "lost"), [(0.8, 2150, 0.18662), (1.0, 4300, 0.31745)])
    def test_cycles(self, depth: float, charge_ah: float, lost: float) -> None:
        assert schmalstieg.cycle_rate(an(3.667), an(depth)) * charge_ah**0.5 == pytest.approx(lost, abs=5e-6)

    def test_charge_of_a_trace_counts_both_directions_of_the_tested_cell(self) -> None:
        model, trace = Schmalstieg(), daily(0.3, 0.7, days=100)
        mean = cells.NMC.quadratic_mean(an(0.3), an(0.7))
        expected = schmalstieg.cycle_rate(mean, an(0.4)) * np.sqrt(100 * 2 * 0.4 * 2.15)
        assert model.loss(model.damage(stress(trace))).cycle == pytest.approx(expected)

    def test_resistance_grows_by_its_own_law(self) -> None:
        model, trace = Schmalstieg(), resting(soc_for(3.9, cells.NMC.voltage_v), days=100, temperature_c=50)
        by_hand = (5.270 * 3.9 - 16.32) * 1e5 * np.exp(-5986 / 323.15) * 100**0.75
        assert model.growth(model.damage(stress(trace))) == pytest.approx(by_hand, rel=1e-6)


class TestNaumann:
    @pytest.mark.parametrize(("celsius", "lost"), [(25, 0.04252), (40, 0.05919)])
    def test_a_year_of_storage_at_half_charge(self, celsius: float, lost: float) -> None:
        assert naumann.calendar_rate(an(0.5), an(celsius)) * YEAR_S**0.5 == pytest.approx(lost, abs=5e-6)
        model = Naumann()
        trace = resting(0.5, days=365, temperature_c=celsius)
        assert model.loss(model.damage(stress(trace))).total == pytest.approx(lost, abs=5e-6)

    def test_full_cycles_at_one_c(self) -> None:
        assert naumann.cycle_rate(an(1.0), an(1.0)) * 5000**0.5 == pytest.approx(0.15282, abs=5e-6)

    def test_full_cycles_of_a_trace(self) -> None:
        soc = np.r_[np.tile([0.0, 1.0], 5000), 0.0][None]
        model = Naumann()
        seen = stress(Trace(soc, np.full((1, 10_000), 25.0), 3600.0))
        assert model.loss(model.damage(seen)).cycle == pytest.approx(0.15282, abs=5e-6)

    def test_resistance_is_linear_in_time_and_cycles(self) -> None:
        model = Naumann()
        rest = model.damage(stress(resting(0.5, days=365, temperature_c=25)))
        assert model.growth(rest) == pytest.approx(3.4194e-10 * 1.5604 * YEAR_S)
        assert model.growth(rest + rest) == pytest.approx(2 * model.growth(rest))


class TestXu:
    def test_one_cycle_a_day(self) -> None:
        model = Xu()
        rest = model.damage(stress(resting(0.5, days=365, temperature_c=25)))
        cycle = 365 * xu.depth_stress(an(0.8))
        year = Damage(rest.calendar, cycle, cycle, cycle)
        assert model.loss(year).total == pytest.approx(0.07661, abs=5e-6)
        assert model.loss(year.scaled(10, 10)).total == pytest.approx(0.25810, abs=5e-6)

    @pytest.mark.parametrize(("depth", "life"), [(1.0, 2787), (0.8, 5501), (0.5, 12_315), (0.2, 31_236)])
    def test_cycles_until_a_fifth_is_lost(self, depth: float, life: int) -> None:
        damage = xu.depth_stress(an(depth))
        assert xu.lost(damage * (life - 1)) < 0.2 < xu.lost(damage * (life + 1))

    def test_the_parts_make_the_whole_and_resistance_is_unknown(self) -> None:
        model = Xu()
        damage = model.damage(stress(daily(0.1, 0.9)))
        assert model.loss(damage).total == pytest.approx(xu.lost(damage.calendar + damage.cycle))
        assert np.isnan(model.growth(damage)).all()


class TestLargeLfp:
    @pytest.mark.parametrize(("years", "left"), [(1, 0.9781), (5, 0.9322), (10, 0.8876)])
    def test_comes_within_a_twentieth_of_the_loss_that_blast_lite_tells(self, years: int, left: float) -> None:
        hours = np.arange(24 * 365 + 1)
        soc = 0.5 + 0.4 * np.sin(2 * np.pi * hours / 24)[None]
        model = LargeLfp()
        damage = model.damage(stress(Trace(soc, np.full((1, len(hours) - 1), 25.0), 3600.0)))
        assert model.loss(damage.scaled(years, years)).total == pytest.approx(1 - left, rel=0.05)

    @pytest.mark.parametrize(("years", "left"), [(1, 0.9781), (5, 0.9322), (10, 0.8876)])
    def test_with_the_mean_rate_of_a_day_as_there_the_digits_are_nearly_the_same(self, years: int, left: float) -> None:
        soc = 0.5 + 0.4 * np.sin(2 * np.pi * np.arange(24) / 24)
        rest = large_lfp.calendar_rate(soc, an(25.0)).mean() * (365 * years) ** 0.526
        cycle = large_lfp.cycle_rate(an(0.8 * 2 / 24), an(0.8), an(25.0)) * (0.8 * 365 * years) ** 0.828
        assert 1 - rest - cycle == pytest.approx(left, abs=2.5e-4)

    def test_the_anode_falls_as_it_fills(self) -> None:
        assert (np.diff(anode_potential(np.linspace(0, 1, 101))) < 0).all()


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
class TestEveryModel:
    def test_damage_of_two_halves_is_that_of_the_whole(self, model: AgeingModel) -> None:
        half, whole = (model.damage(stress(daily(0.2, 0.8, days=days))) for days in (5, 10))
        assert model.loss(half + half).total == pytest.approx(model.loss(whole).total)

    def test_warmer_deeper_and_fuller_is_worse(self, model: AgeingModel) -> None:
        def lost(trace: Trace) -> float:
            return float(model.loss(model.damage(stress(trace))).total[0])

        assert lost(daily(0.2, 0.8, temperature_c=40)) > lost(daily(0.2, 0.8)) > lost(daily(0.35, 0.65))
        assert lost(resting(0.9, days=9, temperature_c=25)) > lost(resting(0.2, days=9, temperature_c=25))

    def test_what_lies_beyond_the_tests_is_told(self, model: AgeingModel) -> None:
        told = beyond_validity(model, stress(daily(0.1, 0.9, temperature_c=70)), years=25.0)
        assert told[0].startswith("100% of the time cells are outside")
        assert "25.0 years" in told[-1]
        assert beyond_validity(model, stress(daily(0.1, 0.9)), years=1.0) == ()


def test_an_open_circuit_curve_must_rise() -> None:
    with pytest.raises(ValueError, match="rise"):
        cells.Curve.of(np.array([0.0, 0.5, 1.0]), np.array([3.0, 3.5, 3.4]))
    with pytest.raises(ValueError, match="from 0 to 1"):
        cells.Curve.of(np.array([0.1, 1.0]), np.array([3.0, 3.5]))


def test_the_quadratic_mean_of_a_voltage_is_its_integral() -> None:
    soc = np.linspace(0.2, 0.7, 20_001)
    assert cells.LFP.quadratic_mean(an(0.2), an(0.7)) == pytest.approx(
        np.sqrt((cells.LFP.at(soc) ** 2).mean()), rel=1e-5
    )
