from datetime import timedelta

import numpy as np
import pytest

from gridops.simulator.field import Field
from gridops.simulator.points import Quantity
from gridops.simulator.scenarios import SCENARIOS, EventKind
from tests.simulator.town import START, town

HOURS = range(0, 24)


def field(scenario: str, seed: int = 1, feeders: int = 8) -> Field:
    return Field(town(feeders), seed=seed, scenario=scenario, started_at=START)


def lost_load_kw(one: Field) -> float:
    assert one.state is not None
    dark = ~one.state.node_energised[one.world.truth.network.injection_node]
    return float(-one.world.truth.p_kw[one.world.truth.loads][dark[one.world.truth.loads]].sum())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_seed_gives_the_same_readings(scenario: str) -> None:
    first, second = field(scenario), field(scenario)
    for seconds in range(0, 200, 8):
        a, b = (one.step(START + timedelta(seconds=seconds)) for one in (first, second))
        assert a.point.tolist() == b.point.tolist()
        assert a.value.tolist() == b.value.tolist()


@pytest.mark.parametrize("scenario", ["feeder-fault", "faults", "meter-failure", "storm"])
def test_the_same_seed_gives_the_same_events_and_another_seed_others(scenario: str) -> None:
    assert field(scenario).scenario.events == field(scenario).scenario.events
    assert field(scenario).scenario.events != field(scenario, seed=2).scenario.events


def test_an_unknown_scenario_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="earthquake"):
        field("earthquake")


def test_a_feeder_fault_leaves_load_without_supply_and_stays() -> None:
    one = field("feeder-fault")
    [event] = one.scenario.events
    assert event.kind is EventKind.FAULT and 20 <= event.offset_s <= 30
    one.step(START + timedelta(seconds=19))
    assert lost_load_kw(one) == 0
    one.step(START + timedelta(seconds=32))
    assert lost_load_kw(one) >= 2000
    one.step(START + timedelta(seconds=300))
    assert lost_load_kw(one) >= 2000


def test_a_storm_hits_several_feeders_and_silences_a_station_for_a_while() -> None:
    one = field("storm")
    kinds = [event.kind for event in one.scenario.events]
    assert kinds.count(EventKind.FAULT) == 7
    assert sum(event.is_momentary for event in one.scenario.events) == 2
    one.step(START)
    lost = next(event for event in one.scenario.events if event.kind is EventKind.STATION_LOST)
    one.step(START + timedelta(seconds=lost.offset_s + 5))
    assert one.instruments.is_cut_off.any()
    one.step(START + timedelta(seconds=300))
    assert not one.instruments.is_cut_off.any()
    assert lost_load_kw(one) >= 8000


def test_meter_failure_kills_freezes_and_falsifies() -> None:
    one = field("meter-failure", feeders=40)
    dead_before = int(one.instruments.is_dead.sum())
    one.step(START)
    one.step(START + timedelta(seconds=90))
    instruments = one.instruments
    assert instruments.is_dead.sum() > dead_before
    assert instruments.is_frozen.any()
    assert {-1.0, 0.5, 1.12} <= set(instruments.gross_factor.tolist())


def test_a_heatwave_lifts_load_and_sun() -> None:
    hot, calm = field("heatwave"), field("normal")
    noon = START.replace(month=7, day=25, hour=14, year=2016)
    at = START + timedelta(seconds=1)
    totals = []
    for one in (hot, calm):
        one.step(at, noon)
        assert one.state is not None
        truth = one.world.truth
        totals.append((-one.state.p_kw[truth.loads].sum(), one.state.p_kw[truth.generators][0]))
    assert totals[0][0] > 1.5 * totals[1][0]
    assert totals[0][1] > 1.3 * totals[1][1]


def test_clouds_take_and_return_most_of_the_sun_within_minutes() -> None:
    one = field("cloud-ramp")
    solar = one.world.truth.generators.start
    begin = one.clock.profile_start
    scale = np.array([one.scenario.power_scale(begin + timedelta(minutes=m))[solar] for m in range(240)])
    assert scale.max() - scale.min() > 0.6
    assert np.abs(scale[10:] - scale[:-10]).max() > 0.5
    assert (one.scenario.power_scale(begin)[one.world.truth.loads] == 1).all()


def test_a_normal_day_stays_inside_the_voltage_band() -> None:
    one = field("normal")
    for hour in HOURS:
        one.step(START + timedelta(minutes=hour), START.replace(year=2016, hour=hour))
        assert one.state is not None
        voltage = one.state.grid.voltage_pu
        assert np.nanmin(voltage) > 0.94 and np.nanmax(voltage) < 1.06


def test_the_fault_is_told_by_the_breakers_point() -> None:
    one = field("feeder-fault")
    one.step(START)
    readings = one.step(START + timedelta(seconds=35))
    told = [
        int(value)
        for point, value in zip(readings.point.tolist(), readings.value.tolist(), strict=True)
        if one.table.points[point].quantity is Quantity.SWITCH_STATE
    ]
    assert told == [1, 2, 1], "it trips, closes again by itself onto the fault, and stays open"
