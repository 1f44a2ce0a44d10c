"""An area of one frequency, and what answers in it within seconds.

Arrays begin with the scenarios (s,): hours of a day, trial sizes of a reserve. Power in kW, frequency in Hz; a loss is
positive, an answer is positive into the network.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gridops.engine.network.model import FloatArray


@dataclass(frozen=True, slots=True)
class Area:
    """Aggregated machines on one shaft (P. Kundur, Power System Stability and Control, 1994, chapter 11.1)."""

    kinetic_kws: FloatArray  # (s,) energy of rotation at nominal frequency: sum of H times rated kVA
    load_kw: FloatArray  # (s,)
    damping: FloatArray  # (s,) per cent of load per per cent of frequency
    governor_kw: FloatArray  # (s,) rating of the machines whose governors answer
    governor_droop: FloatArray  # (s,) pu of frequency per pu of that rating
    governor_lag_s: FloatArray  # (s,)
    governor_room_kw: FloatArray  # (s,) how much more they can give
    nominal_hz: float = 50.0

    def __post_init__(self) -> None:
        if not np.all(self.kinetic_kws > 0):
            raise ValueError("kinetic_kws: an area without inertia has no frequency of its own; give a value above 0.")
        if not (np.all(self.governor_lag_s > 0) and np.all(self.governor_droop > 0)):
            raise ValueError("governor_droop and governor_lag_s: give values above 0.")

    def __len__(self) -> int:
        return len(self.kinetic_kws)

    @property
    def damping_kw_per_hz(self) -> FloatArray:
        return np.asarray(self.damping * self.load_kw / self.nominal_hz)

    @property
    def governor_kw_per_hz(self) -> FloatArray:
        return np.asarray(self.governor_kw / (self.governor_droop * self.nominal_hz))


@dataclass(frozen=True, slots=True)
class Fast:
    """Plants that answer a deviation in proportion beyond a deadband, up to their room, until their energy is used.

    Arrays are (s, u), or broadcast to it; times (u,).
    """

    kw_per_hz: FloatArray
    room_kw: FloatArray  # most that each gives more (or takes less)
    energy_kwh: FloatArray  # inf: not limited
    deadband_hz: FloatArray  # (u,)
    delay_s: FloatArray  # (u,) of the measurement
    lag_s: FloatArray  # (u,) of the power

    @classmethod
    def full_at(
        cls,
        room_kw: FloatArray,
        *,
        full_hz: float,
        deadband_hz: float,
        delay_s: float,
        lag_s: float,
        energy_kwh: FloatArray | float = np.inf,
    ) -> Self:
        """Plants (s, u) that give all their room at a deviation of full_hz."""
        if full_hz <= deadband_hz:
            raise ValueError("full_hz: give more than the deadband, or nothing lies between none and all.")
        units = np.ones(room_kw.shape[-1])
        return cls(
            kw_per_hz=room_kw / (full_hz - deadband_hz),
            room_kw=room_kw,
            energy_kwh=np.broadcast_to(np.asarray(energy_kwh, np.float64), room_kw.shape),
            deadband_hz=deadband_hz * units,
            delay_s=delay_s * units,
            lag_s=lag_s * units,
        )


def droop_of(
    share_kw: FloatArray, rated_kw: FloatArray, *, full_hz: float, deadband_hz: float, nominal_hz: float = 50.0
) -> FloatArray:
    """Setting of a plant, pu of frequency per pu of its rating, to give its share at full_hz; inf for none."""
    with np.errstate(divide="ignore"):
        return np.asarray((full_hz - deadband_hz) / nominal_hz * rated_kw / np.maximum(share_kw, 0.0))
