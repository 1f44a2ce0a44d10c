"""What plants, batteries and tap changers do without a control room, and the settings that could be made for them."""

from dataclasses import dataclass

import numpy as np

from gridops.simulator.state import TrueState
from tests.studies.week_field import Curves, InverterField

# EN 50549-2 / VDE-AR-N 4110 in kind: no more than a third of the rating as reactive power, from a narrow dead band on.
STEEP = {"var_pu": (0.94, 0.97, 1.01, 1.04), "var_share": (0.33, 0.0, 0.0, -0.33)}


@dataclass(frozen=True)
class Setting:
    """Of all local devices, for good."""

    name: str
    curves: Curves
    target_pu: float | None = None  # of the tap changers; None: the field's own


def family(high_pu: float) -> list[Setting]:
    """Published rules, and their settings moved to the field's limit; caps and targets that a planner could choose."""
    end = (high_pu - 0.02, high_pu)
    late = (high_pu - 0.005, high_pu)
    return [
        Setting("IEEE 1547 B, as shipped", Curves()),
        Setting("IEEE 1547 B, volt-watt to the limit", Curves(watt_pu=end)),
        Setting("steep volt-var, target 0.99", Curves(watt_pu=late, **STEEP), 0.99),
        Setting("the same, cap 70 %", Curves(watt_pu=late, cap=0.70, **STEEP), 0.99),
        Setting("the same, cap 60 %", Curves(watt_pu=late, cap=0.60, **STEEP), 0.99),
        Setting("the same, cap 50 %", Curves(watt_pu=late, cap=0.50, **STEEP), 0.99),
    ]


class LocalRules:
    """Every battery takes what its own node has too much and gives what it lacks."""

    def __init__(self, field: InverterField, target_pu: float | None = None) -> None:
        self.field = field
        if target_pu is not None:
            field.regulators.target_pu[:] = target_pu

    def act(self, state: TrueState | None) -> None:
        field, truth = self.field, self.field.truth
        if state is None:
            return
        node = truth.network.injection_node
        p = state.p_kw.copy()
        p[truth.storages] = 0.0
        surplus = np.bincount(node, p, truth.network.n_nodes)[node[truth.storages]]
        shared = np.bincount(node[truth.storages], minlength=truth.network.n_nodes)[node[truth.storages]]
        rated = truth.rated_kva[truth.storages]
        field.plants.setpoint_kw[truth.storages] = -np.clip(surplus / shared, -rated, rated)
