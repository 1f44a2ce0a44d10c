"""Limits to begin with, where no datasheet has been entered yet. They are typical, and say so in their source.

Voltage and temperature windows are those of common cell datasheets: LFP 2.5 to 3.65 V, NMC 3.0 to 4.2 V, charge from
0 to 45 °C, discharge from -20 to 55 °C (many makers allow 60). The other rungs are assumed.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.storage.safety.limits import Limits, Rule, Side

WINDOW = "typical window of cell datasheets; enter the asset's own"
ASSUMED = "assumed; enter the asset's own"


class Chemistry(StrEnum):
    """Of the cells."""

    LFP = "lfp"
    NMC = "nmc"


Rungs = tuple[float, float, float, float]
NO_TRIP = float("nan")
VOLTAGE: dict[Chemistry, tuple[Rungs, Rungs]] = {
    Chemistry.LFP: ((3.55, 3.60, 3.65, 3.75), (2.90, 2.80, 2.50, 2.30)),
    Chemistry.NMC: ((4.10, 4.15, 4.20, 4.25), (3.20, 3.10, 3.00, 2.80)),
}


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    reading: str
    unit: str
    side: Side
    blocks: str  # c: charge, d: discharge
    rungs: Rungs
    source: str

    def rule(self) -> Rule:
        warn, derate, stop, trip = (np.array([rung], dtype=float) for rung in self.rungs)
        charge, discharge = ("c" in self.blocks, "d" in self.blocks)
        return Rule(
            self.name, self.reading, self.unit, self.side, charge, discharge, warn, derate, stop, trip, self.source
        )


def typical(chemistry: Chemistry, *, charge_kw: float, discharge_kw: float, current_a: float) -> Limits:
    """Limits of any number of batteries of one kind. Errors: ValueError for a negative rating.

    Readings: `cell_voltage_max_v`, `cell_voltage_min_v`, `temperature_max_c`, `temperature_min_c`,
    `voltage_spread_v`, `temperature_spread_c`, `heating_c_per_min`, `soc`, `insulation_ohm_per_v`, `hydrogen_ppm`,
    `smoke` (0 or 1), `comms_age_s`.
    """
    high, low = VOLTAGE[chemistry]
    up, down = Side.HIGH, Side.LOW
    lines = (
        _Line("cell voltage high", "cell_voltage_max_v", "V", up, "c", high, WINDOW),
        _Line("cell voltage low", "cell_voltage_min_v", "V", down, "d", low, WINDOW),
        _Line("charge temperature high", "temperature_max_c", "°C", up, "c", (38, 40, 45, 60), WINDOW),
        _Line("charge temperature low", "temperature_min_c", "°C", down, "c", (8, 5, 0, NO_TRIP), WINDOW),
        _Line("discharge temperature high", "temperature_max_c", "°C", up, "d", (45, 50, 55, 60), WINDOW),
        _Line("discharge temperature low", "temperature_min_c", "°C", down, "d", (-10, -15, -20, NO_TRIP), WINDOW),
        _Line("voltage spread", "voltage_spread_v", "V", up, "cd", (0.05, 0.10, 0.30, 0.50), ASSUMED),
        _Line("temperature spread", "temperature_spread_c", "°C", up, "cd", (5, 8, 12, 20), ASSUMED),
        _Line("heating", "heating_c_per_min", "°C/min", up, "cd", (0.5, 1, 2, 5), ASSUMED),
        _Line("state of charge high", "soc", "", up, "c", (0.95, 0.95, 1.0, NO_TRIP), ASSUMED),
        _Line("state of charge low", "soc", "", down, "d", (0.10, 0.10, 0.05, NO_TRIP), ASSUMED),
        _Line("insulation", "insulation_ohm_per_v", "ohm/V", down, "cd", (500, 250, 125, 100), ASSUMED),
        _Line("hydrogen", "hydrogen_ppm", "ppm", up, "cd", (200, 400, 1000, 4000), ASSUMED),
        _Line("smoke", "smoke", "", up, "cd", (0.25, 0.25, 0.5, 0.5), ASSUMED),
        _Line("communication", "comms_age_s", "s", up, "cd", (10, 15, 60, NO_TRIP), ASSUMED),
    )
    charge, discharge, current = (np.array([rating], dtype=float) for rating in (charge_kw, discharge_kw, current_a))
    return Limits(tuple(line.rule() for line in lines), charge, discharge, current, source=ASSUMED)
