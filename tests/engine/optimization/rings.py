"""Small random networks with ties, each line with a switch at its first end."""

import numpy as np

from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.engine.optimization.reconfiguration.operating import Operating

NO_TRANSFORMERS = Transformers(*(np.zeros(0, kind) for kind in ("i4", "i4", *("f8",) * 8, "?", *("i4",) * 3, "f8")))


def ints(values):
    return np.array(values, np.int32)


def operating(ends, *, closed, z_ohm, load_kw, sources=(0,), rated_a=None, source_pu=None, nodes=None, **changes):
    """Lines between nodes; one switch a line, whose line begins at a node of its own. Loads at every node."""
    count, n = len(ends), nodes or 1 + max(max(pair) for pair in ends)
    a, b = ints([pair[0] for pair in ends]), ints([pair[1] for pair in ends])
    z, loads = np.asarray(z_ohm), np.asarray(load_kw)
    network = Network(
        nominal_kv=np.full(n + count, 10.0),
        lines=Lines(
            from_node=ints(np.arange(n, n + count)),
            to_node=b,
            r_ohm=z.real,
            x_ohm=z.imag,
            b_us=np.zeros(count),
            rated_a=np.zeros(count) if rated_a is None else np.asarray(rated_a, float),
        ),
        transformers=NO_TRANSFORMERS,
        switches=Switches(a, ints(np.arange(n, n + count))),
        shunts=Shunts(ints([]), np.zeros(0), np.zeros(0)),
        source_node=ints(sources),
        injection_node=ints(np.arange(n)),
    )
    known = {
        "network": network,
        "switch_closed": np.array(closed, bool),
        "may_operate": np.ones(count, bool),
        "p_kw": -loads.real,
        "q_kvar": -loads.imag,
        "tap_position": ints([]),
        "source_voltage_pu": np.ones(len(sources)) if source_pu is None else np.asarray(source_pu, float),
        "source_angle_deg": np.zeros(len(sources)),
        "low_pu": np.full(n + count, 0.8),
        "high_pu": np.full(n + count, 1.1),
        "customers": np.full(n, 10, np.int32),
        "failures_per_year": np.full(count, 0.1),
    }
    return Operating(**{**known, **changes})


def random_operating(seed, *, nodes=9, ties=3, sources=1):
    """A random tree with random ties; the loads do not reach what the lines can carry."""
    rng = np.random.default_rng(seed)
    tree = [(int(rng.integers(max(0, node - 4), node)), node) for node in range(sources, nodes)]
    while len(tree) < nodes - sources + ties:
        pair = tuple(sorted(rng.choice(nodes, 2, replace=False).tolist()))
        if pair not in tree and pair[1] >= sources:
            tree.append(pair)
    count = len(tree)
    load = rng.uniform(50, 400, nodes) * (1 + 0.5j) * 9 / nodes
    load[:sources] = 0
    return operating(
        tree,
        closed=np.arange(count) < nodes - sources,
        z_ohm=rng.uniform(0.2, 1.5, count) * (1 + 0.7j),
        load_kw=load,
        sources=tuple(range(sources)),
    )
