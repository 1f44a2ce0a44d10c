"""Measurements made from a solved power flow, for the estimator's tests."""

import numpy as np

from gridops.engine.estimation.measurements import Flows, Injections, Measurements, Sources, Voltages


def read_meters(network, truth, grid, *, sigma_v=0.005, sigma_kw=5.0, rng=None, line_sides=(), nodes=None):
    """Voltage and injection meters at `nodes` (all injection nodes where omitted), flow meters at `line_sides` of all
    lines and at the high side of all transformers, import at all sources. Noise of one sigma if a generator is given."""
    noise = (lambda size: rng.standard_normal(size)) if rng else np.zeros
    live = ~np.isnan(truth.voltage_pu)
    at = np.unique(network.injection_node) if nodes is None else nodes
    at = at[live[at]].astype(np.int32)
    volts = np.unique(np.concatenate([at, network.source_node[live[network.source_node]]])).astype(np.int32)
    p = np.bincount(network.injection_node, grid.p_kw, network.n_nodes)[at]
    q = np.bincount(network.injection_node, grid.q_kvar, network.n_nodes)[at]
    lines = np.flatnonzero(live[network.lines.from_node]).astype(np.int32)
    flows = [_flow(truth, "line", lines, side, sigma_kw, noise) for side in line_sides]
    transformers = np.flatnonzero(live[network.transformers.high_node]).astype(np.int32)
    sources = np.arange(len(network.source_node), dtype=np.int32)
    return Measurements(
        voltages=Voltages(volts, truth.voltage_pu[volts] + sigma_v * noise(len(volts)), np.full(len(volts), sigma_v)),
        injections=Injections(at, *_pair(p, q, sigma_kw, noise), np.zeros(len(at), bool)),
        line_flows=_join(flows),
        transformer_flows=_flow(truth, "transformer", transformers, 0, sigma_kw, noise),
        sources=Sources(sources, *_pair(truth.source_p_kw, truth.source_q_kvar, sigma_kw, noise)),
    )


_ENDS = {"line": ("from", "to"), "transformer": ("high", "low")}


def _flow(truth, kind, branch, side, sigma, noise):
    end = _ENDS[kind][side]
    p, q = getattr(truth, f"{kind}_p_{end}_kw")[branch], getattr(truth, f"{kind}_q_{end}_kvar")[branch]
    return Flows(branch, np.full(len(branch), side, np.int32), *_pair(p, q, sigma, noise))


def _pair(p, q, sigma, noise):
    full = np.full(len(p), float(sigma))
    return p + sigma * noise(len(p)), q + sigma * noise(len(q)), full, full.copy()


def _join(flows):
    if not flows:
        return Flows()
    return Flows(*(np.concatenate([getattr(f, name) for f in flows]) for name in Flows.__slots__))
