"""Small networks, written out."""

import numpy as np

from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers


def ints(*values):
    return np.array(values, np.int32)


NO_TRANSFORMERS = Transformers(
    *(ints(), ints()), *(np.zeros(0) for _ in range(8)), np.zeros(0, bool), *(ints(), ints(), ints()), np.zeros(0)
)


def network(n_nodes, lines, *, switches=(), sources=(0,), injections=(), shunt=None, kv=10.0):
    """Equal lines and ideal switches, as pairs of nodes."""
    from_node, to_node = np.array(lines, np.int32).reshape(-1, 2).T
    switch_from, switch_to = np.array(switches, np.int32).reshape(-1, 2).T
    count = len(from_node)
    shunts = Shunts(ints(), np.zeros(0), np.zeros(0))
    if shunt is not None:
        shunts = Shunts(ints(shunt[0]), np.array([shunt[1]]), np.array([shunt[2]]))
    return Network(
        nominal_kv=np.full(n_nodes, kv),
        lines=Lines(from_node, to_node, *(np.full(count, v) for v in (0.3, 0.2, 50.0, 300.0))),
        transformers=NO_TRANSFORMERS,
        switches=Switches(switch_from, switch_to),
        shunts=shunts,
        source_node=ints(*sources),
        injection_node=ints(*injections),
    )


def closed(*positions):
    return np.array(positions, bool)


NO_TAPS = ints()
