"""The solved state of a network, in the caller's order of elements."""

from dataclasses import dataclass

from gridops.engine.network.model import FloatArray


@dataclass(frozen=True, slots=True)
class GridState:
    """Signs and bases as in `gridops.engine.quantities`. Not solved: every array is nan."""

    voltage_pu: FloatArray  # one per node, nan where dead
    angle_deg: FloatArray
    line_p_from_kw: FloatArray
    line_q_from_kvar: FloatArray
    line_p_to_kw: FloatArray
    line_q_to_kvar: FloatArray
    line_i_from_a: FloatArray
    line_i_to_a: FloatArray
    line_loading: FloatArray  # larger current of both ends over the rating
    transformer_p_high_kw: FloatArray
    transformer_q_high_kvar: FloatArray
    transformer_p_low_kw: FloatArray
    transformer_q_low_kvar: FloatArray
    transformer_i_high_a: FloatArray
    transformer_i_low_a: FloatArray
    transformer_loading: FloatArray  # larger current of both ends over its side's rated current
    source_p_kw: FloatArray
    source_q_kvar: FloatArray
    losses_kw: float  # in lines and transformers
    converged: bool
    reason: str  # empty if converged; otherwise what happened, in plain words


@dataclass(frozen=True, slots=True)
class PowerFlowResult(GridState):
    pass
