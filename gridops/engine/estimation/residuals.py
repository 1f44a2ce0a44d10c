"""Measured less estimated, in the order and units of the measurements."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.estimation.currents import Currents, residual_a
from gridops.engine.estimation.measurements import Flows, MeasurementKind, Measurements, Voltages
from gridops.engine.estimation.sensors import Active
from gridops.engine.network.model import FloatArray
from gridops.engine.powerflow.state import GridState


@dataclass(frozen=True, slots=True)
class Residuals:
    """One per measurement given; nan where its element is dead. In pu, kW, kvar and A."""

    voltage_pu: FloatArray
    injection_p_kw: FloatArray
    injection_q_kvar: FloatArray
    line_p_kw: FloatArray
    line_q_kvar: FloatArray
    line_current_a: FloatArray
    transformer_p_kw: FloatArray
    transformer_q_kvar: FloatArray
    source_p_kw: FloatArray
    source_q_kvar: FloatArray

    def of(self, kind: MeasurementKind) -> tuple[FloatArray, ...]:
        """Residuals of one kind: (voltage,), (current,) or (p, q)."""
        return {
            MeasurementKind.VOLTAGE: (self.voltage_pu,),
            MeasurementKind.INJECTION: (self.injection_p_kw, self.injection_q_kvar),
            MeasurementKind.LINE_FLOW: (self.line_p_kw, self.line_q_kvar),
            MeasurementKind.LINE_CURRENT: (self.line_current_a,),
            MeasurementKind.TRANSFORMER_FLOW: (self.transformer_p_kw, self.transformer_q_kvar),
            MeasurementKind.SOURCE: (self.source_p_kw, self.source_q_kvar),
        }[kind]


def residuals(m: Measurements, state: GridState, node_p_kw: FloatArray, node_q_kvar: FloatArray) -> Residuals:
    """What each measurement differs by from the state and the estimated injections of the nodes."""
    lines, transformers = m.line_flows, m.transformer_flows
    node, source = m.injections.node, m.sources.source
    line_p = _side(lines, state.line_p_from_kw, state.line_p_to_kw)
    line_q = _side(lines, state.line_q_from_kvar, state.line_q_to_kvar)
    transformer_p = _side(transformers, state.transformer_p_high_kw, state.transformer_p_low_kw)
    transformer_q = _side(transformers, state.transformer_q_high_kvar, state.transformer_q_low_kvar)
    return Residuals(
        voltage_pu=m.voltages.value_pu - state.voltage_pu[m.voltages.node],
        injection_p_kw=m.injections.p_kw - node_p_kw[node],
        injection_q_kvar=m.injections.q_kvar - node_q_kvar[node],
        line_p_kw=lines.p_kw - line_p,
        line_q_kvar=lines.q_kvar - line_q,
        line_current_a=residual_a(m.line_currents, state),
        transformer_p_kw=transformers.p_kw - transformer_p,
        transformer_q_kvar=transformers.q_kvar - transformer_q,
        source_p_kw=m.sources.p_kw - state.source_p_kw[source],
        source_q_kvar=m.sources.q_kvar - state.source_q_kvar[source],
    )


def sigmas(m: Measurements, kind: MeasurementKind) -> tuple[FloatArray, ...]:
    """Standard deviations of one kind, in the order of `Residuals.of`."""
    group = m.groups()[kind]
    if isinstance(group, Currents):
        return (np.where(group.is_usable, group.told_sigma_a, group.sigma_a),)
    return (group.sigma_pu,) if isinstance(group, Voltages) else (group.sigma_p_kw, group.sigma_q_kvar)


def objective(m: Measurements, r: Residuals, used: Active) -> float:
    """Sum of the squares of the residuals of the used measurements, each over its sigma."""
    return sum(
        float(np.sum((residual[used[kind]] / sigma[used[kind]]) ** 2))
        for kind in MeasurementKind
        for residual, sigma in zip(r.of(kind), sigmas(m, kind), strict=True)
    )


def _side(flows: Flows, first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray(np.where(flows.side == 0, first[flows.branch], second[flows.branch]), np.float64)
