"""Open-circuit voltages of two cells, as tables over the state of charge.

LFP: Sony/Murata US26650FTC1, 3 Ah (M. Naumann, PhD thesis, TU Munich 2018; digits as in the SimSES data files).
NMC: Sanyo UR18650E, 2.15 Ah (M. Ecker et al., J. Power Sources 248 (2014) 839; J. Schmalstieg et al., J. Power Sources
257 (2014) 325, Fig. 1; digits as in BLAST-Lite). Another maker's cell has another curve: pass it to `Curve.of`.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gridops.engine.storage.arrays import FloatArray

POINTS = 401  # of the even grid that every curve is read from


@dataclass(frozen=True, slots=True)
class Curve:
    """Open-circuit voltage per cell on an even grid from SoC 0 to 1, and the integral of its square from 0 up."""

    voltage_v: FloatArray  # (POINTS,)
    squared: FloatArray  # (POINTS,)

    @classmethod
    def of(cls, soc: FloatArray, voltage_v: FloatArray) -> Self:
        """From a table. soc: (n,) rising from 0 to 1; voltage_v: (n,) rising. Errors: ValueError for any other."""
        if len(soc) != len(voltage_v) or len(soc) < 2 or soc[0] != 0 or soc[-1] != 1:
            raise ValueError("An open-circuit curve needs as many voltages as states of charge, from 0 to 1.")
        if (np.diff(soc) <= 0).any() or (np.diff(voltage_v) <= 0).any():
            raise ValueError("An open-circuit curve must rise with the state of charge at every point.")
        grid = np.linspace(0, 1, POINTS)
        voltage = np.interp(grid, soc, voltage_v)
        pieces = (voltage[1:] ** 2 + voltage[1:] * voltage[:-1] + voltage[:-1] ** 2) / 3 / (POINTS - 1)
        return cls(voltage, np.r_[0.0, np.cumsum(pieces)])

    def at(self, soc: FloatArray) -> FloatArray:
        """Voltage (V) at any SoC; that of the ends beyond them."""
        return np.interp(soc, np.linspace(0, 1, POINTS), self.voltage_v)

    def quadratic_mean(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Root of the mean squared voltage (V) between two SoC, low below high by at least a hair."""
        grid = np.linspace(0, 1, POINTS)
        low, high = np.clip(low, 0, 1 - 1e-6), np.clip(high, 1e-6, 1)
        span = np.maximum(high - low, 1e-6)
        area = np.interp(low + span, grid, self.squared) - np.interp(low, grid, self.squared)
        return np.asarray(np.sqrt(area / span))


def _table(text: str) -> Curve:
    numbers = np.array(text.split(), dtype=float).reshape(-1, 2)
    return Curve.of(numbers[:, 0], numbers[:, 1])


LFP = _table(
    """0 2.2862  0.005 2.6835  0.01 2.7833  0.02 2.8952  0.03 2.9673  0.04 3.0213  0.06 3.1008  0.08 3.1583  0.1 3.1967
    0.11 3.2027  0.13 3.2079  0.15 3.2120  0.17 3.2188  0.19 3.2295  0.22 3.2429  0.25 3.2547  0.28 3.2643  0.32 3.2756
    0.36 3.2848  0.4 3.2921  0.42 3.2950  0.44 3.2967  0.48 3.2986  0.52 3.3001  0.56 3.3018  0.6 3.3035  0.64 3.3056
    0.67 3.3077  0.69 3.3096  0.71 3.3119  0.73 3.3148  0.75 3.3185  0.77 3.3240  0.79 3.3312  0.8 3.3345  0.81 3.3367
    0.82 3.3381  0.84 3.3398  0.87 3.3412  0.9 3.3425  0.94 3.3442  0.97 3.3463  0.98 3.3487  0.985 3.3522  0.99 3.3618
    0.995 3.3963  1 3.5305"""
)
NMC = _table(
    """0 3.331  0.0268 3.379  0.0631 3.441  0.0993 3.490  0.1356 3.530  0.1719 3.562  0.2082 3.586  0.2445 3.606
    0.2989 3.626  0.3715 3.647  0.4259 3.663  0.4622 3.677  0.4985 3.696  0.5348 3.721  0.5711 3.750  0.6073 3.781
    0.6436 3.815  0.6799 3.850  0.7162 3.884  0.7525 3.918  0.7888 3.953  0.8250 3.991  0.8613 4.032  0.8976 4.071
    0.9339 4.104  0.9702 4.136  0.9883 4.153  1 4.162"""
)
