"""A live state without meters: an imported network at its normal state, with loads as a test wants them."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from apps.assets.models import NetworkModel
from apps.assets.selectors import assembled
from apps.dispatch.models import Proposal
from apps.dispatch.services.scenes import Live, scene_from
from apps.studies.adapters.base import Base

HEAVY, FACTOR = "A", 1.6  # the loads of the first feeder of a ring: more than their cable may carry


def base_of(model: NetworkModel, *, heavy: str = "", factor: float = 1.0) -> Base:
    """heavy: begin of the names of the loads that draw so many times as much."""
    network = assembled(model)
    names = network.injections.name
    scale = np.array([factor if heavy and name.startswith(heavy) else 1.0 for name in names])
    nodes, sources = network.network.n_nodes, len(network.network.source_node)
    return Base(
        injection_p_kw=scale * network.injection.p_kw,
        injection_q_kvar=scale * network.injection.q_kvar,
        rest_p_kw=np.zeros(nodes),
        rest_q_kvar=np.zeros(nodes),
        switch_closed=network.normal_closed.copy(),
        tap_position=network.normal_tap.astype(np.int32),
        source_voltage_pu=network.source_voltage_pu.copy(),
        source_angle_deg=np.zeros(sources),
    )


def live_of(model: NetworkModel, base: Base, as_of: datetime) -> Live:
    return scene_from(base, model, solution=None, as_of=as_of)


def switched(live: Live, proposal: Proposal, *, minutes: float = 1) -> Live:
    """The same hour with the proposal's switches where it wants them."""
    base, position = live.scene.base, assembled(live.model).switches.position
    closed = base.switch_closed.copy()
    for step in proposal.steps:
        closed[position[step["device_mrid"]]] = bool(step["to"])
    return live_of(live.model, replace(base, switch_closed=closed), live.as_of + timedelta(minutes=minutes))


def switched_base(model: NetworkModel, positions: dict[str, bool]) -> Base:
    """The normal state with these switches, by name, closed or open."""
    network, base = assembled(model), base_of(model)
    closed = base.switch_closed.copy()
    for name, is_closed in positions.items():
        closed[network.switches.name.index(name)] = is_closed
    return replace(base, switch_closed=closed)


def later(live: Live, **span: float) -> Live:
    return replace(live, as_of=live.as_of + timedelta(**span))
