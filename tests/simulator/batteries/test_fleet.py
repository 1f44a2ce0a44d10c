"""Battery plants as a part of the field: what they give is what the network sees."""

import csv
import io
from datetime import timedelta

import pytest

from gridops.simulator.batteries.design import MOST_PLANTS, designs
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.batteries.signals import COLUMNS, write_battery_signals
from gridops.simulator.field import Field
from gridops.simulator.points import Column
from tests.factories.grids import MEDIUM_VOLTAGE, grid
from tests.simulator.town import START, town


def field(scenario: str = "normal") -> Field:
    return Field(town(), scenario=scenario, started_at=START, with_batteries=True)


def set_kw(one: Field, kw: float) -> None:
    assert one.batteries is not None
    plant = one.batteries.plants[0]
    plant.active.value, plant.active.is_on = kw, True
    plant.heard(int(START.timestamp() * 1e6))


def test_what_a_plant_gives_is_what_the_network_gets() -> None:
    one = field()
    one.step(START)
    assert one.state is not None
    assert one.batteries is not None
    at_rest = one.state.p_kw.copy()
    set_kw(one, 400.0)
    one.step(START + timedelta(seconds=20))
    index = one.batteries.plants[0].design.index
    assert one.state.p_kw[index] == pytest.approx(400.0)
    assert at_rest[index] == pytest.approx(0.0, abs=1.0)
    assert one.state.grid.converged


def test_a_plant_on_a_dead_feeder_gives_nothing() -> None:
    one = field()
    set_kw(one, 400.0)
    one.step(START)
    one.world.move_switch(0, False, 0)
    one.step(START + timedelta(seconds=1))
    assert one.batteries is not None
    assert one.state is not None
    assert one.batteries.plants[0].p_kw == 0.0
    assert one.state.p_kw[one.batteries.plants[0].design.index] == 0.0


def test_its_own_meter_is_read_by_modbus_alone_and_all_other_points_stay() -> None:
    plain, detailed = Field(town(), started_at=START), field()
    gone = set(plain.table.mrid) - set(detailed.table.mrid)
    lost = [plain.table.points[plain.table.mrid.index(mrid)] for mrid in gone]
    assert {(point.equipment_mrid, point.column) for point in lost} == {
        ("battery", Column.ELEMENT_P),
        ("battery", Column.ELEMENT_Q),
    }
    assert set(detailed.table.mrid) < set(plain.table.mrid)


def test_the_largest_storages_of_a_grid_are_played_in_detail_the_same_ones_every_time() -> None:
    found = designs(grid(MEDIUM_VOLTAGE))
    assert len(found) == MOST_PLANTS
    assert [one.unit for one in found] == list(range(1, MOST_PLANTS + 1))
    assert min(one.capacity_kwh for one in found) == max(one.capacity_kwh for one in grid(MEDIUM_VOLTAGE).storages)
    assert found == designs(grid(MEDIUM_VOLTAGE))


def test_the_signal_list_names_every_plant_and_rack_and_no_address_twice() -> None:
    stream = io.StringIO()
    plants = Batteries(town(), 1).plants
    write_battery_signals("test:town", plants, stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert tuple(rows[0]) == COLUMNS
    assert len({row["address"] for row in rows}) == len({row["mrid"] for row in rows}) == len(rows)
    told = {row["equipment_mrid"] for row in rows if row["quantity"] == "state_of_charge"}
    assert told == {"battery", *plants[0].design.rack_mrids}
    assert [row["release_address"] for row in rows if row["release_address"]] == [
        "sunspec:1/704/WSetEna",
        "sunspec:1/704/VarSetEna",
    ]
    settings = {row["quantity"] for row in rows if row["control"] and not row["release_address"]}
    assert settings == {"frequency_droop", "volt_var"}


def test_faults_of_batteries_come_and_a_visit_mends_the_one_to_earth() -> None:
    told: list[str] = []
    one = Field(
        town(),
        scenario="battery-faults",
        started_at=START,
        with_batteries=True,
        report=lambda _at, text: told.append(text),
    )
    assert one.batteries is not None
    plant = one.batteries.plants[0]
    one.step(START)
    one.step(START + timedelta(seconds=200))
    assert plant.management.is_tripped.any()
    one.step(START + timedelta(seconds=600))
    assert not plant.management.is_tripped.any()
    assert [text.split(" in rack")[0] for text in told if "in rack" in text] == [
        "weak-cell",
        "cooling-failed",
        "sensor-off",
        "earth-fault",
        "visit",
    ]
