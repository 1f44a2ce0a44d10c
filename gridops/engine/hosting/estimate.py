"""About what each node can host: from the slopes of one solved state, before any power flow with an addition.

The voltages are taken to move along a straight line, and so do the currents as phasors, whose magnitudes then follow a
parabola. It is a guess for the search, whose answer is that of the full power flow whatever is guessed.
"""

from dataclasses import replace

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA, ComplexArray
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.point import Point, Points, Setting
from gridops.engine.security.hosting import Addition
from gridops.engine.security.hosting_limits import BusLimits
from gridops.engine.security.screening import Limits
from gridops.engine.security.zones import OperatingPoint
from gridops.engine.units import ROOT_3

AT_ONCE = 256
_LEAST = 1e-15


def estimated_kw(point: OperatingPoint, limits: Limits, nodes: IntArray, addition: Addition) -> FloatArray:
    """One per node; nan where it has no supply, or the state or its slopes are not known."""
    everywhere = np.arange(point.network.n_nodes, dtype=np.int32)
    network = replace(point.network, injection_node=everywhere)
    points = Points(Setting(network, point.topology, point.tap_position, point.source_voltage_pu))
    estimate = np.full(len(nodes), np.nan)
    bus = points.compiled.live_bus_of_node[nodes]
    try:
        solved = points.at(np.nan_to_num(point.node_p_kw), np.nan_to_num(point.node_q_kvar))
    except ValueError:
        return estimate
    if solved is None:
        return estimate
    room = _Room(solved, limits)
    live = np.flatnonzero(bus >= 0)
    for start in range(0, len(live), AT_ONCE):
        chosen = live[start : start + AT_ONCE]
        estimate[chosen] = room.kw(bus[chosen], _per_kw(addition))
    return estimate


def _per_kw(addition: Addition) -> complex:
    """Into the bus, pu; an inverter that follows its voltage is taken where the voltage is high."""
    curve = addition.volt_var
    ratio = addition.q_per_kw if curve is None else curve.share[-1] / 2
    return addition.direction * (1 + 1j * ratio) / BASE_KVA


class _Room:
    """What is left to each limit."""

    def __init__(self, point: Point, limits: Limits) -> None:
        self._point = point
        c, network = point.compiled, point.setting.network
        size, ends = np.abs(point.voltage), point.ends
        self._current: ComplexArray = ends.y_self * point.voltage[ends.bus] + ends.y_mutual * point.voltage[ends.other]
        bounds = BusLimits.of(network, c, limits)
        rated = np.concatenate([bounds.rated_from_a, bounds.rated_to_a])
        allowed = rated * ROOT_3 * c.bus_kv[ends.bus] / BASE_KVA  # pu at full loading
        loading = np.fmax(*np.split(np.abs(self._current) / allowed, 2))
        bounds = bounds.relieved(size, loading)
        self._most = np.tile(bounds.over_from, 2) * allowed
        self._rise = np.minimum(bounds.high_from - size, bounds.most_rise_pu)
        self._fall = size - bounds.low_from

    def kw(self, buses: IntArray, per_kw: complex) -> FloatArray:
        """For an addition at each of these live buses by itself."""
        voltage, ends = self._point.voltage, self._point.ends
        n = len(voltage)
        injected = np.zeros((n, len(buses)), np.complex128)
        injected[buses, np.arange(len(buses))] = per_kw
        moved = self._point.slopes.forward(injected)
        size = np.abs(voltage)[:, None] * moved[n:]
        rise = np.where(size > _LEAST, self._rise[:, None] / np.maximum(size, _LEAST), np.inf)
        fall = np.where(size < -_LEAST, self._fall[:, None] / np.maximum(-size, _LEAST), np.inf)
        phasor = voltage[:, None] * (moved[n:] + 1j * moved[:n])
        slope = ends.y_self[:, None] * phasor[ends.bus] + ends.y_mutual[:, None] * phasor[ends.other]
        volts: FloatArray = np.minimum(rise, fall).min(axis=0)
        return np.minimum(volts, self._until_full(slope))

    def _until_full(self, slope: ComplexArray) -> FloatArray:
        """Where |I + t dI| reaches what is allowed, of the first branch."""
        square = np.maximum(np.square(slope.real) + np.square(slope.imag), _LEAST**2)
        along = (self._current.conj()[:, None] * slope).real
        left = (self._most**2 - np.abs(self._current) ** 2)[:, None]
        reached = (np.sqrt(np.maximum(along**2 + square * left, 0.0)) - along) / square
        return np.asarray(np.nanmin(np.where(np.isfinite(reached), reached, np.inf), axis=0, initial=np.inf))
