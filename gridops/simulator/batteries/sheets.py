"""The datasheets of the battery plants, as their owner hands them over: ratings of the cells, racks and chemistry."""

import csv
from collections.abc import Sequence
from typing import TextIO

from gridops.engine.storage.safety.typical import VOLTAGE
from gridops.simulator.batteries.design import Design

COLUMNS = (
    "mrid", "name", "chemistry", "charge_kw", "discharge_kw", "energy_kwh", "current_a", "nominal_dc_v",
    "cells_in_series", "datasheet", "racks",
)  # fmt: skip


def write_battery_sheets(designs: Sequence[Design], stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in designs:
        power_kw = one.rack_kw * one.racks
        emptiest_v = one.series * VOLTAGE[one.chemistry][1][2]
        writer.writerow(
            (
                one.mrid,
                one.name,
                one.chemistry.value,
                f"{power_kw:.6g}",
                f"{power_kw:.6g}",
                f"{one.capacity_kwh:.6g}",
                f"{1000 * power_kw / emptiest_v:.6g}",
                f"{one.series * float(one.curve.voltage_v.mean()):.6g}",
                one.series,
                f"Datasheet of {one.name}, {one.series} cells {one.chemistry.value.upper()} in series",
                " ".join(one.rack_mrids),
            )
        )
