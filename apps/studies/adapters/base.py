"""The state that a study starts from, as arrays of its own, and those arrays as bytes.

Signs: the engine's, injections positive into the network.
"""

import hashlib
import io
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters import MeterPlan, Readings
from apps.state.adapters.pseudo import Allocator
from apps.state.adapters.security import Blind, LiveState

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Base:
    """Per injection of the network, per node, per switch, per transformer and per source."""

    injection_p_kw: FloatArray
    injection_q_kvar: FloatArray
    rest_p_kw: FloatArray  # what the estimate has at nodes without any element
    rest_q_kvar: FloatArray
    switch_closed: npt.NDArray[np.bool_]
    tap_position: npt.NDArray[np.int32]
    source_voltage_pu: FloatArray
    source_angle_deg: FloatArray

    def digest(self) -> str:
        found = hashlib.sha256()
        for field in fields(self):
            values = getattr(self, field.name)
            found.update(f"{field.name}:{values.dtype.str}:{values.shape}".encode())
            found.update(np.ascontiguousarray(values).tobytes())
        return found.hexdigest()

    def packed(self) -> bytes:
        into = io.BytesIO()
        np.savez_compressed(into, **{field.name: getattr(self, field.name) for field in fields(self)})
        return into.getvalue()

    @classmethod
    def unpacked(cls, raw: bytes) -> "Base":
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def estimated_base(network: AssembledNetwork, plan: MeterPlan, readings: Readings) -> Base | Blind:
    """The state that these readings speak of; what a node takes is shared among its elements."""
    point = LiveState(network, plan).point(readings)
    if isinstance(point, Blind):
        return point
    usual = Allocator(network).allocate(plan.injections_now(readings))
    p, rest_p = _shared(network, point.node_p_kw, usual.element_p_kw)
    q, rest_q = _shared(network, point.node_q_kvar, usual.element_q_kvar)
    return Base(
        injection_p_kw=p,
        injection_q_kvar=q,
        rest_p_kw=rest_p,
        rest_q_kvar=rest_q,
        switch_closed=point.topology.switch_closed,
        tap_position=point.tap_position,
        source_voltage_pu=point.source_voltage_pu,
        source_angle_deg=point.source_angle_deg,
    )


def _shared(network: AssembledNetwork, node_power: FloatArray, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Per element, adding up to the node's power, and what is left at nodes without elements.

    Each element takes what its class says, and of the difference the part that its size is of the node's elements'.
    """
    node, count = network.network.injection_node, network.network.n_nodes
    power = np.nan_to_num(node_power)
    difference = power - np.bincount(node, expected, count)
    size = np.abs(expected) + 1e-6
    share = size / np.bincount(node, size, count)[node]
    has_elements = np.bincount(node, minlength=count) > 0
    return expected + share * difference[node], np.where(has_elements, 0.0, power)
