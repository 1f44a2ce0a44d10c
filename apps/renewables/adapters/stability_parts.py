"""What takes part when a plant is lost: those that may be lost, and those that answer."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Losable:
    """A plant, and what it may give in each hour (kW)."""

    mrid: UUID
    name: str
    rated_kw: float
    kw: FloatArray
    basis: str
    turns: bool  # a synchronous machine; all others follow the grid by an inverter


@dataclass(frozen=True, slots=True)
class Answerer:
    """A plant whose droop can be set. Per hour: how much more it can give and how much less, beyond what it has
    promised otherwise, and the energy that it has for either; inf: it stores nothing."""

    mrid: UUID
    name: str
    rated_kw: float
    room_kw: FloatArray
    energy_kwh: FloatArray
    room_down_kw: FloatArray
    energy_down_kwh: FloatArray
    held_kw: tuple[float, float]  # promised otherwise: the most of the hours, up and down
    low_percent: float  # bounds of its droop; at the highest it is off
    high_percent: float
    droop_percent: float | None  # as it is told now
    takes_volt_var: bool
    power_kw: float  # into the network, now
    words: str
