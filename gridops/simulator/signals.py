"""The signal list that the owner of the field hands over: one row a point, the same for a source and a seed."""

import csv
from typing import TextIO

from gridops.simulator.points import UNIT, PointTable, type_of

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
)


def write_signals(table: PointTable, stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for position in range(len(table)):
        writer.writerow(_row(table, position))


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
