"""Technical losses by element, and the balance of energy that leaves the rest unexplained.

Losses of lines are 3 I^2 R; of transformers the load losses are those of the short-circuit test times the square of the
loading, the no-load losses those of the open-circuit test times the square of the voltage (IEC 60076-1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import GridState
from gridops.engine.units import WATT_PER_KW

PHASES = 3
BAND = 0.9  # of what is told as low and high


@dataclass(frozen=True, slots=True)
class BranchLosses:
    """kW (or kWh over an hour); each array ends with the axis of its elements; nan where not known."""

    line_kw: FloatArray
    transformer_load_kw: FloatArray
    transformer_no_load_kw: FloatArray

    @property
    def transformer_kw(self) -> FloatArray:
        return self.transformer_load_kw + self.transformer_no_load_kw

    @property
    def total_kw(self) -> FloatArray:
        """What is not known is left out."""
        return np.asarray(np.nansum(self.line_kw, axis=-1) + np.nansum(self.transformer_kw, axis=-1), np.float64)


def losses_of_state(network: Network, state: GridState) -> BranchLosses:
    """Of a solved state, exactly: what goes in at one end and does not come out at the other.

    The no-load part of a transformer is its iron loss times the square of its high side's voltage.
    """
    whole = state.transformer_p_high_kw + state.transformer_p_low_kw
    none = _no_load_kw(network, state.voltage_pu[network.transformers.high_node])
    none = np.where(np.isfinite(none), np.minimum(none, np.maximum(whole, 0.0)), 0.0)
    return BranchLosses(state.line_p_from_kw + state.line_p_to_kw, whole - none, none)


def losses_of_loadings(
    network: Network, *, line_loading: FloatArray, transformer_loading: FloatArray, voltage_pu: FloatArray
) -> BranchLosses:
    """From what a stored state tells: loadings as shares of the ratings, voltages of nodes in pu.

    line_loading: ... x lines; transformer_loading: ... x transformers; voltage_pu: ... x transformers, of the high
    side, nan where not known (1 counts). A line without a rating has no loading: its loss is nan. The larger end's
    current counts, so a lightly loaded cable's loss is told some too high.
    """
    lines, units = network.lines, network.transformers
    rated_a = np.where(lines.rated_a > 0, lines.rated_a, np.nan)
    line = PHASES * (line_loading * rated_a) ** 2 * lines.r_ohm / WATT_PER_KW
    live = np.isfinite(transformer_loading)
    none = np.where(live, units.iron_loss_kw * np.where(np.isfinite(voltage_pu), voltage_pu, 1.0) ** 2, np.nan)
    return BranchLosses(line, units.copper_loss_kw * transformer_loading**2, none)


def _no_load_kw(network: Network, voltage_pu: FloatArray) -> FloatArray:
    return np.asarray(network.transformers.iron_loss_kw * voltage_pu**2, np.float64)


@dataclass(frozen=True, slots=True)
class FlowCourse:
    """Power flows of many hours, hours x elements."""

    losses: BranchLosses
    voltage_pu: FloatArray  # hours x nodes
    source_kw: FloatArray  # hours x sources
    failed: IntArray  # hours that did not converge: nan in the arrays
    reason: str  # of the first that failed, or empty


def flow_course(
    network: Network,
    topology: Topology,
    *,
    p_kw: FloatArray,
    q_kvar: FloatArray,
    tap_position: IntArray,
    source_voltage_pu: FloatArray,
) -> FlowCourse:
    """Solve every hour by itself. p_kw, q_kvar: hours x injections, positive into the network.

    source_voltage_pu: sources, or hours x sources. Hours that do not converge are nan, and named.
    """
    flow, hours = PowerFlow(network, topology), len(p_kw)
    held = np.broadcast_to(source_voltage_pu, (hours, len(network.source_node)))
    line = np.full((hours, len(network.lines.from_node)), np.nan)
    load = np.full((hours, len(network.transformers.high_node)), np.nan)
    none, voltage = load.copy(), np.full((hours, network.n_nodes), np.nan)
    source = np.full(held.shape, np.nan)
    failed, reason = [], ""
    for hour in range(hours):
        state = flow.solve(
            p_kw=p_kw[hour], q_kvar=q_kvar[hour], tap_position=tap_position, source_voltage_pu=held[hour]
        )
        if not state.converged:
            failed.append(hour)
            reason = reason or state.reason
            continue
        found = losses_of_state(network, state)
        line[hour], load[hour], none[hour] = found.line_kw, found.transformer_load_kw, found.transformer_no_load_kw
        voltage[hour], source[hour] = state.voltage_pu, state.source_p_kw
    return FlowCourse(BranchLosses(line, load, none), voltage, source, np.array(failed, np.int32), reason)


@dataclass(frozen=True, slots=True)
class EnergyBalance:
    """kWh over a span. Unexplained is what was fed in and is neither metered nor a technical loss."""

    fed_kwh: float
    metered_kwh: float
    technical_kwh: float
    unexplained_kwh: float
    sigma_kwh: float
    low_kwh: float  # of unexplained, with `BAND`
    high_kwh: float
    hours: int  # that went in


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Standard deviations as shares. Of a constant error of a device, and of errors that are new each hour."""

    meter_constant: float = 0.006  # class B of EN 50470: 1 % at most
    meter_hourly: float = 0.01
    fed_constant: float = 0.003
    fed_hourly: float = 0.003
    technical: float = 0.06  # impedances known to a few per cent, loads inside the hour not at all


def energy_balance(
    *,
    fed_kwh: FloatArray,
    metered_kwh: FloatArray,
    technical_kwh: FloatArray,
    filled_kwh: FloatArray | None = None,
    accuracy: Accuracy | None = None,
) -> EnergyBalance:
    """Of one part of the network. fed_kwh, technical_kwh: hours; metered_kwh: hours x meters, gaps filled.

    filled_kwh: hours x meters, how much of that was filled in for readings that are missing; it counts with half of
    itself as its standard deviation in each hour. Hours in which the fed energy or the loss is nan are left out.
    """
    exact = accuracy or Accuracy()
    used = np.isfinite(fed_kwh) & np.isfinite(technical_kwh)
    by_meter = metered_kwh[used].sum(axis=0)
    fed, technical = float(fed_kwh[used].sum()), float(technical_kwh[used].sum())
    metered = float(by_meter.sum())
    parts: Sequence[float] = (
        float(np.sum((exact.meter_constant * by_meter) ** 2)),
        float(np.sum((exact.meter_hourly * metered_kwh[used]) ** 2)),
        (exact.fed_constant * fed) ** 2,
        float(np.sum((exact.fed_hourly * fed_kwh[used]) ** 2)),
        (exact.technical * technical) ** 2,
        0.25 * float(np.sum(filled_kwh[used] ** 2)) if filled_kwh is not None else 0.0,
    )
    sigma, rest = float(np.sqrt(sum(parts))), fed - metered - technical
    reach = float(norm.ppf(0.5 + BAND / 2)) * sigma
    return EnergyBalance(fed, metered, technical, rest, sigma, rest - reach, rest + reach, int(used.sum()))
