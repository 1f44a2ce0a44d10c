"""Voltages of the three phases at a node, worked out when somebody asks and kept until the next scan."""

from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.state.adapters import MeterPlan
from apps.state.adapters.phases import PhaseSplit, ThreePhaseState
from apps.state.adapters.security import Blind
from apps.state.choices import Provenance
from apps.state.models import Solution
from apps.state.services.live_state import Configuration, meter_rows
from apps.telemetry import selectors as telemetry

BASIS = "Three-phase power flow of the estimated powers, split between the phases as the network's loads are."
NOTHING: dict[str, Any] = {"phases": [], "voltage_unbalance_percent": None, "phases_basis": ""}


class PhaseFollower:
    """One warm model a process; views of several threads ask it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._configuration: Configuration | None = None
        self._split: PhaseSplit | None = None
        self._scan: tuple[int, datetime] | None = None
        self._state: ThreePhaseState | Blind | None = None

    def state(self, network: AssembledNetwork) -> ThreePhaseState | Blind:
        newest = Solution.objects.filter(network_model_id=network.model_id).only("as_of").newest()
        if newest is None:
            return Blind("There is no scan of this network yet.")
        with self._lock:
            scan = (newest.pk, newest.as_of)
            if self._state is None or scan != self._scan:
                self._state, self._scan = self._solved(network, newest.as_of), scan
            return self._state

    def _solved(self, network: AssembledNetwork, as_of: datetime) -> ThreePhaseState | Blind:
        blocks = telemetry.latest_values()
        configuration = (network.model_id, tuple((block.gateway_id, block.config_version) for block in blocks))
        if self._split is None or configuration != self._configuration:
            self._split = PhaseSplit(network, MeterPlan.build(meter_rows(), network))
            self._configuration = configuration
        return self._split.state(self._split.plan.read(blocks, as_of))


_FOLLOWER = PhaseFollower()


def phases_at(mrid: UUID) -> dict[str, Any]:
    """Nothing for what is no node, and where the network says nothing of its phases."""
    model = assets.current_model()
    network = assets.assembled(model) if model else None
    node = network.nodes.position.get(str(mrid)) if network else None
    if network is None or node is None or not network.phases.are_known:
        return NOTHING
    state = _FOLLOWER.state(network)
    if isinstance(state, Blind):
        return {**NOTHING, "phases_basis": state.reason}
    if not np.isfinite(state.voltage_pu[node]).all():
        return {**NOTHING, "phases_basis": "The node is without supply."}
    return {
        "phases": [_phase(state, node, at, name) for at, name in enumerate("ABC")],
        "voltage_unbalance_percent": round(100 * float(state.voltage_unbalance[node]), 4),
        "phases_basis": BASIS,
    }


def _phase(state: ThreePhaseState, node: int, at: int, name: str) -> dict[str, Any]:
    return {
        "phase": name,
        "voltage_pu": float(state.voltage_pu[node, at]),
        "angle_deg": float(state.angle_deg[node, at]),
        "provenance": Provenance.PSEUDO.name.lower(),
    }
