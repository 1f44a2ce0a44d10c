"""Operating envelopes of every connection point of the live network, now and over the hours ahead.

A connection point is a node with loads, plants or batteries. It asks for what is connected there: a consumer for the
most that it is expected to draw within the time, a plant for its rating, a battery for its rating both ways. From what
is expected, all points go towards what they ask for by the same share first, as far as every use inside stays safe.

Signs: the engine's powers are injections; what comes out has imports and exports, neither of them signed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork
from apps.dispatch.adapters.expected import STEP, Ahead
from apps.dispatch.adapters.scene import Scene
from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.optimization.envelopes import Bounds, Connections, envelopes
from gridops.engine.optimization.point import Points, Setting
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import PowerFlowResult

# Buses up to which a row stands for so many quarter hours: a run has to end within seconds.
ROWS = ((700, 4), (2_500, 8), (6_000, 16))
LONGEST_ROW = 32
_SHARES = tuple(np.linspace(1.0, 0.0, 11).tolist())
_SPARE_PU, _SPARE_LOADING = 5e-4, 5e-3


@dataclass(frozen=True, slots=True)
class Limits:
    """Rows are intervals, columns connection points; kW."""

    nodes: IntArray  # positions in the network
    starts: Sequence[datetime]
    ends_at: datetime
    import_kw: FloatArray
    export_kw: FloatArray
    expected_kw: FloatArray  # drawn; what is fed in is negative
    asked_import_kw: FloatArray  # per point
    asked_export_kw: FloatArray
    intervals: Sequence[dict[str, Any]]


def envelopes_of(scene: Scene, ahead: Ahead, highest_draw_kw: FloatArray) -> Limits:
    """highest_draw_kw: per injection, the most that a consumer is expected to draw within the time (not negative)."""
    network = scene.place.network
    found, back = np.unique(network.network.injection_node, return_inverse=True)
    nodes, at = found.astype(np.int32), back.astype(np.int32)
    asked_in, asked_out = _asked(network, at, len(nodes), highest_draw_kw)
    rows = _rows(ahead, _quarters(int(scene.before.studied.point.topology.n_buses)))
    field = _Field(scene, nodes, at, asked_in, asked_out)
    told = [field.interval(p, q, is_now=number == 0) for number, (_, p, q) in enumerate(rows)]
    return Limits(
        nodes=nodes,
        starts=[start for start, _, _ in rows],
        ends_at=ahead.starts_at[-1] + STEP,
        import_kw=np.array([one.take for one in told]),
        export_kw=np.array([one.give for one in told]),
        expected_kw=np.array([-np.bincount(at, p, len(nodes)) for _, p, _ in rows]),
        asked_import_kw=asked_in,
        asked_export_kw=asked_out,
        intervals=[one.told for one in told],
    )


def _asked(
    network: AssembledNetwork, at: IntArray, count: int, highest_draw_kw: FloatArray
) -> tuple[FloatArray, FloatArray]:
    kind, rated = network.injection.kind, network.injection.rated_s_kva
    take = np.where(kind == CONSUMER, highest_draw_kw, np.where(kind == BATTERY, rated, 0.0))
    give = np.where(kind == CONSUMER, 0.0, np.maximum(rated, np.where(kind == GENERATOR, network.injection.p_kw, 0.0)))
    return _sums(at, take, count), _sums(at, give, count)


def _sums(at: IntArray, values: FloatArray, count: int) -> FloatArray:
    return np.asarray(np.bincount(at, values, count), np.float64)


def _quarters(buses: int) -> int:
    return next((quarters for most, quarters in ROWS if buses <= most), LONGEST_ROW)


def _rows(ahead: Ahead, quarters: int) -> list[tuple[datetime, FloatArray, FloatArray]]:
    """Now as it is, then means of so many quarter hours."""
    rows = [(ahead.starts_at[0], ahead.p_kw[0], ahead.q_kvar[0])]
    for first in range(1, len(ahead.p_kw), quarters):
        part = slice(first, first + quarters)
        rows.append((ahead.starts_at[first], ahead.p_kw[part].mean(axis=0), ahead.q_kvar[part].mean(axis=0)))
    return rows


@dataclass(frozen=True, slots=True)
class _Interval:
    take: FloatArray
    give: FloatArray
    told: dict[str, Any]


class _Field:
    """The live network with one more injection at each connection point: how far it leaves what is expected."""

    def __init__(self, scene: Scene, nodes: IntArray, at: IntArray, take: FloatArray, give: FloatArray) -> None:
        network, base = scene.place.network, scene.base
        arrays = network.network
        everywhere = np.arange(arrays.n_nodes, dtype=np.int32)
        place = [arrays.injection_node, everywhere, nodes]
        self._arrays: Network = replace(arrays, injection_node=np.concatenate(place))
        self._scene, self._at, self._take, self._give = scene, at, take, give
        self._is_plant = network.injection.kind != CONSUMER
        self._rest = np.nan_to_num(base.rest_p_kw), np.nan_to_num(base.rest_q_kvar)
        self._own = np.zeros(len(nodes))
        self._first = len(arrays.injection_node) + len(everywhere)
        self._bounds = Bounds(network.node.low_pu, network.node.high_pu)
        self._topology = scene.before.studied.point.topology
        self._live = self._topology.node_energised[nodes]
        self._flow = PowerFlow(self._arrays, self._topology)

    def interval(self, p: FloatArray, q: FloatArray, *, is_now: bool) -> _Interval:
        begun = time.perf_counter()
        taps = self._scene.base.tap_position if is_now else self._settled(p, q)
        setting = Setting(self._arrays, self._topology, taps, self._scene.base.source_voltage_pu)
        centre, plants, loads = self._centre(Points(setting), p, q)
        middle = np.bincount(self._at, centre, len(self._own))
        asked = Connections(
            injection=(self._first + np.arange(len(self._own))).astype(np.int32),
            most_import_kw=np.maximum(middle + self._take, 0.0),
            most_export_kw=np.maximum(self._give - middle, 0.0),
        )
        whole = self._whole(centre, q)
        found = envelopes(setting, asked, self._bounds, p_kw=whole[0][None], q_kvar=whole[1][None])[0]
        told = {
            "share": round(found.share, 4),
            "confirmed": found.confirmed,
            "corners": found.corners,
            "reason": found.reason,
            "plants_share": round(plants, 2),
            "loads_share": round(loads, 2),
            "seconds": round(time.perf_counter() - begun, 2),
        }
        take, give = (
            np.where(self._live, limit, 0.0) for limit in (found.import_kw - middle, found.export_kw + middle)
        )
        return _Interval(take, give, told)

    def _whole(self, p: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.concatenate([p, self._rest[0], self._own]), np.concatenate([q, self._rest[1], self._own])

    def _settled(self, p: FloatArray, q: FloatArray) -> IntArray:
        """Where the regulators of the field would move the taps by then."""
        network, base = self._scene.place.network, self._scene.base
        power = self._whole(p, q)

        def solve(taps: IntArray) -> PowerFlowResult:
            return self._flow.solve(
                p_kw=power[0], q_kvar=power[1], tap_position=taps, source_voltage_pu=base.source_voltage_pu
            )

        _, taps = settled_taps(
            network.network,
            solve,
            tap_position=base.tap_position,
            is_regulating=network.is_regulating,
            target_pu=network.target_pu,
        )
        return taps

    def _centre(self, points: Points, p: FloatArray, q: FloatArray) -> tuple[FloatArray, float, float]:
        """What is expected; where that breaks a limit, with less of the plants, then of the loads, until none is."""
        for plants, loads in [(share, 1.0) for share in _SHARES] + [(0.0, share) for share in _SHARES[1:]]:
            centre = p * np.where(self._is_plant, plants, loads)
            if self._is_safe(points.result(*self._whole(centre, q))):
                return centre, plants, loads
        return p, 1.0, 1.0

    def _is_safe(self, found: PowerFlowResult) -> bool:
        if not found.converged:
            return False
        beyond = np.fmax(found.voltage_pu - self._bounds.high_pu, self._bounds.low_pu - found.voltage_pu)
        loading = np.concatenate([found.line_loading, found.transformer_loading, [0.0]])
        return bool(np.nanmax(beyond) < -_SPARE_PU and np.nanmax(loading) < self._bounds.loading - _SPARE_LOADING)
