"""Figures against printed values, and a project against sums by hand."""

import numpy as np
import pytest

from gridops.engine.storage.economics.figures import (
    capital_recovery,
    internal_rate,
    modified_rate,
    net_present_value,
    payback,
)
from gridops.engine.storage.economics.project import Augmentation, Project, cash_flows, changed, evaluate, yearly
from gridops.engine.storage.economics.sensitivity import scenarios, tornado


def money(*flows: float) -> np.ndarray:
    return np.array(flows, dtype=float)


REFERENCE = Project(
    capex=30e6,
    energy_kwh=100_000,
    years=20,
    discount_rate=0.08,
    cycles_per_year=350,
    round_trip_efficiency=0.85,
    opex_per_year=0.5e6,
    charge_price_per_mwh=40,
)


class TestFigures:
    def test_the_printed_examples_of_numpy_financial(self) -> None:
        assert net_present_value(0.281, money(-100, 39, 59, 55, 20)) == pytest.approx(-0.008478592, abs=5e-10)
        assert internal_rate(money(-100, 39, 59, 55, 20)).rate == pytest.approx(0.280948421, abs=5e-10)
        assert internal_rate(money(-100, 0, 0, 74)).rate == pytest.approx(-0.095495830, abs=5e-10)
        assert 200_000 * capital_recovery(0.075 / 12, np.array(180.0)) == pytest.approx(1854.024720005, abs=5e-10)

    def test_several_rates_are_no_rate(self) -> None:
        found = internal_rate(money(-1000, 2300, -1320))  # 10 % and 20 %
        assert found.rate is None
        assert found.all_rates == pytest.approx((0.1, 0.2))
        assert "2 rates" in found.reason
        assert "10.00%" in found.reason

    def test_flows_that_no_rate_balances_say_so(self) -> None:
        assert internal_rate(money(1, 2, 3)).rate is None
        assert "same sign" in internal_rate(money(1, 2, 3)).reason
        assert internal_rate(money(-1, 1, -1)).rate is None
        assert "No rate" in internal_rate(money(-1, 1, -1)).reason

    def test_three_changes_with_one_rate_have_that_rate(self) -> None:
        flows = money(-100, 60, -10, 90)
        assert net_present_value(internal_rate(flows).rate or 0, flows) == pytest.approx(0, abs=1e-9)

    @pytest.mark.parametrize("seed", range(20))
    def test_the_rate_balances_any_outlay_followed_by_receipts(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        flows = np.r_[-rng.uniform(1, 1e7), rng.uniform(0, 1e6, rng.integers(1, 50))]
        rate = internal_rate(flows).rate
        assert rate is not None
        assert net_present_value(rate, flows) == pytest.approx(0, abs=1e-6 * -flows[0])

    def test_the_modified_rate_is_its_definition(self) -> None:
        found = modified_rate(money(-100, 50, -20, 90), finance_rate=0.1, reinvest_rate=0.05)
        assert found == pytest.approx(((50 * 1.05**2 + 90) / (100 + 20 / 1.1**2)) ** (1 / 3) - 1)
        assert modified_rate(money(1, 2), finance_rate=0.1, reinvest_rate=0.1) is None

    def test_payback_is_straight_within_a_year(self) -> None:
        assert payback(money(-100, 40, 40, 40)) == pytest.approx(2.5)
        assert payback(money(-100, 110), rate=0.1) == pytest.approx(1.0)
        assert payback(money(-100, 30, 30)) is None
        assert payback(money(0, 5)) == 0

    def test_an_outlay_later_on_puts_payback_off(self) -> None:
        assert payback(money(-100, 120, -50, 60)) == pytest.approx(2.5)

    def test_an_annuity_pays_the_sum_back(self) -> None:
        assert capital_recovery(0.08, np.array([20.0])) == pytest.approx(0.1018522088, abs=5e-11)
        assert capital_recovery(0.0, np.array([20.0])) == pytest.approx(0.05)


class TestLevelisedCost:
    def test_of_the_reference_is_as_printed(self) -> None:
        assert evaluate(REFERENCE).lcos_per_mwh == pytest.approx(148.646431, abs=5e-7)

    def test_with_depth_and_fade_is_as_printed(self) -> None:
        faded = changed(REFERENCE, {"depth": 0.9, "fade_per_year": 0.02})
        assert evaluate(faded).lcos_per_mwh == pytest.approx(176.408574, abs=5e-7)

    def test_is_the_constant_price_at_which_the_project_is_worth_nothing(self) -> None:
        faded = changed(REFERENCE, {"fade_per_year": 0.03, "salvage": 1e6})
        lcos = evaluate(faded).lcos_per_mwh
        assert lcos is not None
        assert evaluate(changed(faded, {"discharge_price_per_mwh": lcos})).npv == pytest.approx(0, abs=1e-3)

    def test_does_not_exist_where_nothing_is_delivered(self) -> None:
        assert evaluate(changed(REFERENCE, {"cycles_per_year": 0})).lcos_per_mwh is None


class TestProject:
    def test_augmentation_adds_capacity_that_fades_from_its_own_year(self) -> None:
        project = Project(
            capex=100,
            energy_kwh=1000,
            years=3,
            discount_rate=0,
            fade_per_year=0.1,
            augmentations=(Augmentation(2, 30, 200),),
        )
        years = yearly(project)
        assert years.capacity_kwh == pytest.approx([1000, 900 + 200, 810 + 180])
        assert cash_flows(project, years) == pytest.approx([-100, -30, 0, 0])

    def test_money_of_a_year(self) -> None:
        project = Project(
            capex=0,
            energy_kwh=2000,
            years=2,
            discount_rate=0,
            depth=0.5,
            cycles_per_year=100,
            round_trip_efficiency=0.8,
            opex_per_year=10,
            opex_growth=0.1,
            charge_price_per_mwh=20,
            discharge_price_per_mwh=50,
            services_per_year=7,
            price_growth=0.5,
            salvage=3,
        )
        first = 100 * 50 + 7 - 125 * 20
        assert cash_flows(project, yearly(project)) == pytest.approx([0, first - 10, first * 1.5 - 11 + 3])

    def test_yearly_rows_take_the_place_of_what_would_be_worked_out(self) -> None:
        project = Project(
            capex=50,
            energy_kwh=1,
            years=2,
            discount_rate=0,
            revenue=money(40, 30),
            opex=money(5, 6),
            charge_price_per_mwh=9,
        )
        assert evaluate(project).flows == pytest.approx([-50, 35, 24])

    def test_a_midlife_augmentation_can_leave_no_single_rate_but_a_modified_one(self) -> None:
        project = Project(
            capex=1000,
            energy_kwh=1,
            years=2,
            discount_rate=0.15,
            revenue=money(2300, 0),
            opex=money(0, 0),
            augmentations=(Augmentation(2, 0, 0),),
            salvage=-1320,
        )
        outcome = evaluate(project)
        assert outcome.irr.rate is None
        assert outcome.mirr is not None
        assert outcome.npv > 0

    @pytest.mark.parametrize(
        ("values", "word"),
        [
            ({"round_trip_efficiency": 85}, "round_trip_efficiency is 85"),
            ({"years": 0}, "years"),
            ({"capex": float("nan")}, "capex"),
            ({"price": 3}, "price is no number"),
        ],
    )
    def test_a_number_of_nonsense_is_refused_by_name(self, values: dict[str, float], word: str) -> None:
        with pytest.raises(ValueError, match=word):
            changed(REFERENCE, values)

    def test_rows_must_cover_every_year(self) -> None:
        with pytest.raises(ValueError, match="revenue needs one number for each of the 3 years"):
            Project(capex=1, energy_kwh=1, years=3, discount_rate=0, revenue=money(1, 2))


class TestSensitivity:
    def test_the_widest_bar_is_first_and_each_is_the_project_at_its_ends(self) -> None:
        project = changed(REFERENCE, {"discharge_price_per_mwh": 150})
        bars = tornado(project, {"capex": 0.2, "opex_per_year": 0.2, "fade_per_year": 0.5})
        assert [bar.name for bar in bars] == ["capex", "opex_per_year"]  # there is no fade to swing
        assert bars[0].npv_low == pytest.approx(evaluate(changed(project, {"capex": 24e6})).npv)
        assert bars[0].npv_low - bars[0].npv_high == pytest.approx(12e6)

    def test_numbers_that_nothing_hangs_on_are_left_out(self) -> None:
        names = {bar.name for bar in tornado(REFERENCE)}
        assert names == {"capex", "charge_price_per_mwh", "cycles_per_year", "opex_per_year", "discount_rate"} | {
            "round_trip_efficiency"
        }

    def test_a_swing_stops_at_the_bounds(self) -> None:
        assert tornado(REFERENCE, {"round_trip_efficiency": 0.5})[0].high == 1.0

    def test_scenarios_name_the_case_that_is_wrong(self) -> None:
        found = scenarios(REFERENCE, {"today": {}, "cheap": {"capex": 20e6}})
        assert found["cheap"].npv - found["today"].npv == pytest.approx(10e6)
        with pytest.raises(ValueError, match="worst: depth"):
            scenarios(REFERENCE, {"worst": {"depth": 2}})
