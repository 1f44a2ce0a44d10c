"""How the grid did over a period, in the figures by which it is judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.timeseries.integral import covered_hours, integral_hours

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Performance:
    """Energies in MWh, shares as fractions; nan where nothing is known."""

    covered_h: float
    load_mwh: float
    generation_mwh: float
    losses_mwh: float
    loss_share: float  # of the energy supplied
    local_share: float  # of the load, met at that instant by generation in the network
    within_limits_share: float  # of the time
    interrupted_customer_min: float
    saidi_min: float  # IEEE 1366: customer minutes of interruption over customers served
    measured_share: float  # of the points that were good


def performance(
    at: Sequence[datetime], figures: dict[str, list[Any]], *, customers: int, longest_gap_s: float
) -> Performance:
    time_s = np.array([instant.timestamp() for instant in at])
    known = {name: np.array([np.nan if v is None else v for v in column], float) for name, column in figures.items()}

    def hours(values: FloatArray) -> float:
        return integral_hours(time_s, values, longest_gap_s=longest_gap_s)

    load, losses = hours(known["load_kw"]) / 1e3, hours(known["losses_kw"]) / 1e3
    generation = hours(known["generation_kw"]) / 1e3
    covered = covered_hours(time_s, known["load_kw"], longest_gap_s=longest_gap_s)
    inside = np.where(np.isfinite(known["load_kw"]), known["overloads"] + known["voltage_violations"] == 0, np.nan)
    interrupted = 60 * hours(known["customers_without_supply"])
    points = known["points"].sum()
    return Performance(
        covered_h=covered,
        load_mwh=load,
        generation_mwh=generation,
        losses_mwh=losses,
        loss_share=_ratio(losses, load + losses),
        local_share=_ratio(hours(np.minimum(known["generation_kw"], known["load_kw"])) / 1e3, load),
        within_limits_share=_ratio(hours(inside), covered),
        interrupted_customer_min=interrupted,
        saidi_min=_ratio(interrupted, float(customers)),
        measured_share=_ratio(float(known["points_good"].sum()), float(points)),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
