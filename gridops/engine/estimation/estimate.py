"""What the estimator answers."""

from dataclasses import dataclass

from gridops.engine.estimation.measurements import MeasurementKind
from gridops.engine.estimation.observability import Observability
from gridops.engine.estimation.residuals import Residuals
from gridops.engine.network.model import FloatArray
from gridops.engine.powerflow.state import GridState


@dataclass(frozen=True, slots=True)
class BadDatum:
    """A measurement that the others contradict."""

    kind: MeasurementKind
    index: int  # position in its group of the measurements
    quantity: str  # 'v', 'p', 'q' or 'i'
    measured: float
    estimated: float  # by all the others
    normalised_residual: float  # in its own standard deviations; signed


@dataclass(frozen=True, slots=True)
class Estimate(GridState):
    """A GridState with what is known about its goodness. Not solved: arrays are nan, `reason` says why."""

    node_p_kw: FloatArray  # estimated net injection of loads, generators and storages at each node
    node_q_kvar: FloatArray
    residuals: Residuals
    objective: float  # sum of squared weighted residuals
    degrees_of_freedom: int
    threshold: float  # the objective is above it in 1 of 100 estimates without bad data
    bad: list[BadDatum]  # left out of the estimate
    doubtful: list[BadDatum]  # one of these is wrong but it cannot be told which: kept, with less weight
    observability: Observability  # of the meters that were used
    is_approximate: bool  # least squares did not settle; a linear iteration did
