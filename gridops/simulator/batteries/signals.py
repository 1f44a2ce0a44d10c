"""The signal list of the battery plants: what a gateway reads of each plant and rack, and which set-points it may send.

Active and reactive power count from the node into the plant, like every meter of the field; direct current is positive
for discharge, as the racks tell it.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from gridops.cases.mrid import mrid
from gridops.simulator.batteries.answers import DROOP_OFF, LEAST_DROOP
from gridops.simulator.batteries.design import Design
from gridops.simulator.batteries.image import RegisterImage
from gridops.simulator.batteries.plant import BatteryPlant

COLUMNS = (
    "mrid", "name", "equipment_mrid", "side", "quantity", "unit", "address", "scale", "sigma",
    "control", "control_address", "control_low", "control_high", "release_address",
)  # fmt: skip
METER_ACCURACY = 0.003  # of the inverter's own meter, one sigma of its rating
NO_CONTROL = ("",) * 5
# Quantity, unit, point and sigma.
OF_PLANT = (
    ("state_of_charge", "%", "713/SoC", 3.0),
    ("state_of_health", "%", "713/SoH", 2.0),
    ("dc_voltage", "V", "802/V", 1.0),
    ("dc_current", "A", "802/A", 2.0),
    ("control_mode", "", "715/LocRemCtl", 0.0),
    ("inverter_state", "", "701/InvSt", 0.0),
    ("frequency", "Hz", "701/Hz", 0.005),
    ("battery_events", "", "802/Evt1", 0.0),
)
# By which the plant answers of its own: quantity, point, least and largest value in per cent, scale.
OF_SETTINGS = (
    ("frequency_droop", "711/Ctl[1].KUf", 100 * LEAST_DROOP, 100 * DROOP_OFF, 100.0),
    ("volt_var", "705/Crv[1].Pt[1].Var", 0.0, 100.0, 1.0),
)
OF_RACK = (
    ("state_of_charge", "%", "StrSoC", 3.0),
    ("state_of_health", "%", "StrSoH", 2.0),
    ("dc_current", "A", "StrA", 1.0),
    ("cell_voltage_max", "V", "StrCellVMax", 0.002),
    ("cell_voltage_min", "V", "StrCellVMin", 0.002),
    ("cell_voltage_avg", "V", "StrCellVAvg", 0.002),
    ("temperature_max", "°C", "StrModTmpMax", 0.3),
    ("temperature_min", "°C", "StrModTmpMin", 0.3),
    ("temperature_avg", "°C", "StrModTmpAvg", 0.3),
    ("battery_events", "", "StrEvt1", 0.0),
)
# Registers of the maker's own block, in their order, with their scale.
OF_VENDOR = (
    ("dc_voltage", "V", 0.1, 1.0),
    ("insulation", "ohm/V", 1.0, 50.0),
    ("hydrogen", "ppm", 1.0, 1.0),
    ("smoke", "", 1.0, 0.0),
    ("cooling", "", 1.0, 0.0),
    ("contactor", "", 1.0, 0.0),
)

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Thing:
    """A plant or a rack."""

    source: str
    mrid: str
    name: str

    def row(self, signal: "_Signal") -> Row:
        own = mrid(self.source, "Point", f"{self.mrid}/{signal.quantity}/")
        label = f"{self.name} {signal.quantity.replace('_', ' ')}"
        numbers = (f"{signal.scale:g}", f"{signal.sigma:.6g}")
        return (own, label, self.mrid, "", signal.quantity, signal.unit, signal.address, *numbers, *signal.control)


@dataclass(frozen=True, slots=True)
class _Signal:
    quantity: str
    unit: str
    address: str
    sigma: float
    scale: float = 1.0
    control: tuple[object, ...] = NO_CONTROL


def write_battery_signals(source: str, plants: Sequence[BatteryPlant], stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for plant in plants:
        design, image = plant.design, RegisterImage(plant)
        whole = _Thing(source, design.mrid, design.name)
        writer.writerows(whole.row(signal) for signal in _of_plant(design))
        for rack, rack_mrid in enumerate(design.rack_mrids):
            part = _Thing(source, rack_mrid, f"{design.name} rack {rack + 1}")
            writer.writerows(part.row(signal) for signal in _of_rack(image, rack))


def _of_plant(design: Design) -> Iterator[_Signal]:
    rated, unit = f"{design.rated_kw:.6g}", f"sunspec:{design.unit}"
    for quantity, measure, path, name in (
        ("active_power", "kW", "W", "WSet"),
        ("reactive_power", "kvar", "Var", "VarSet"),
    ):
        own = f"{unit}/704/{name}"
        control = ("float", own, f"-{rated}", rated, f"{own}Ena")
        sigma = METER_ACCURACY * design.rated_kw
        yield _Signal(quantity, measure, f"{unit}/701/{path}", sigma, -0.001, control)
    for quantity, path, low, high, scale in OF_SETTINGS:
        setting = ("float", f"{unit}/{path}", low, high, "")
        yield _Signal(quantity, "%", f"{unit}/{path}", 0.0, scale, setting)
    for quantity, measure, path, sigma in OF_PLANT:
        yield _Signal(quantity, measure, f"{unit}/{path}", sigma)


def _of_rack(image: RegisterImage, rack: int) -> Iterator[_Signal]:
    unit = image.plant.design.unit
    for quantity, measure, path, sigma in OF_RACK:
        yield _Signal(quantity, measure, f"sunspec:{unit}/803/string[{rack + 1}].{path}", sigma)
    for place, (quantity, measure, scale, sigma) in enumerate(OF_VENDOR):
        yield _Signal(quantity, measure, f"{unit}/holding/{image.vendor_address(rack, place)}", sigma, scale)
