"""Where inverters stand: how strong the network is there, and the volt-var answers that hold the loss of a plant."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.renewables.adapters.stability_parts import Answerer, Losable
from gridops.engine.security.short_circuit import Infeed
from gridops.engine.security.zones import OperatingPoint
from gridops.engine.stability.reactive import Inverters, volt_var_shares
from gridops.engine.stability.strength import short_circuit_ratios

PERCENT = 100.0


def strengths(
    network: AssembledNetwork,
    point: OperatingPoint,
    plants: Sequence[Losable | Answerer],
    *,
    source_mva: float,
    source_rx: float,
) -> list[dict[str, Any]]:
    """The weakest first; plants that the live network does not have are left out."""
    found = [(plant, network.node_at(str(plant.mrid))) for plant in plants]
    known = [(plant, node) for plant, node in found if node is not None]
    if not known:
        return []
    nodes = np.array([node for _, node in known], np.int32)
    rated = np.array([plant.rated_kw for plant, _ in known])
    count = len(network.network.source_node)
    infeed = Infeed(np.full(count, source_mva), np.full(count, source_rx))
    ratios = short_circuit_ratios(network.network, point.topology, nodes, rated, infeed=infeed)
    rows = [
        {
            "mrid": str(plant.mrid),
            "name": plant.name,
            "rated_kva": plant.rated_kw,
            "power_mva": _number(ratios.power_mva[n]),
            "ratio": _number(ratios.ratio[n]),
            "strength": ratios.strength[n].value,
        }
        for n, (plant, _) in enumerate(known)
    ]
    return sorted(rows, key=lambda row: np.inf if row["ratio"] is None else row["ratio"])


def volt_var(
    network: AssembledNetwork,
    point: OperatingPoint,
    lost: Losable,
    answerers: Sequence[Answerer],
    *,
    allowed_drop_pu: float,
) -> dict[str, Any]:
    """Of the present state, with the plant's power of this hour gone; empty where the network does not have it."""
    node = network.node_at(str(lost.mrid))
    able = [(one, at) for one in answerers if one.takes_volt_var and (at := network.node_at(str(one.mrid))) is not None]
    if node is None:
        return {}
    lost_kw = np.zeros(network.network.n_nodes)
    lost_kw[node] = lost.kw[0]
    rated = np.array([one.rated_kw for one, _ in able])
    power = np.array([one.power_kw for one, _ in able])
    room = np.sqrt(np.maximum(rated**2 - power**2, 0.0))
    inverters = Inverters(np.array([at for _, at in able], np.int32), rated, room)
    found = volt_var_shares(point, lost_kw, np.zeros(len(lost_kw)), inverters, allowed_drop_pu=allowed_drop_pu)
    return {
        "loss_name": lost.name,
        "loss_kw": float(lost.kw[0]),
        "worst_drop_pu": _number(found.worst_drop_pu),
        "worst_drop_with_pu": _number(found.worst_drop_with_pu),
        "allowed_drop_pu": allowed_drop_pu,
        "holds": found.holds,
        "text": found.reason,
        "plants": [
            {
                "mrid": str(one.mrid),
                "name": one.name,
                "percent": float(np.ceil(PERCENT * found.share[n])),
                "kvar": float(found.kvar[n]),
            }
            for n, (one, _) in enumerate(able)
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
