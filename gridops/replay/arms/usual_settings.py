"""Settings that a planner makes once: targets of the tap changers and open points of the season."""

from typing import Final

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.network.topology import resolve
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.optimization.reconfiguration.plan import Aims, CannotReconfigure, plan
from gridops.engine.optimization.reconfiguration.sequence import Step
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow
from gridops.replay.arms.usual_map import Hour, Map

OFFSETS_PU: Final = (-0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03)
UNSOLVED_PU: Final = 1.0  # what an hour without a solution counts as
MOST_OPERATIONS: Final = 12
WORTH: Final = 0.01  # of the losses: a season's change of open points saves at least that much


def best_offset(
    here: Map, hours: list[Hour], *, closed: BoolArray, tap: np.ndarray, regulates: BoolArray, target_pu: FloatArray
) -> float:
    """What all targets are raised by: first the limits of voltage, then the losses, over the sampled hours."""
    if not regulates.any():
        return 0.0
    flow = PowerFlow(here.network, resolve(here.network, closed))
    worth = {
        offset: _worth(here, flow, hours, tap=tap, regulates=regulates, target_pu=target_pu + offset)
        for offset in OFFSETS_PU
    }
    return min(OFFSETS_PU, key=lambda offset: (*worth[offset], abs(offset)))


def _worth(
    here: Map, flow: PowerFlow, hours: list[Hour], *, tap: np.ndarray, regulates: BoolArray, target_pu: FloatArray
) -> tuple[float, float]:
    outside, lost = 0.0, 0.0
    for hour in hours:
        state, _ = settled_taps(
            here.network,
            lambda taps, hour=hour: flow.solve(  # type: ignore[misc]
                p_kw=hour.p_kw,
                q_kvar=hour.q_kvar,
                tap_position=taps,
                source_voltage_pu=here.source_voltage_pu,
                source_angle_deg=here.source_angle_deg,
            ),
            tap_position=tap,
            is_regulating=regulates,
            target_pu=target_pu,
        )
        if not state.converged:
            outside += UNSOLVED_PU
            continue
        beyond = np.maximum(here.low_pu - state.voltage_pu, state.voltage_pu - here.high_pu)
        outside += float(np.maximum(np.nan_to_num(beyond), 0.0).sum())
        lost += state.losses_kw
    return round(outside, 6), lost


def seasonal_steps(here: Map, mean: Hour, *, closed: BoolArray, tap: np.ndarray, seed: int) -> tuple[Step, ...]:
    """The switching to the open points of the season, make before break; empty where nothing is worth it."""
    operating = Operating(
        network=here.network,
        switch_closed=closed,
        may_operate=here.may_operate,
        p_kw=mean.p_kw,
        q_kvar=mean.q_kvar,
        tap_position=tap,
        source_voltage_pu=here.source_voltage_pu,
        source_angle_deg=here.source_angle_deg,
        low_pu=here.low_pu,
        high_pu=here.high_pu,
        customers=here.customers.astype(np.int32),
        failures_per_year=np.zeros(len(here.network.lines.from_node)),
    )
    try:
        found = plan(operating, Aims(most_operations=MOST_OPERATIONS, descents=1), np.random.default_rng(seed))
    except CannotReconfigure:
        return ()
    is_better = found.before.losses_kw - found.after.losses_kw > WORTH * found.before.losses_kw
    return found.order.steps if is_better and found.breach_after <= found.breach_before else ()
