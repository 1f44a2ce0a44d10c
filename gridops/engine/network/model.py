"""The network as frozen arrays.

Elements are named by their position. Switches join two nodes; a closed switch makes them one bus (`topology.py`).
What changes from scan to scan (switch positions, tap positions, injections) is never in here: it is an argument.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lines:
    from_node: IntArray
    to_node: IntArray
    r_ohm: FloatArray
    x_ohm: FloatArray
    b_us: FloatArray  # total shunt susceptance, microsiemens
    rated_a: FloatArray  # 0: no rating known, loading is then nan


@dataclass(frozen=True, slots=True)
class Transformers:
    high_node: IntArray
    low_node: IntArray
    rated_s_kva: FloatArray
    high_kv: FloatArray
    low_kv: FloatArray
    short_circuit_voltage_percent: FloatArray
    copper_loss_kw: FloatArray
    iron_loss_kw: FloatArray
    no_load_current_percent: FloatArray
    phase_shift_deg: FloatArray
    tap_on_high_side: BoolArray
    tap_neutral: IntArray
    tap_min: IntArray
    tap_max: IntArray
    tap_step_percent: FloatArray


@dataclass(frozen=True, slots=True)
class Switches:
    from_node: IntArray
    to_node: IntArray


@dataclass(frozen=True, slots=True)
class Shunts:
    node: IntArray
    p_kw: FloatArray  # injection at 1 pu: a conductance is negative
    q_kvar: FloatArray  # injection at 1 pu: a capacitor is positive


@dataclass(frozen=True, slots=True)
class Network:
    nominal_kv: FloatArray  # one per node
    lines: Lines
    transformers: Transformers
    switches: Switches
    shunts: Shunts
    source_node: IntArray
    injection_node: IntArray  # loads, generators and storages, in the order of the caller's arrays

    @property
    def n_nodes(self) -> int:
        return len(self.nominal_kv)
