"""Racks with a true state of charge and sensors that are wrong in every way that the filter must live with."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from gridops.engine.storage import cells
from gridops.engine.storage.charge import Cells, cells_of

STEP_S = 10.0
DAY = 8640  # steps


@dataclass(frozen=True)
class Racks:
    """(K, N) each; `model` is what the filter is told of the cells, which is not quite true."""

    soc: np.ndarray
    true_current_c: np.ndarray
    current_c: np.ndarray
    voltage_v: np.ndarray
    full: np.ndarray
    model: Cells


def racks(
    curves: list[cells.Curve],
    bias_c: np.ndarray,
    *,
    days: int = 14,
    full_every: int = 0,
    seed: int = 1,
    bottom: tuple[float, float] = (0.08, 0.3),
    top: tuple[float, float] = (0.75, 0.93),
    offset_v: float = 0.0,
) -> Racks:
    """Two cycles a day between changing depths; a full charge every so many days (0: never).

    offset_v: what the voltage sensors read too much.
    """
    rng = np.random.default_rng(seed)
    count = len(curves)
    edges = np.arange(0, days * 4 + 1) * (DAY // 4)
    tops, bottoms = (rng.uniform(*ends, (len(edges), count)) for ends in (top, bottom))
    targets = np.where((np.arange(len(edges)) % 2 == 0)[:, None], bottoms, tops)
    if full_every:
        targets[4 * full_every - 1 :: 4 * full_every] = 1.0
    steps = np.arange(1, edges[-1] + 1)
    soc = np.array([np.interp(steps, edges, targets[:, rack]) for rack in range(count)]).T
    wiggle = 0.01 * np.sin(2 * np.pi * steps[:, None] / rng.uniform(60, 300, count)) * (soc < 0.97)
    soc = np.clip(soc + wiggle * np.sin(np.pi * (steps % (DAY // 4)) / (DAY // 4))[:, None] ** 2, 0, 1)
    current = -np.diff(soc, axis=0, prepend=targets[:1]) * 3600 / STEP_S
    decay = np.exp(-STEP_S / 300.0)
    drop = 0.045 * current + 0.025 * lfilter([1 - decay], [1, -decay], current, axis=0)  # the model says 0.04 and 0.03
    open_circuit = np.array([curve.at(soc[:, rack]) for rack, curve in enumerate(curves)]).T
    lag = 0.003 * np.sign(lfilter([0.002], [1, -0.998], current, axis=0))  # hysteresis: charging reads high
    return Racks(
        soc=soc,
        true_current_c=current,
        current_c=current * 1.003 + bias_c + rng.normal(0, 0.003, current.shape),
        voltage_v=open_circuit - drop - lag + offset_v + rng.normal(0, 0.002, current.shape),
        full=soc >= 0.9995,
        model=cells_of(curves, resistance_v=0.04, polarisation_v=0.03, time_constant_s=300.0),
    )


def counted(soc: np.ndarray, current_c: np.ndarray) -> np.ndarray:
    """Plain counting of charge from a first SoC: what the filter is measured against."""
    return np.asarray(soc - np.cumsum(current_c, axis=0) * STEP_S / 3600)
