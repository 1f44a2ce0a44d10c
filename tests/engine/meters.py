"""Measurements made from a solved power flow, for the estimator's tests."""

import numpy as np

from gridops.engine.estimation.currents import as_read
from gridops.engine.estimation.measurements import Flows, Injections, Measurements, Sources, Voltages


def read_meters(network, truth, grid, *, sigma_v=0.005, sigma_kw=5.0, rng=None, line_sides=(), nodes=None):
    """Voltage and injection meters at `nodes` (all injection nodes where omitted), flow meters at `line_sides` of all
    lines and at the high side of all transformers, import at all sources; noisy if a generator is given."""
    meters = _Meters(truth, sigma_kw, rng)
    live = ~np.isnan(truth.voltage_pu)
    at = np.unique(network.injection_node) if nodes is None else nodes
    at = at[live[at]].astype(np.int32)
    volts = np.unique(np.concatenate([at, network.source_node[live[network.source_node]]])).astype(np.int32)
    p = np.bincount(network.injection_node, grid.p_kw, network.n_nodes)[at]
    q = np.bincount(network.injection_node, grid.q_kvar, network.n_nodes)[at]
    lines = np.flatnonzero(live[network.lines.from_node]).astype(np.int32)
    flows = [meters.flow("line", lines, side) for side in line_sides]
    transformers = np.flatnonzero(live[network.transformers.high_node]).astype(np.int32)
    sources = np.arange(len(network.source_node), dtype=np.int32)
    value_pu = truth.voltage_pu[volts] + sigma_v * meters.noise(len(volts))
    return Measurements(
        voltages=Voltages(volts, value_pu, np.full(len(volts), sigma_v)),
        injections=Injections(at, *meters.pair(p, q), np.zeros(len(at), bool)),
        line_flows=_join(flows),
        transformer_flows=meters.flow("transformer", transformers, 0),
        sources=Sources(sources, *meters.pair(truth.source_p_kw, truth.source_q_kvar)),
    )


def read_currents(network, truth, *, side, sigma_kw=5.0, rng=None):
    """An ammeter at one end of every live line, as good as a power meter of `sigma_kw`; no angle yet."""
    branch = np.flatnonzero(~np.isnan(truth.voltage_pu[network.lines.from_node])).astype(np.int32)
    node = (network.lines.to_node if side else network.lines.from_node)[branch]
    sigma = sigma_kw / (3**0.5 * network.nominal_kv[node])
    value = (truth.line_i_to_a if side else truth.line_i_from_a)[branch]
    noise = sigma * (rng.standard_normal(len(branch)) if rng else 0.0)
    return as_read(branch, np.full(len(branch), side, np.int32), node, np.abs(value + noise), sigma)


_ENDS = {"line": ("from", "to"), "transformer": ("high", "low")}


class _Meters:
    def __init__(self, truth, sigma, rng):
        self._truth, self._sigma = truth, float(sigma)
        self.noise = rng.standard_normal if rng else np.zeros

    def flow(self, kind, branch, side):
        end = _ENDS[kind][side]
        p = getattr(self._truth, f"{kind}_p_{end}_kw")[branch]
        q = getattr(self._truth, f"{kind}_q_{end}_kvar")[branch]
        return Flows(branch, np.full(len(branch), side, np.int32), *self.pair(p, q))

    def pair(self, p, q):
        sigma = np.full(len(p), self._sigma)
        return p + sigma * self.noise(len(p)), q + sigma * self.noise(len(q)), sigma, sigma.copy()


def _join(flows):
    if not flows:
        return Flows()
    return Flows(*(np.concatenate([getattr(f, name) for f in flows]) for name in Flows.__slots__))
