"""State of charge with its uncertainty: a Kalman filter over charge and what the sensors read too much.

Three states a rack: SoC, the bias of its current sensor, and the slow error of its voltage (of sensor or curve).
Between corrections charge is counted. A correction compares the terminal voltage with open circuit less the drop over a
resistance and one RC pair. The curve is linearised over the spread of the SoC (three Gauss-Hermite points: K. Ito,
K. Xiong, IEEE Trans. Automatic Control 45(5) (2000) 910), by the lesser slope of both sides, so that a flat stretch
teaches little and a bend near it is not overrated. Errors of the voltage that last for minutes have their variance
multiplied by how many corrections fall into that time; those that last longer wander, so that no length of time makes
the filter surer than they allow. A full charge is a measurement of its own.

Currents in C (share of the capacity in an hour), positive for discharge; a sensor shows true current plus bias.
"""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.storage.arrays import HOUR_S, BoolArray, FloatArray
from gridops.engine.storage.cells import POINTS, Curve

WIDTH, OUTER = np.sqrt(3.0), 1 / 6  # of the three points of a standard normal; the middle one weighs 2/3
HOURS_A_DAY = 24
SMALLEST_VARIANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of N racks. Drops in V per cell at 1 C."""

    curve_v: FloatArray  # (N, POINTS)
    resistance_v: FloatArray  # (N,) at once
    polarisation_v: FloatArray  # (N,) after a while
    time_constant_s: FloatArray  # (N,) of that while


@dataclass(frozen=True, slots=True)
class Trust:
    """How far sensors and model are trusted, the same for all racks."""

    bias_c: float = 0.005  # sigma before anything is known
    bias_drift_c: float = 0.0005  # sigma of its change in a day
    current_c: float = 0.005  # noise of a reading
    counting: float = 0.01  # of what is counted: capacity and gain
    voltage_v: float = 0.005  # model and sensor together
    offset_v: float = 0.003  # what it reads too much for days
    offset_drift_v: float = 0.004  # sigma of the change of that in a day
    voltage_lasts_s: float = 900.0
    drop: float = 0.2  # of the drop over the resistances
    full: float = 0.005  # SoC of a battery that reports itself full


@dataclass(frozen=True, slots=True)
class Charge:
    """What is known of N racks; (N,) each."""

    soc: FloatArray
    bias_c: FloatArray
    variance: FloatArray  # of the SoC
    covariance: FloatArray
    bias_variance: FloatArray
    offset_v: FloatArray  # slow error of the voltage
    offset_variance: FloatArray
    soc_offset: FloatArray  # covariances with it
    bias_offset: FloatArray
    polarisation_v: FloatArray  # over the RC pair, by the sensor's current

    @property
    def sigma(self) -> FloatArray:
        return np.sqrt(self.variance)


@dataclass(frozen=True, slots=True)
class Track:
    """A filter's way through K steps: (K, N) after each, and the last state."""

    soc: FloatArray
    sigma: FloatArray
    last: Charge


def cells_of(curves: list[Curve], *, resistance_v: float, polarisation_v: float, time_constant_s: float) -> Cells:
    """Racks with these curves and the same drops. Errors: ValueError for drops or a time constant of 0 or less."""
    if min(resistance_v, polarisation_v, time_constant_s) <= 0:
        raise ValueError("Resistance, polarisation and time constant of a cell must be above 0.")
    drops = (np.full(len(curves), value) for value in (resistance_v, polarisation_v, time_constant_s))
    return Cells(np.array([curve.voltage_v for curve in curves]), *drops)


def begin(soc: FloatArray, sigma: FloatArray, trust: Trust) -> Charge:
    """Before the first reading: SoC (N,) with sigma (N,), errors of the sensors around 0."""
    zero = np.zeros_like(soc)
    return Charge(
        soc=soc,
        bias_c=zero,
        variance=np.square(sigma),
        covariance=zero,
        bias_variance=np.full_like(soc, trust.bias_c**2),
        offset_v=zero,
        offset_variance=np.full_like(soc, trust.offset_v**2),
        soc_offset=zero,
        bias_offset=zero,
        polarisation_v=zero,
    )


def predict(charge: Charge, cells: Cells, trust: Trust, current_c: FloatArray, step_s: float) -> Charge:
    """After m steps with these readings (m, N) of the current, counted less the bias."""
    count = len(current_c)
    hours = step_s / HOUR_S
    span = count * hours
    counted = current_c.sum(axis=0) * hours
    decay = np.exp(-step_s / cells.time_constant_s)
    weights = (1 - decay) * decay ** np.arange(count - 1, -1, -1)[:, None]
    noise = count * (trust.current_c * hours) ** 2 + (trust.counting * counted) ** 2
    return replace(
        charge,
        soc=charge.soc - counted + charge.bias_c * span,
        variance=charge.variance + 2 * span * charge.covariance + span**2 * charge.bias_variance + noise,
        covariance=charge.covariance + span * charge.bias_variance,
        soc_offset=charge.soc_offset + span * charge.bias_offset,
        bias_variance=charge.bias_variance + trust.bias_drift_c**2 * span / HOURS_A_DAY,
        offset_variance=charge.offset_variance + trust.offset_drift_v**2 * span / HOURS_A_DAY,
        polarisation_v=decay**count * charge.polarisation_v + cells.polarisation_v * (weights * current_c).sum(axis=0),
    )


def correct(
    charge: Charge, cells: Cells, trust: Trust, *, current_c: FloatArray, voltage_v: FloatArray, since_s: float
) -> Charge:
    """With the mean cell voltage (N,) and current (N,) of one instant; since_s: since the last correction.

    A voltage that is nan corrects nothing.
    """
    spread = WIDTH * charge.sigma
    low, middle, high = (_open_circuit(cells, charge.soc + way * spread) for way in (-1, 0, 1))
    mean = OUTER * (low + high) + (1 - 2 * OUTER) * middle
    slope = np.minimum(high - middle, middle - low) / spread
    straight = ((high - low) / (2 * spread)) ** 2 * charge.variance
    bend = np.maximum(OUTER * ((low - mean) ** 2 + (high - mean) ** 2) - straight, 0.0)
    bend += (1 - 2 * OUTER) * (middle - mean) ** 2
    drop = cells.resistance_v + cells.polarisation_v
    expected = mean + charge.offset_v - cells.resistance_v * current_c - charge.polarisation_v + drop * charge.bias_c
    lasting = max(1.0, trust.voltage_lasts_s / since_s)
    noise = (trust.voltage_v**2 + (trust.drop * drop * current_c) ** 2) * lasting + bend
    return _kalman(charge, _Sight(slope, drop, 1.0), error=voltage_v - expected, noise=noise)


def recalibrate(charge: Charge, trust: Trust, full: BoolArray) -> Charge:
    """Racks (N,) that report themselves full are at SoC 1, which also tells how far the count had drifted."""
    error = np.where(full, 1 - charge.soc, np.nan)
    noise = np.full_like(charge.soc, trust.full**2)
    return _kalman(charge, _Sight(np.ones_like(charge.soc), 0.0, 0.0), error=error, noise=noise)


def follow(
    charge: Charge,
    cells: Cells,
    trust: Trust,
    *,
    current_c: FloatArray,
    voltage_v: FloatArray,
    full: BoolArray,
    step_s: float,
    correct_every: int = 6,
) -> Track:
    """Through K steps of readings (K, N): counted at every step, corrected at every `correct_every`-th.

    full: (K, N) whether the rack reports itself full at the end of the step.
    """
    soc, sigma = np.empty_like(current_c), np.empty_like(current_c)
    for start in range(0, len(current_c), correct_every):
        block = slice(start, start + correct_every)
        readings = current_c[block]
        drift = (readings - charge.bias_c) * step_s / HOUR_S
        soc[block] = charge.soc - np.cumsum(drift, axis=0)
        charge = predict(charge, cells, trust, readings, step_s)
        last = start + len(readings) - 1
        charge = correct(
            charge, cells, trust, current_c=current_c[last], voltage_v=voltage_v[last], since_s=len(readings) * step_s
        )
        if full[block].any():
            charge = recalibrate(charge, trust, np.asarray(full[block].any(axis=0)))
        soc[last] = charge.soc
        sigma[block] = charge.sigma
    return Track(soc, sigma, charge)


def _open_circuit(cells: Cells, soc: FloatArray) -> FloatArray:
    place = np.clip(soc, 0.0, 1.0) * (POINTS - 1)
    left = np.minimum(place.astype(np.int64), POINTS - 2)
    rack = np.arange(len(soc))
    below, above = cells.curve_v[rack, left], cells.curve_v[rack, left + 1]
    return np.asarray(below + (place - left) * (above - below))


@dataclass(frozen=True, slots=True)
class _Sight:
    """How a measurement moves with SoC, bias and the slow error of the voltage."""

    soc: FloatArray
    bias: FloatArray | float
    offset: float


def _kalman(charge: Charge, of: _Sight, *, error: FloatArray, noise: FloatArray) -> Charge:
    """One scalar measurement a rack; an error of nan is none."""
    seen_soc = of.soc * charge.variance + of.bias * charge.covariance + of.offset * charge.soc_offset
    seen_bias = of.soc * charge.covariance + of.bias * charge.bias_variance + of.offset * charge.bias_offset
    seen_offset = of.soc * charge.soc_offset + of.bias * charge.bias_offset + of.offset * charge.offset_variance
    known = np.isfinite(error)
    spread = of.soc * seen_soc + of.bias * seen_bias + of.offset * seen_offset + noise
    gain_soc, gain_bias, gain_offset = (
        np.where(known, seen / spread, 0.0) for seen in (seen_soc, seen_bias, seen_offset)
    )
    step = np.where(known, error, 0.0)
    return replace(
        charge,
        soc=np.clip(charge.soc + gain_soc * step, 0.0, 1.0),
        bias_c=charge.bias_c + gain_bias * step,
        variance=np.maximum(charge.variance - gain_soc * seen_soc, SMALLEST_VARIANCE),
        covariance=charge.covariance - gain_soc * seen_bias,
        bias_variance=np.maximum(charge.bias_variance - gain_bias * seen_bias, SMALLEST_VARIANCE**2),
        offset_v=charge.offset_v + gain_offset * step,
        offset_variance=np.maximum(charge.offset_variance - gain_offset * seen_offset, SMALLEST_VARIANCE),
        soc_offset=charge.soc_offset - gain_soc * seen_offset,
        bias_offset=charge.bias_offset - gain_bias * seen_offset,
    )
