"""Ramp-rate control: a battery beside a plant keeps what both give from moving faster than a limit.

The filter is causal: it knows the past alone (compare J. Marcos et al., "Control strategies to smooth short-term power
fluctuations in large photovoltaic plants using battery storage systems", Energies 7, 2014).
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray

MINUTE_S = 60.0
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Smoothed:
    delivered_kw: FloatArray  # (t,)
    battery_kw: FloatArray  # (t,) positive into the network
    needed_kw: float  # power of the battery that was really used
    needed_kwh: float  # energy between its fullest and its emptiest
    steps_beyond: int  # steps that still move faster, because the battery is too small
    steps_beyond_alone: int  # without a battery
    worst_alone_kw_min: float


def smoothed(power_kw: FloatArray, *, step_s: float, limit_kw_min: float, battery_kw: float = np.inf) -> Smoothed:
    """power_kw: (t,) of the plant alone, evenly spaced. battery_kw: of the battery; inf asks what would be needed.

    Raises ValueError for a limit or a step that is not above 0, or a power that is not a number.
    """
    power = np.asarray(power_kw, np.float64)
    if step_s <= 0 or limit_kw_min <= 0 or not np.isfinite(power).all():
        raise ValueError("step_s and limit_kw_min: give values above 0; power_kw: finite numbers.")
    most = limit_kw_min * step_s / MINUTE_S
    delivered = power.copy()
    for k in range(1, len(power)):
        wanted = min(max(power[k], delivered[k - 1] - most), delivered[k - 1] + most)
        delivered[k] = min(max(wanted, power[k] - battery_kw), power[k] + battery_kw)
    battery = delivered - power
    stored = np.concatenate([[0.0], np.cumsum(-battery) * step_s / HOUR_S])
    alone, moves = np.abs(np.diff(power)), np.abs(np.diff(delivered))
    return Smoothed(
        delivered_kw=delivered,
        battery_kw=battery,
        needed_kw=float(np.abs(battery).max(initial=0.0)),
        needed_kwh=float(stored.max() - stored.min()),
        steps_beyond=int((moves > most * (1 + 1e-9)).sum()),
        steps_beyond_alone=int((alone > most * (1 + 1e-9)).sum()),
        worst_alone_kw_min=float(alone.max(initial=0.0) * MINUTE_S / step_s),
    )
