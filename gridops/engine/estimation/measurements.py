"""What the estimator is told, as frozen arrays. Signs as in `gridops.engine.quantities`.

Every standard deviation (sigma) is positive and in the unit of its value. Only usable values belong here: a missing,
bad or stale meter is left out. Elements are positions in the network's arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np

from gridops.engine.estimation.currents import Currents
from gridops.engine.network.model import BoolArray, FloatArray, IntArray


class MeasurementKind(StrEnum):
    VOLTAGE = "voltage"
    INJECTION = "injection"
    LINE_FLOW = "line_flow"
    LINE_CURRENT = "line_current"
    TRANSFORMER_FLOW = "transformer_flow"
    SOURCE = "source"


def _no_index() -> IntArray:
    return np.zeros(0, np.int32)


def _no_value() -> FloatArray:
    return np.zeros(0)


def _no_flag() -> BoolArray:
    return np.zeros(0, np.bool_)


@dataclass(frozen=True, slots=True)
class Voltages:
    node: IntArray = field(default_factory=_no_index)
    value_pu: FloatArray = field(default_factory=_no_value)
    sigma_pu: FloatArray = field(default_factory=_no_value)


@dataclass(frozen=True, slots=True)
class Injections:
    """Net injection of all loads, generators and storages at a node, without the node's sources and shunts.

    A pseudo-measurement counts only at a node that has no real one left.
    """

    node: IntArray = field(default_factory=_no_index)
    p_kw: FloatArray = field(default_factory=_no_value)
    q_kvar: FloatArray = field(default_factory=_no_value)
    sigma_p_kw: FloatArray = field(default_factory=_no_value)
    sigma_q_kvar: FloatArray = field(default_factory=_no_value)
    is_pseudo: BoolArray = field(default_factory=_no_flag)

    def pseudo(self) -> "Injections":
        """The pseudo-measurements alone, in their order."""
        return Injections(*(getattr(self, name)[self.is_pseudo] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Flows:
    """Flow at one end of a line or transformer; side as in `gridops.engine.quantities.Side`."""

    branch: IntArray = field(default_factory=_no_index)
    side: IntArray = field(default_factory=_no_index)
    p_kw: FloatArray = field(default_factory=_no_value)
    q_kvar: FloatArray = field(default_factory=_no_value)
    sigma_p_kw: FloatArray = field(default_factory=_no_value)
    sigma_q_kvar: FloatArray = field(default_factory=_no_value)


@dataclass(frozen=True, slots=True)
class Sources:
    """Power that a source feeds into the network (import)."""

    source: IntArray = field(default_factory=_no_index)
    p_kw: FloatArray = field(default_factory=_no_value)
    q_kvar: FloatArray = field(default_factory=_no_value)
    sigma_p_kw: FloatArray = field(default_factory=_no_value)
    sigma_q_kvar: FloatArray = field(default_factory=_no_value)


@dataclass(frozen=True, slots=True)
class Measurements:
    voltages: Voltages = field(default_factory=Voltages)
    injections: Injections = field(default_factory=Injections)
    line_flows: Flows = field(default_factory=Flows)
    transformer_flows: Flows = field(default_factory=Flows)
    sources: Sources = field(default_factory=Sources)
    line_currents: Currents = field(default_factory=Currents)
    # Nodes whose voltage meter reads nothing. No estimate uses them; they deny that the node is live.
    zero_voltages: IntArray = field(default_factory=_no_index)

    def groups(self) -> dict[MeasurementKind, Voltages | Injections | Flows | Currents | Sources]:
        return {
            MeasurementKind.VOLTAGE: self.voltages,
            MeasurementKind.INJECTION: self.injections,
            MeasurementKind.LINE_FLOW: self.line_flows,
            MeasurementKind.LINE_CURRENT: self.line_currents,
            MeasurementKind.TRANSFORMER_FLOW: self.transformer_flows,
            MeasurementKind.SOURCE: self.sources,
        }

    def widened(self, factor: Mapping[MeasurementKind, FloatArray]) -> "Measurements":
        """The same measurements with larger standard deviations: factors by kind, one per measurement."""
        volts = self.voltages
        return replace(
            self,
            voltages=replace(volts, sigma_pu=volts.sigma_pu * factor[MeasurementKind.VOLTAGE]),
            injections=_wider(self.injections, factor[MeasurementKind.INJECTION]),
            line_flows=_wider(self.line_flows, factor[MeasurementKind.LINE_FLOW]),
            transformer_flows=_wider(self.transformer_flows, factor[MeasurementKind.TRANSFORMER_FLOW]),
            sources=_wider(self.sources, factor[MeasurementKind.SOURCE]),
            line_currents=self.line_currents.widened(factor[MeasurementKind.LINE_CURRENT]),
        )

    def with_model_error(self, share: float) -> "Measurements":
        """The same measurements, less sure of flows: sigma grows by this share of the apparent power read.

        The impedances of records are some per cent off. Without this, exact meters of large flows in a meshed network
        contradict each other and would be accused.
        """
        return replace(
            self,
            line_flows=_less_sure(self.line_flows, share),
            transformer_flows=_less_sure(self.transformer_flows, share),
            line_currents=self.line_currents.less_sure(share),
        )


Powers = TypeVar("Powers", Injections, Flows, Sources)


def _wider(group: Powers, factor: FloatArray) -> Powers:
    return replace(group, sigma_p_kw=group.sigma_p_kw * factor, sigma_q_kvar=group.sigma_q_kvar * factor)


def _less_sure(flows: Flows, share: float) -> Flows:
    error = share * np.hypot(flows.p_kw, flows.q_kvar)
    return replace(
        flows, sigma_p_kw=np.hypot(flows.sigma_p_kw, error), sigma_q_kvar=np.hypot(flows.sigma_q_kvar, error)
    )
