import numpy as np

from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow


def settled(grid, target):
    network = grid.network
    count = len(network.transformers.high_node)
    flow = PowerFlow(network, resolve(network, np.ones(len(network.switches.from_node), bool)))

    def solve(taps):
        return flow.solve(
            p_kw=grid.p_kw,
            q_kvar=grid.q_kvar,
            tap_position=taps,
            source_voltage_pu=grid.source_voltage_pu,
        )

    return settled_taps(
        network,
        solve,
        tap_position=np.zeros(count, np.int32),
        is_regulating=np.ones(count, bool),
        target_pu=np.full(count, target),
    )


def test_regulators_bring_their_low_side_within_a_step_of_the_target(mv_urban):
    transformers = mv_urban.network.transformers
    for target in (0.99, 1.03):
        state, taps = settled(mv_urban, target)
        off = 100 * np.abs(state.voltage_pu[transformers.low_node] - target)
        free = (taps > transformers.tap_min) & (taps < transformers.tap_max)
        assert state.converged and free.any()
        assert (off[free] < transformers.tap_step_percent[free]).all()


def test_taps_stay_inside_their_range(mv_urban):
    transformers = mv_urban.network.transformers
    _, taps = settled(mv_urban, 1.9)
    assert ((taps >= transformers.tap_min) & (taps <= transformers.tap_max)).all()
