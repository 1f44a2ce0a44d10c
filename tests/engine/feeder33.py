"""The feeder of Baran and Wu (1989) with a regulated transformer at its head, two capacitor banks and five PV plants.

The feeder's data are pandapower's; the rest is ours: a transformer of 10 MVA with 32 positions of 0.625 %, banks of
three steps of 200 kvar at the ends of the two longest branches, plants of 600 kVA.
"""

from functools import lru_cache

import numpy as np
import pandapower.networks as pn

from gridops.engine.network.model import Network, Transformers
from gridops.engine.network.topology import resolve
from gridops.engine.optimization.voltage.problem import (
    CapacitorBanks,
    Inverters,
    Objective,
    TapChangers,
    VoltageProblem,
)
from tests.engine.networks import Grid, read

BANK_NODES, PLANT_NODES, PLANT_KVA = (17, 32), (7, 13, 21, 24, 30), 600.0
LOW_PU, HIGH_PU = 0.95, 1.05
DEMAND = np.array(
    [45, 41, 39, 38, 40, 46, 58, 70, 75, 76, 77, 80, 80, 76, 73, 73, 77, 88, 97, 100, 95, 84, 68, 54]
) / 100.0  # fmt: skip
SUN = np.clip(np.sin(np.pi * (np.arange(24) - 5.0) / 15.0), 0.0, 1.0)


def feeder33(seed: int, *, steps: int = 24, objective: Objective = Objective.LOSS, most: int = 12) -> VoltageProblem:
    """A seeded day: demand with noise, a sun that is more or less clouded."""
    grid = _feeder()
    network = _with_head(grid.network)
    rng = np.random.default_rng((33, seed))
    p, q = _day(grid, steps, rng)
    injections = len(network.injection_node)
    plants = np.arange(injections - len(PLANT_NODES), injections, dtype=np.int32)
    return VoltageProblem(
        network=network,
        topology=resolve(network, grid.switch_closed),
        p_kw=p,
        q_kvar=q,
        step_hours=24 / steps,
        source_voltage_pu=np.ones(1),
        tap_position=np.zeros(1, np.int32),
        low_pu=np.full(network.n_nodes, LOW_PU),
        high_pu=np.full(network.n_nodes, HIGH_PU),
        taps=TapChangers(_i([0]), _i([0]), _i([0]), _i([most])),
        banks=CapacitorBanks(_i(BANK_NODES), np.full(2, 200.0), _i([3, 3]), _i([1, 1]), _i([most, most])),
        inverters=Inverters(plants, np.full(len(plants), PLANT_KVA), np.zeros(len(plants))),
        cvr_p=np.zeros(injections),
        cvr_q=np.zeros(injections),
        objective=objective,
    )


@lru_cache(maxsize=1)
def _feeder() -> Grid:
    return read(pn.case33bw())


def _day(grid, steps, rng):
    hour = np.arange(steps) * 24 // steps
    demand = DEMAND[hour, None] * (1 + 0.05 * rng.standard_normal((steps, len(grid.p_kw))))
    sun = SUN[hour, None] * rng.uniform(0.3, 1.0) * np.ones((1, len(PLANT_NODES)))
    p = np.hstack([grid.p_kw * demand, PLANT_KVA * sun])
    return p, np.hstack([grid.q_kvar * demand, 0 * sun])


def _with_head(network: Network) -> Network:
    """The source feeds the first node over a transformer from a node of its own."""
    fields = {name: getattr(network, name) for name in Network.__slots__}
    source = network.n_nodes
    kv = float(network.nominal_kv[0])
    head = Transformers(
        high_node=_i([source]),
        low_node=network.source_node,
        rated_s_kva=_f(10_000.0),
        high_kv=_f(kv),
        low_kv=_f(kv),
        short_circuit_voltage_percent=_f(8.0),
        copper_loss_kw=_f(45.0),
        iron_loss_kw=_f(6.0),
        no_load_current_percent=_f(0.1),
        phase_shift_deg=_f(0.0),
        tap_on_high_side=np.array([True]),
        tap_neutral=_i([0]),
        tap_min=_i([-16]),
        tap_max=_i([16]),
        tap_step_percent=_f(0.625),
    )
    return Network(
        **fields
        | {
            "nominal_kv": np.append(network.nominal_kv, kv),
            "transformers": head,
            "source_node": _i([source]),
            "injection_node": np.concatenate([network.injection_node, _i(PLANT_NODES)]),
        }
    )


def _i(values):
    return np.array(values, np.int32)


def _f(value):
    return np.array([value])
