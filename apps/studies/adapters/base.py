"""The state that a study starts from, as arrays of its own, and those arrays as bytes.

Signs: the engine's, injections positive into the network.
"""

import hashlib
import io
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters import MeterPlan, Readings
from apps.state.adapters.plants import PlantMeters
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
    # Per injection: what hangs at its node has a meter that tells now. Empty where that is not known.
    injection_is_metered: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def digest(self) -> str:
        found = hashlib.sha256()
        for one in fields(self):
            values = getattr(self, one.name)
            found.update(f"{one.name}:{values.dtype.str}:{values.shape}".encode())
            found.update(np.ascontiguousarray(values).tobytes())
        return found.hexdigest()

    def packed(self) -> bytes:
        into = io.BytesIO()
        np.savez_compressed(into, **{one.name: getattr(self, one.name) for one in fields(self)})
        return into.getvalue()

    @classmethod
    def unpacked(cls, raw: bytes) -> "Base":
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            return cls(**{one.name: arrays[one.name] for one in fields(cls) if one.name in arrays})


def estimated_base(network: AssembledNetwork, plan: MeterPlan, readings: Readings) -> Base | Blind:
    """The state that these readings speak of; what a node takes is shared among its elements.

    Plants and batteries with a meter of their own feed in what it says.
    """
    point = LiveState(network, plan).point(readings)
    if isinstance(point, Blind):
        return point
    metered, own = plan.injections_now(readings), PlantMeters(plan.rows, network).told(readings)
    usual = Allocator(network).allocate(metered, own)
    guessed = np.ones(len(network.injections), np.bool_)
    guessed[own[0]] = False
    p, rest_p = _shared(network, point.node_p_kw, usual.element_p_kw, guessed)
    q, rest_q = _shared(network, point.node_q_kvar, usual.element_q_kvar, np.ones_like(guessed))
    return Base(
        injection_p_kw=p,
        injection_q_kvar=q,
        rest_p_kw=rest_p,
        rest_q_kvar=rest_q,
        switch_closed=point.topology.switch_closed,
        tap_position=point.tap_position,
        source_voltage_pu=point.source_voltage_pu,
        source_angle_deg=point.source_angle_deg,
        injection_is_metered=np.isin(network.network.injection_node, metered.node),
    )


def _shared(
    network: AssembledNetwork, node_power: FloatArray, expected: FloatArray, guessed: npt.NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Per element, adding up to the node's power, and what is left at nodes without elements.

    Each element takes what is expected, and of the difference what its size is of the node's guessed elements.
    """
    node, count = network.network.injection_node, network.network.n_nodes
    power = np.nan_to_num(node_power)
    difference = power - np.bincount(node, expected, count)
    size = np.where(guessed, np.abs(expected) + 1e-6, 1e-9)
    share = size / np.bincount(node, size, count)[node]
    has_elements = np.bincount(node, minlength=count) > 0
    return expected + share * difference[node], np.where(has_elements, 0.0, power)
