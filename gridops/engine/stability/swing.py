"""The course of the frequency after a loss: swing equation of one shaft, a governor with one lag, fast plants.

2 E / f0 * df/dt = governor + fast - loss - D * (f - f0), after P. M. Anderson and M. Mirheydar, "A low-order system
frequency response model", IEEE Trans. Power Systems 5(3), 1990, with the fast answer of ENTSO-E, "Fast frequency
reserve - solution to the Nordic inertia challenge", 2019. Not in it: voltage, angles between machines, shedding of
load, the steps of secondary control.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.stability.area import Area, Fast

STEP_S = 0.01
ROCOF_WINDOW_S = 0.5  # over which the rate of change is measured (ENTSO-E, RoCoF withstand capability, 2018)
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Response:
    """Times (t,), courses (s, t), figures (s,). `unit_kw`: (s, u) of each fast plant at the nadir."""

    time_s: FloatArray
    frequency_hz: FloatArray
    governor_kw: FloatArray
    fast_kw: FloatArray
    nadir_hz: FloatArray
    nadir_s: FloatArray
    rocof_hz_s: FloatArray  # steepest mean over the window; negative: falling
    settling_hz: FloatArray  # at the end
    fast_kwh: FloatArray  # given in the whole course


def after_loss(
    area: Area, loss_kw: FloatArray, fast: Fast, *, seconds: float = 30.0, step_s: float = STEP_S
) -> Response:
    """Each scenario by itself, beginning in balance at nominal frequency."""
    return _Shaft(area, np.asarray(loss_kw, np.float64), fast, step_s).run(max(2, round(seconds / step_s)))


def first_rocof(area: Area, loss_kw: FloatArray) -> FloatArray:
    """Hz/s in the first instant, before anything answers: dP f0 / (2 H S)."""
    return np.asarray(-loss_kw * area.nominal_hz / (2 * area.kinetic_kws))


def settled_hz(area: Area, loss_kw: FloatArray, fast: Fast) -> FloatArray:
    """Where the frequency comes to rest while no room and no energy is used up: f0 - dP / (1/R + D + fast).

    Deadbands are kept: a plant answers only what lies beyond its own. Governors and plants at the end of their room
    give just that.
    """
    low, high = np.zeros(len(area)), np.full(len(area), area.nominal_hz)
    for _ in range(60):
        middle = (low + high) / 2
        given = _settled_kw(area, fast, middle)
        enough = given >= loss_kw
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(area.nominal_hz - high)


def _settled_kw(area: Area, fast: Fast, below_hz: FloatArray) -> FloatArray:
    governor = np.minimum(area.governor_kw_per_hz * below_hz, area.governor_room_kw)
    beyond = np.maximum(below_hz[:, None] - fast.deadband_hz, 0.0)
    plants = np.minimum(fast.kw_per_hz * beyond, fast.room_kw).sum(axis=-1)
    return np.asarray(governor + plants + area.damping_kw_per_hz * below_hz)


class _Shaft:
    def __init__(self, area: Area, loss_kw: FloatArray, fast: Fast, step_s: float) -> None:
        self._area, self._loss, self._fast, self._dt = area, loss_kw, fast, step_s
        shape = np.broadcast_shapes(fast.kw_per_hz.shape, (len(area), fast.kw_per_hz.shape[-1]))
        self._slope = np.broadcast_to(fast.kw_per_hz, shape)
        self._room = np.broadcast_to(fast.room_kw, shape)
        self._left_kws = np.broadcast_to(fast.energy_kwh, shape) * HOUR_S
        self._behind = np.round(fast.delay_s / step_s).astype(np.intp)
        with np.errstate(divide="ignore"):
            self._follow = -np.expm1(-step_s / fast.lag_s)
        self._turn = -np.expm1(-step_s / area.governor_lag_s)
        self._gain = area.nominal_hz / (2 * area.kinetic_kws) * step_s

    def run(self, steps: int) -> Response:
        area, count = self._area, len(self._area)
        below, middle = np.zeros((steps + 1, count)), np.zeros((steps + 1, count))  # deviation downwards
        governor, plants = np.zeros((steps + 1, count)), np.zeros(self._slope.shape)
        given, used = np.zeros((steps + 1, count)), np.zeros(self._slope.shape)
        for k in range(steps):
            middle[k] = below[k] + (below[k] - below[max(k - 1, 0)]) / 2  # of the step ahead: second order
            wanted = np.minimum(area.governor_kw_per_hz * middle[k], area.governor_room_kw)
            governor[k + 1] = governor[k] + self._turn * (wanted - governor[k])
            plants = self._fast_step(middle, k, plants, used)
            used += np.maximum(plants, 0.0) * self._dt
            given[k + 1] = plants.sum(axis=-1)
            damped = area.damping_kw_per_hz * middle[k]
            answer = (governor[k] + governor[k + 1] + given[k] + given[k + 1]) / 2
            below[k + 1] = below[k] + self._gain * (self._loss - answer - damped)
        return self._told(below.T, governor.T, given.T, used)

    def _fast_step(self, middle: FloatArray, k: int, plants: FloatArray, used: FloatArray) -> FloatArray:
        seen = np.where(k >= self._behind, middle[np.maximum(k - self._behind, 0)].T, 0.0)
        over = np.maximum(seen - self._fast.deadband_hz, 0.0) + np.minimum(seen + self._fast.deadband_hz, 0.0)
        wanted = np.clip(self._slope * over, -self._room, self._room)
        wanted = np.where(used >= self._left_kws, np.minimum(wanted, 0.0), wanted)
        return np.asarray(plants + self._follow * (wanted - plants))

    def _told(self, below: FloatArray, governor: FloatArray, given: FloatArray, used: FloatArray) -> Response:
        frequency = self._area.nominal_hz - below
        at = frequency.argmin(axis=1)
        window = max(1, round(ROCOF_WINDOW_S / self._dt))
        change = (frequency[:, window:] - frequency[:, :-window]) / (window * self._dt)
        steepest = np.abs(change).argmax(axis=1)
        rows = np.arange(len(frequency))
        return Response(
            time_s=np.arange(frequency.shape[1], dtype=np.float64) * self._dt,
            frequency_hz=frequency,
            governor_kw=governor,
            fast_kw=given,
            nadir_hz=frequency[rows, at],
            nadir_s=at * self._dt,
            rocof_hz_s=change[rows, steepest],
            settling_hz=frequency[:, -1],
            fast_kwh=used.sum(axis=-1) / HOUR_S,
        )
