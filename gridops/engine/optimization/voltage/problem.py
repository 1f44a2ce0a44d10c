"""What a voltage plan is made from: a network over a horizon of steps, and the devices that may be set."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology

UNLIMITED = 10**6  # operations


class Objective(StrEnum):
    """What is made small once the voltages are inside their limits, or as near to them as can be."""

    VIOLATIONS = "violations"  # nothing else; the devices move as little as they can
    LOSS = "loss"  # energy lost in lines and transformers
    CVR = "cvr"  # energy drawn from the sources: conservation by a low voltage
    FLAT = "flat"  # squared distance of every bus from one voltage


@dataclass(frozen=True, slots=True)
class TapChangers:
    """On-load tap changers and line regulators. Transformers of one number in `control` are moved together."""

    transformer: IntArray  # of the network
    control: IntArray  # numbers from 0 without a hole
    initial: IntArray  # position before the first step, per control
    most_operations: IntArray  # positions moved over the horizon, per control

    @property
    def n_controls(self) -> int:
        return len(self.initial)


@dataclass(frozen=True, slots=True)
class CapacitorBanks:
    node: IntArray
    kvar_per_step: FloatArray  # injection at 1 pu, by the square of the voltage; negative: a reactor
    most_steps: IntArray
    initial: IntArray
    most_operations: IntArray  # steps switched over the horizon


@dataclass(frozen=True, slots=True)
class Inverters:
    """Plants and batteries whose reactive power may be set: p² + q² <= s², and no power factor below the least."""

    injection: IntArray  # of the network
    rated_s_kva: FloatArray
    least_power_factor: FloatArray  # 0: only the rating counts


@dataclass(frozen=True, slots=True)
class VoltageProblem:
    """Rows of p_kw and q_kvar are steps, columns the network's injections at 1 pu, positive into the network."""

    network: Network
    topology: Topology
    p_kw: FloatArray  # (T, injections)
    q_kvar: FloatArray
    step_hours: float
    source_voltage_pu: FloatArray  # per source
    tap_position: IntArray  # per transformer: that of those which are not controlled
    low_pu: FloatArray  # per node
    high_pu: FloatArray
    taps: TapChangers
    banks: CapacitorBanks
    inverters: Inverters
    cvr_p: FloatArray  # per injection: percent of power for a percent of voltage, 0 to 2
    cvr_q: FloatArray
    objective: Objective = Objective.LOSS
    flat_pu: float = 1.0

    def __post_init__(self) -> None:
        shape = (len(self.p_kw), len(self.network.injection_node))
        if self.p_kw.shape != shape or self.q_kvar.shape != shape or not len(self.p_kw):
            raise ValueError(
                f"Powers of shape {self.p_kw.shape} and {self.q_kvar.shape}; {shape} with steps is needed."
            )
        if not (np.isfinite(self.p_kw).all() and np.isfinite(self.q_kvar).all()):
            raise ValueError("The powers have gaps: give a number for every injection and step.")
        if (self.low_pu >= self.high_pu).any():
            raise ValueError("A low voltage limit is not below the high one.")
        for factor in (self.cvr_p, self.cvr_q):
            if ((factor < 0) | (factor > 2)).any():
                raise ValueError("A load's answer to voltage (CVR factor) must lie between 0 and 2.")
            if factor[self.inverters.injection].any():
                raise ValueError("A plant whose reactive power is set does not yield to the voltage: give it factor 0.")

    @property
    def n_steps(self) -> int:
        return len(self.p_kw)

    @property
    def reactive_room_kvar(self) -> FloatArray:
        """(T, inverters) what each can give or take, beside its active power."""
        p = np.abs(self.p_kw[:, self.inverters.injection])
        room = np.sqrt(np.maximum(self.inverters.rated_s_kva**2 - p**2, 0.0))
        factor = self.inverters.least_power_factor
        steepest = np.sqrt(1.0 - factor**2) / np.where(factor > 0, factor, 1.0)
        return np.asarray(np.where(factor > 0, np.minimum(room, p * steepest), room), np.float64)

    def tap_range(self) -> tuple[IntArray, IntArray]:
        """Lowest and highest position of each control: what all its transformers have."""
        t, taps = self.network.transformers, self.taps
        low = np.full(taps.n_controls, np.iinfo(np.int32).min, np.int32)
        high = np.full(taps.n_controls, np.iinfo(np.int32).max, np.int32)
        np.maximum.at(low, taps.control, t.tap_min[taps.transformer])
        np.minimum.at(high, taps.control, t.tap_max[taps.transformer])
        return low, high


@dataclass(frozen=True, slots=True)
class SetPoints:
    """Rows are steps; columns tap controls, capacitor banks and inverters."""

    tap: IntArray
    bank: IntArray
    q_kvar: FloatArray

    def operations(self, problem: VoltageProblem) -> tuple[IntArray, IntArray]:
        """Positions moved by each tap control and steps switched in each bank, from the initial ones on."""
        return _moves(problem.taps.initial, self.tap), _moves(problem.banks.initial, self.bank)


def as_found(problem: VoltageProblem) -> SetPoints:
    """Nothing is touched: taps and banks as they stand, reactive powers as the injections have them."""
    steps = problem.n_steps
    return SetPoints(
        tap=np.tile(problem.taps.initial, (steps, 1)).astype(np.int32),
        bank=np.tile(problem.banks.initial, (steps, 1)).astype(np.int32),
        q_kvar=problem.q_kvar[:, problem.inverters.injection].copy(),
    )


def ganged(topology: Topology, network: Network, transformers: IntArray) -> IntArray:
    """Control of each of these transformers: those between the same two buses move as one, lest current circulates."""
    ends = np.stack(
        [
            topology.bus_of_node[network.transformers.high_node[transformers]],
            topology.bus_of_node[network.transformers.low_node[transformers]],
        ],
        axis=1,
    )
    _, control = np.unique(ends, axis=0, return_inverse=True)
    return np.asarray(control, np.int32).reshape(len(transformers))


def _moves(initial: IntArray, track: IntArray) -> IntArray:
    return np.asarray(np.abs(np.diff(track, axis=0, prepend=initial[None, :])).sum(axis=0), np.int32)
