"""Set-points for the next step: taps, reactive power, and the least held back, so that surprises stay inside too.

What the next step may differ by is given as samples, as forecasts were wrong by before: of all injections at once, so
that what goes together stays together. Of a plant that is held back nothing can come beyond its order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.envelopes import Bounds
from gridops.engine.optimization.least_held import Held, Limits, Units, least_held
from gridops.engine.optimization.point import Point, Points, branch_loading
from gridops.engine.optimization.sensitivities import loading_rows, voltage_rows

ORDER_KW = 1.0  # below what is wanted: from here on a plant gets an order
WORTH_A_MOVE = 15.0  # kW held back, or as much beyond limits, that another position of the taps has to save
PASSES = 2  # of margins, each about the last answer


@dataclass(frozen=True, slots=True)
class Expected:
    """Injections, positive into the network."""

    p_kw: FloatArray  # (injections,)
    q_kvar: FloatArray
    surprise_kw: FloatArray  # (samples, injections) that the step may differ by; may have no rows
    level: float  # share of the samples that limits are kept in, each limit by itself


@dataclass(frozen=True, slots=True)
class Offset:
    """By how much what was measured lay above what the model said of the same injections."""

    voltage_pu: FloatArray  # per node; nan where nothing is known
    loading: FloatArray  # per line, then per transformer


@dataclass(frozen=True, slots=True)
class Chosen:
    tap: int  # key of the setting
    held: Held
    limits: Limits  # with what was kept for surprises


def set_points(
    settings: Mapping[int, Points], units: Units, bounds: Bounds, expected: Expected, offset: Offset | None = None
) -> Chosen | None:
    """The best of the settings of taps, the first of which stands now; None where none has a power flow.

    Another position is taken only if it saves more than WORTH_A_MOVE, and is only tried where that can be.
    """
    best: tuple[int, Held, Limits] | None = None
    for tap, points in settings.items():
        point = points.at(expected.p_kw, expected.q_kvar)
        if point is None:
            continue
        limits = _shifted(Limits.of(point, bounds), point, offset)
        held = least_held(points, units, limits, p_kw=expected.p_kw, q_kvar=expected.q_kvar)
        if held is not None and (best is None or held.whole < best[1].whole - WORTH_A_MOVE):
            best = (tap, held, limits)
        if best is not None and best[1].whole < WORTH_A_MOVE:
            break
    return None if best is None else _with_margins(settings[best[0]], units, expected, Chosen(*best))


def _with_margins(points: Points, units: Units, expected: Expected, plain: Chosen) -> Chosen:
    held, limits = plain.held, plain.limits
    for _ in range(PASSES if len(expected.surprise_kw) else 0):
        limits = _kept(plain.limits, held, units, expected)
        p, q = expected.p_kw.copy(), expected.q_kvar.copy()
        p[units.injection], q[units.injection] = held.p_kw, held.q_kvar
        held = least_held(points, units, limits, p_kw=p, q_kvar=q) or held
    return Chosen(plain.tap, held, limits)


def _shifted(limits: Limits, point: Point, offset: Offset | None) -> Limits:
    if offset is None:
        return limits
    c = point.compiled
    bus = c.live_bus_of_node[c.nodes]
    count = np.maximum(np.bincount(bus, minlength=c.n_buses), 1)
    above = np.bincount(bus, np.nan_to_num(offset.voltage_pu[c.nodes]), c.n_buses) / count
    lines = len(point.setting.network.lines.from_node)
    live = np.concatenate([c.lines, lines + c.transformers])
    loading = limits.loading - np.nan_to_num(offset.loading[live])
    return Limits(limits.low_pu - above, limits.high_pu - above, loading)


def _kept(limits: Limits, held: Held, units: Units, expected: Expected) -> Limits:
    """Limits drawn in by what the samples move each quantity by, at the level that is asked for."""
    point = held.point
    moved = _moved(held, units, expected)
    c = point.compiled
    bus = c.live_bus_of_node[point.setting.network.injection_node]
    live = bus >= 0
    into = np.zeros((len(moved), c.n_buses))
    np.add.at(into.T, bus[live], moved[:, live].T)
    every = np.arange(c.n_buses, dtype=np.int32)
    volts = voltage_rows(point, every).by_kw @ into.T
    branch = np.flatnonzero(np.isfinite(branch_loading(point))).astype(np.int32)
    loads = np.zeros(point.n_branches)
    loads[branch] = _quantile(loading_rows(point, branch).by_kw @ into.T, expected.level)
    high, low = _quantile(volts, expected.level), _quantile(-volts, expected.level)
    half = (limits.high_pu - limits.low_pu) / 4  # where surprises are wider than the band, its middle stays
    return replace(
        limits,
        high_pu=limits.high_pu - np.minimum(high, half),
        low_pu=limits.low_pu + np.minimum(low, half),
        loading=limits.loading - np.minimum(loads, 0.5),
    )


def _moved(held: Held, units: Units, expected: Expected) -> FloatArray:
    """(samples, injections) kW beside the set-points."""
    moved = expected.surprise_kw.copy()
    own, wanted = held.p_kw, units.wanted_kw
    free = np.clip(wanted + moved[:, units.injection], np.minimum(wanted, 0.0), units.rated_s_kva)
    ordered = np.where(own < wanted - ORDER_KW, np.minimum(free, own), free)
    moved[:, units.injection] = np.where(units.is_led, own, ordered) - own
    return moved


def _quantile(rows: FloatArray, level: float) -> FloatArray:
    return np.asarray(np.maximum(np.quantile(rows, level, axis=1), 0.0), np.float64)
