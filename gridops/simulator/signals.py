"""The signal list that the owner of the field hands over: one row a point, the same for a source and a seed."""

import csv
from typing import TextIO

from gridops.cases.case import NetworkCase, SwitchKind
from gridops.simulator.devices import RELEASE_OFFSET, Controllable, Kind, controllables
from gridops.simulator.points import UNIT, PointTable, type_of
from gridops.simulator.regulation import SETPOINT_PU

COLUMNS = (
    "mrid",
    "name",
    "equipment_mrid",
    "side",
    "quantity",
    "unit",
    "common_address",
    "ioa",
    "asdu_type",
    "scale",
    "deadband",
    "sigma",
    "control",
    "control_address",
    "control_low",
    "control_high",
    "control_critical",
    "control_feedback",
    "release_address",
)
# What goes wrong at a breaker goes wrong for a whole feeder: two persons.
CRITICAL = (SwitchKind.BREAKER, SwitchKind.RECLOSER)


def write_signals(case: NetworkCase, table: PointTable, stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    units = {(unit.common_address, unit.ioa): unit for unit in controllables(case, table)}
    for position in range(len(table)):
        unit = units.get((int(table.common_address[position]), int(table.ioa[position])))
        writer.writerow((*_row(table, position), *_control(case, table, position, unit)))


def _control(case: NetworkCase, table: PointTable, position: int, unit: Controllable | None) -> tuple[object, ...]:
    if unit is None:
        return ("",) * 7
    address = f"{unit.common_address}/{unit.ioa}"
    if unit.kind is Kind.SWITCH:
        critical = "1" if case.switches[unit.index].kind in CRITICAL else ""
        return "double", address, "", "", critical, "", ""
    if unit.kind is Kind.TAP:
        transformer = case.transformers[unit.index]
        return "step", address, transformer.tap_min, transformer.tap_max, "", "", ""
    if unit.kind is Kind.TARGET:
        return "float", address, *SETPOINT_PU, "", "", ""
    low, high, feedback = _range(case, table, position, unit)
    release = f"{unit.common_address}/{unit.ioa + RELEASE_OFFSET}"
    return "float", address, low, high, "", feedback, release


def _range(case: NetworkCase, table: PointTable, position: int, unit: Controllable) -> tuple[float, float, str]:
    """With the sign of the measured value: what a plant feeds in is negative. A generator is held back, not driven."""
    rating = table.points[position].rating
    place = unit.index - len(case.loads) - len(case.generators)
    if unit.kind is Kind.REACTIVE or place >= 0:
        return -rating, rating, ""
    return -rating, 0.0, "within"


def _row(table: PointTable, position: int) -> tuple[object, ...]:
    point = table.points[position]
    label = point.quantity.replace("_", " ")
    return (
        table.mrid[position],
        f"{point.equipment_name} {label} {point.side}".rstrip(),
        point.equipment_mrid,
        point.side,
        point.quantity.value,
        UNIT[point.quantity],
        int(table.common_address[position]),
        int(table.ioa[position]),
        int(type_of(point.quantity)),
        1,
        f"{table.deadband[position]:g}",
        f"{table.sigma[position]:.6g}",
    )
