"""Figures against sums on paper."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.impact.figures import figures_of
from gridops.engine.impact.rates import Rates
from gridops.engine.impact.record import arrays_of, faults_of, record_hash, record_of
from tests.engine.impact.made import CUSTOMERS, emptied, outage, quiet


def test_a_quiet_day_is_the_sum_on_paper():
    told = figures_of(quiet())
    assert told["delivered_kwh"] == pytest.approx(24_000)
    assert told["loss_share"] == told["loss_even_share"] == told["loss_harsh_share"] == pytest.approx(0.05)
    assert told["renewable_used_share"] == pytest.approx(0.75)
    assert told["curtailed_kwh"] == pytest.approx(1200)
    assert told["energy_eur"] == pytest.approx(900 * (12 * 0.05 + 12 * 0.15))
    assert told["co2_average_kg"] == pytest.approx(900 * 24 * 0.3)
    assert told["co2_marginal_kg"] == pytest.approx(900 * (12 * 0.4 + 12 * 0.8))
    assert told["peak_kw"] == pytest.approx(900)
    assert told["peak_eur"] == pytest.approx(900 * 80 / 365.25)
    assert told["cost_eur"] == pytest.approx(told["energy_eur"] + told["peak_eur"])
    assert told["saidi_all_min"] == 0
    assert np.isnan(told["to_first_median_s"])


def test_an_outage_of_two_hours_counts_by_the_standard():
    told = figures_of(outage(quiet(), at_h=6, hours=2, share=0.25))
    assert told["saidi_min"] == told["saidi_all_min"] == pytest.approx(0.25 * 120)
    assert told["saifi"] == pytest.approx(0.25)
    assert told["caidi_min"] == pytest.approx(120)
    assert told["ens_kwh"] == pytest.approx(0.25 * 1000 * 2) == pytest.approx(told["unserved_kwh"])
    assert told["ens_eur"] == pytest.approx(10 * 500)
    assert told["cemi_1_share"] == pytest.approx(0.25)
    assert told["cemi_2_share"] == 0
    assert told["worst_feeder_saidi_min"] == pytest.approx(30)
    assert (told["to_detect_median_s"], told["to_isolate_median_s"]) == (600, 1200)
    assert told["to_first_median_s"] == told["to_all_p95_s"] == 7200


def test_a_fault_that_nobody_ended_counts_until_the_end():
    record = outage(quiet(), at_h=6, hours=2)
    record = replace(record, first_restored_s=np.array([np.nan]), all_restored_s=np.array([np.nan]))
    told = figures_of(record)
    assert told["to_first_median_s"] == 18 * 3600
    assert told["never_first"] == 1


def test_a_momentary_fault_is_no_answer():
    record = replace(outage(quiet(), at_h=6, hours=2), fault_is_momentary=np.array([True]))
    assert figures_of(record)["faults_answered_to"] == 0


def test_five_minutes_are_momentary_and_still_minutes():
    record = outage(quiet(), at_h=6, hours=1)
    record = replace(record, spell_end_s=record.spell_begin_s + 240)
    told = figures_of(record)
    assert (told["saidi_min"], told["saifi"], told["maifi"]) == (0, 0, 1)
    assert told["saidi_all_min"] == pytest.approx(4)


def test_imbalance_costs_what_lies_beside_the_plan():
    record = quiet()
    record = replace(record, planned_kw=np.full(24, 850.0), imbalance_price_eur_per_mwh=record.price_eur_per_mwh + 40.0)
    told = figures_of(record)
    assert told["imbalance_eur"] == pytest.approx(24 * 50 * 0.04)
    assert told["cost_with_imbalance_eur"] == pytest.approx(told["cost_eur"] + told["imbalance_eur"])


def test_whoever_buys_nothing_ahead_has_no_imbalance_that_is_known_and_a_windfall_lowers_no_cost():
    free = figures_of(quiet())
    lucky = replace(quiet(), planned_kw=np.full(24, 2000.0))
    lucky = replace(lucky, imbalance_price_eur_per_mwh=lucky.price_eur_per_mwh + 40.0)
    assert np.isnan(free["imbalance_eur"])
    assert figures_of(lucky)["imbalance_eur"] < 0
    assert figures_of(lucky)["cost_even_eur"] == free["cost_even_eur"]


def test_an_export_is_no_offset_in_the_inventory():
    record = replace(quiet(), source_kw=np.full((24, 1), -100.0))
    told = figures_of(record)
    assert told["co2_average_kg"] == 0
    assert told["co2_marginal_kg"] == pytest.approx(-100 * 12 * (0.4 + 0.8))


def test_gensets_burn_and_cost():
    told = figures_of(replace(quiet(), genset_kw=np.full(24, 10.0)), Rates())
    assert told["genset_co2_kg"] == pytest.approx(240 * 0.72)
    assert told["genset_eur"] == pytest.approx(240 * 0.40)


def test_an_emptied_store_is_bought_back():
    kept, empty = figures_of(quiet()), figures_of(emptied(quiet()))
    assert empty["energy_eur"] < kept["energy_eur"]
    mean, dear = 400 / 0.95 * 0.1, 400 / 0.95 * 0.15
    assert empty["cost_even_eur"] == pytest.approx(empty["cost_eur"] + mean)
    assert empty["cost_harsh_eur"] == pytest.approx(empty["cost_eur"] + dear)
    assert empty["cost_harsh_eur"] > kept["cost_harsh_eur"]
    assert empty["co2_marginal_harsh_kg"] > kept["co2_marginal_harsh_kg"]


def test_shedding_a_part_of_the_town_saves_neither_energy_nor_losses():
    kept, shed = figures_of(quiet()), figures_of(outage(quiet(), at_h=18, hours=4, share=0.5))
    assert shed["loss_kwh"] < kept["loss_kwh"]
    assert shed["cost_eur"] < kept["cost_eur"]
    assert shed["loss_even_share"] == pytest.approx(kept["loss_even_share"])
    assert shed["loss_harsh_share"] > kept["loss_harsh_share"]
    lost_kwh = 0.5 * 50 * 4  # the losses of what was dark are the only energy that is not counted as bought
    assert kept["cost_even_eur"] - shed["cost_even_eur"] == pytest.approx(lost_kwh * 0.15)


def test_shedding_everybody_a_little_does_not_lower_the_harsh_losses():
    """Losses by the square: 10 % less load is 19 % less loss, and the harsh figure gives none of it."""
    record = quiet()
    record = replace(record, delivered_kw=0.9 * record.delivered_kw, loss_kw=0.81 * record.loss_kw)
    assert figures_of(record)["loss_harsh_share"] == pytest.approx(0.05)


def test_figures_do_not_depend_on_how_finely_the_time_is_cut():
    coarse = outage(quiet(), at_h=6, hours=2, share=0.25)
    twice = {
        name: np.repeat(value, 2, axis=0)
        for name, value in arrays_of(coarse).items()
        if value.ndim and len(value) == 24 and name != "time_s"
    }
    fine = replace(coarse, time_s=1800.0 * np.arange(1, 49), **twice)
    told, finer = figures_of(coarse), figures_of(fine)
    assert told.keys() == finer.keys()
    for name, value in told.items():
        assert finer[name] == pytest.approx(value, nan_ok=True), name


def test_a_record_goes_into_arrays_and_comes_back():
    record = outage(quiet(), at_h=6, hours=2)
    again = record_of(arrays_of(record))
    assert record_hash(again) == record_hash(record)
    assert (again.customers_served, again.tap_operations) == (CUSTOMERS, 0)
    assert figures_of(again).keys() == figures_of(record).keys()


def test_a_record_without_a_needed_series_is_refused_by_its_name():
    arrays = arrays_of(quiet())
    del arrays["loss_kw"]
    with pytest.raises(KeyError, match="loss_kw"):
        record_of(arrays)


def test_series_of_wrong_length_are_named():
    said = faults_of(replace(quiet(), loss_kw=np.zeros(3)))
    assert len(said) == 1
    assert "loss_kw" in said[0]


def test_what_an_arm_writes_down_is_not_what_the_plant_shows():
    record = outage(quiet(), at_h=6, hours=2)
    assert record_hash(replace(record, detected_s=np.array([np.nan]), wrong_orders=3)) == record_hash(record)
    assert record_hash(replace(record, loss_kw=record.loss_kw + 1e-12)) != record_hash(record)
