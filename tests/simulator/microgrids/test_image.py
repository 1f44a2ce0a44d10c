"""What the controllers say by Modbus, and what they take."""

import csv
import io
from struct import pack, unpack

import pytest
from pymodbus.client import AsyncModbusTcpClient

from apps.telemetry.choices import Quantity
from apps.telemetry.rules.modbus import canonical
from gridops.simulator.microgrids import image
from gridops.simulator.microgrids.genset import Running
from gridops.simulator.microgrids.image import ControllerImage
from gridops.simulator.microgrids.server import MicrogridServer
from gridops.simulator.microgrids.signals import write_microgrid_signals
from gridops.simulator.microgrids.standing import Mode
from gridops.supervise.ports import LOOPBACK, any_free
from tests.simulator.microgrids.place import BATTERY, CELLAR, COUPLING, Play

GENERATOR = image.generator_base(0)


def number(words: list[int], address: int) -> float:
    return float(unpack(">f", pack(">HH", *words[address : address + 2]))[0])


def words_of(value: float) -> list[int]:
    return list(unpack(">HH", pack(">f", value)))


@pytest.fixture
def play() -> Play:
    return Play()


def test_the_registers_say_how_the_part_stands(play: Play) -> None:
    play.move(COUPLING, closed=False)
    play.run(10)
    told = ControllerImage(play.microgrid).words(65_537.0)
    controller = play.microgrid.controller
    assert (told[image.MODE], told[image.SHED], told[image.STATE]) == (Mode.ISLANDED, 0, 0b110)
    for address, value in (
        (image.FREQUENCY, controller.hz),
        (image.SLIP, controller.hz - play.world.frequency.hz),
        (image.GRID_VOLTAGE, play.microgrid.grid_voltage_pu),
        (image.VOLTAGE_DIFFERENCE, controller.voltage_pu - play.microgrid.grid_voltage_pu),
        (image.GRID_FREQUENCY, play.world.frequency.hz),
        (image.EXCHANGE, 0.0),
        (GENERATOR + image.FUEL, play.microgrid.gensets[0].design.tank_kwh),
    ):
        assert number(told, address) == pytest.approx(value, rel=1e-5, abs=2e-4)  # the voltages are of the step before
    assert told[image.BEATS : image.BEATS + 2] == [1, 1]


def test_the_other_storages_of_the_part_tell_their_charge_and_power(play: Play) -> None:
    play.run(1)
    told, state = ControllerImage(play.microgrid).words(0.0), play.field.state
    (index,) = play.microgrid.places.rest.tolist()
    assert state is not None
    assert play.field.case.storages[index - play.microgrid.places.first_storage].mrid == CELLAR
    assert number(told, image.storage_base(0) + image.STORAGE_POWER) == pytest.approx(state.p_kw[index], rel=1e-5)
    assert number(told, image.storage_base(0)) == pytest.approx(100 * play.world.plants.stored_kwh[index] / 40.0)


def test_what_is_written_is_done_or_refused_with_a_reason(play: Play) -> None:
    one = ControllerImage(play.microgrid)
    (genset,) = play.microgrid.gensets
    assert one.write(GENERATOR + image.SET_POINT, words_of(500.0)) == ""
    assert genset.state is Running.STARTING
    assert "gives 0 to" in one.write(GENERATOR + image.SET_POINT, words_of(5000.0))
    assert one.write(image.SHED, [1]) == ""
    assert "0 to 2" in one.write(image.SHED, [3])
    assert "stand alone" in one.write(image.MODE, [3])
    assert "cannot be set" in one.write(image.FREQUENCY, words_of(50.0))
    assert "together" in one.write(image.MODE, [1, 1])


def test_the_signal_list_has_every_quantity_at_its_equipment(play: Play) -> None:
    stream = io.StringIO()
    write_microgrid_signals(play.field.case, play.world.microgrids.parts, stream)
    stream.seek(0)
    rows = list(csv.DictReader(stream))
    generator = play.microgrid.gensets[0].design.mrid
    found = {(row["equipment_mrid"], Quantity(row["quantity"])) for row in rows}
    assert found == {
        (BATTERY, Quantity.CONTROLLER_MODE),
        (BATTERY, Quantity.SHED_GROUP),
        (COUPLING, Quantity.SLIP_FREQUENCY),
        (COUPLING, Quantity.ANGLE_DIFFERENCE),
        (COUPLING, Quantity.VOLTAGE_DIFFERENCE),
        (COUPLING, Quantity.GRID_VOLTAGE),
        (COUPLING, Quantity.GRID_FREQUENCY),
        (COUPLING, Quantity.ACTIVE_POWER),
        (generator, Quantity.ACTIVE_POWER),
        (generator, Quantity.UNIT_RUNNING),
        (generator, Quantity.FUEL_LEVEL),
        (CELLAR, Quantity.STATE_OF_CHARGE),
        (CELLAR, Quantity.ACTIVE_POWER),
    }
    assert len({row["mrid"] for row in rows}) == len(rows)
    for row in rows:
        for address in filter(None, (row["address"], row["control_address"])):
            assert canonical(address).startswith("1/holding/")
    assert {row["quantity"] for row in rows if row["control"]} == {"controller_mode", "shed_group", "active_power"}


def test_no_point_of_the_generator_comes_by_the_field_s_other_line(play: Play) -> None:
    generator = play.microgrid.gensets[0].design.mrid
    assert generator not in {point.equipment_mrid for point in play.field.table.points}


async def test_a_master_reads_and_sets_it_over_tcp(play: Play) -> None:
    server = MicrogridServer(play.world.microgrids.parts, LOOPBACK, any_free())
    await server.start()
    client = AsyncModbusTcpClient(LOOPBACK, port=server.port)
    try:
        assert await client.connect()
        told = await client.read_holding_registers(0, count=image.generator_base(1), device_id=1)
        assert told.registers[image.MODE] == Mode.CONNECTED
        assert number(told.registers, image.GRID_VOLTAGE) == pytest.approx(1.0, abs=0.1)
        taken = await client.write_registers(GENERATOR + image.SET_POINT, words_of(400.0), device_id=1)
        assert not taken.isError()
        assert play.microgrid.gensets[0].wanted_kw == pytest.approx(400.0)
        refused = await client.write_register(image.MODE, 3, device_id=1)
        assert refused.isError()
        assert refused.exception_code == 3
    finally:
        client.close()
        await server.stop()
