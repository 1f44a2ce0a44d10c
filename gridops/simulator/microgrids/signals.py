"""The signal list of the microgrids' controllers: what a gateway reads of them, and what it may set.

Powers count from the node into the equipment, like every meter of the field: what a generator gives is negative, and at
the coupling the meter stands on the grid's side, so that what flows into the microgrid is positive.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO

from gridops.cases.case import NetworkCase
from gridops.cases.mrid import mrid
from gridops.simulator.microgrids import image
from gridops.simulator.microgrids.genset import Genset
from gridops.simulator.microgrids.parts import Microgrid
from gridops.simulator.plan import BATTERY_KW

COLUMNS = (
    "mrid", "name", "equipment_mrid", "side", "quantity", "unit", "address", "scale", "sigma",
    "control", "control_address", "control_low", "control_high", "control_feedback_s",
)  # fmt: skip
POWER_ACCURACY, FUEL_ACCURACY = 0.005, 0.002  # of the rating and of the tank, one sigma
CHARGE_SIGMA = 3.0  # per cent
START_FEEDBACK_S, MODE_FEEDBACK_S = 90.0, 30.0
# Quantity, unit, register and sigma, at the coupling switch.
OF_COUPLING = (
    ("slip_frequency", "Hz", image.SLIP, 0.001),
    ("angle_difference", "°", image.ANGLE, 0.1),
    ("voltage_difference", "pu", image.VOLTAGE_DIFFERENCE, 0.001),
    ("grid_voltage", "pu", image.GRID_VOLTAGE, 0.001),
    ("grid_frequency", "Hz", image.GRID_FREQUENCY, 0.001),
)
NO_CONTROL = ("",) * 5
Row = tuple[object, ...]


def write_microgrid_signals(case: NetworkCase, microgrids: Sequence[Microgrid], stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in microgrids:
        rows = (*_of_forming(one), *_of_coupling(case, one), *_of_generators(one), *_of_storages(case, one))
        for equipment, name, row in rows:
            side, quantity = row[0], row[1]
            own = mrid(case.source, "Point", f"{equipment}/{quantity}/{side}")
            writer.writerow((own, f"{name} {str(quantity).replace('_', ' ')}", equipment, *row))


def _of_forming(one: Microgrid) -> Iterator[tuple[str, str, Row]]:
    design, unit = one.battery.design, one.places.unit
    for quantity, register, low, high in (("controller_mode", image.MODE, 1, 3), ("shed_group", image.SHED, 0, 2)):
        address = f"{unit}/holding/{register}"
        control = ("float", address, low, high, f"{MODE_FEEDBACK_S:g}")
        yield design.mrid, design.name, ("", quantity, "", address, 1, 0, *control)


def _of_coupling(case: NetworkCase, one: Microgrid) -> Iterator[tuple[str, str, Row]]:
    unit, switch = one.places.unit, case.switches[one.places.coupling]
    for quantity, measure, register, sigma in OF_COUPLING:
        yield switch.mrid, switch.name, ("", quantity, measure, _float(unit, register), 1, sigma, *NO_CONTROL)
    side = "from" if switch.from_node == case.nodes[one.places.outer].mrid else "to"
    sigma = POWER_ACCURACY * one.battery.design.rated_kw
    row = (side, "active_power", "kW", _float(unit, image.EXCHANGE), 1, f"{sigma:.6g}", *NO_CONTROL)
    yield switch.mrid, switch.name, row


def _of_generators(one: Microgrid) -> Iterator[tuple[str, str, Row]]:
    for number, genset in enumerate(one.gensets):
        for row in _of_generator(genset, one.places.unit, image.generator_base(number)):
            yield genset.design.mrid, genset.design.name, row


def _of_generator(genset: Genset, unit: int, base: int) -> Iterator[Row]:
    rated, tank = genset.design.rated_kw, genset.design.tank_kwh
    control = ("float", _float(unit, base + image.SET_POINT), f"{-rated:g}", 0, f"{START_FEEDBACK_S:g}")
    sigma = f"{POWER_ACCURACY * rated:.6g}"
    yield "", "active_power", "kW", _float(unit, base + image.POWER), -1, sigma, *control
    yield "", "unit_running", "", f"{unit}/holding/{base + image.RUNS}", 1, 0, *NO_CONTROL
    yield "", "fuel_level", "kWh", _float(unit, base + image.FUEL), 1, f"{FUEL_ACCURACY * tank:.6g}", *NO_CONTROL


def _of_storages(case: NetworkCase, one: Microgrid) -> Iterator[tuple[str, str, Row]]:
    """Power only of those whose meter is not on the field's other line."""
    unit = one.places.unit
    for number, index in enumerate(one.places.rest.tolist()):
        storage, base = case.storages[index - one.places.first_storage], image.storage_base(number)
        row: Row = ("", "state_of_charge", "%", _float(unit, base + image.CHARGE), 1, CHARGE_SIGMA, *NO_CONTROL)
        yield storage.mrid, storage.name, row
        rated = max(abs(storage.p_kw), storage.rated_s_kva)
        if rated < BATTERY_KW:
            sigma = f"{POWER_ACCURACY * rated:.6g}"
            power = ("", "active_power", "kW", _float(unit, base + image.STORAGE_POWER), -1, sigma, *NO_CONTROL)
            yield storage.mrid, storage.name, power


def _float(unit: int, register: int) -> str:
    return f"{unit}/holding/{register}:float32"
