"""Short-circuit currents after IEC 60909-0:2016.

Method: equivalent voltage source c Un/root 3 at the fault; loads, shunts, line capacitances and magnetising branches
left out; taps in their neutral position; for the greatest current transformers with the correction factor K_T. Infeed
of the sources only: motors and inverters are not counted; where there are many, the greatest current is greater.
Lines are taken at 20 degrees for the greatest current and at their end temperature for the least.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from gridops.engine.estimation.admittance import BASE_KVA, ComplexArray, branch_ends
from gridops.engine.network.model import FloatArray, IntArray, Lines, Network, Transformers
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.compile import Compiled, compile_network
from gridops.engine.units import PERCENT, ROOT_3

KVA_PER_MVA = 1e3
# Table 1 of the standard, low voltage with a tolerance of 10 %.
C_MAX = 1.1
C_MIN, C_MIN_LOW_VOLTAGE = 1.0, 0.9
LOW_VOLTAGE_KV = 1.0
RESISTANCE_PER_K = 0.004  # of copper, aluminium and aluminium alloy
COLD_C = 20.0
AT_ONCE = 256


class FaultKind(StrEnum):
    THREE_PHASE = "three-phase"
    TWO_PHASE = "two-phase"


class Extreme(StrEnum):
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class Infeed:
    """Short-circuit power of each source behind its own voltage factor, and its R/X."""

    power_mva: FloatArray
    rx: FloatArray


@dataclass(frozen=True, slots=True)
class ShortCircuit:
    """Per asked node; nan where the node is dead."""

    node: IntArray
    initial_ka: FloatArray  # Ik'', the initial symmetrical current
    peak_ka: FloatArray  # ip, nan for two-phase faults
    power_mva: FloatArray  # Sk'' = root 3 Un Ik'' of the three-phase fault, nan for two-phase faults
    rx: FloatArray  # R/X of the impedance at the fault


def short_circuit(
    network: Network,
    topology: Topology,
    nodes: IntArray | Sequence[int],
    *,
    infeed: Infeed,
    kind: FaultKind = FaultKind.THREE_PHASE,
    extreme: Extreme = Extreme.MAXIMUM,
    line_end_temperature_c: float = 80.0,
) -> ShortCircuit:
    """Currents of one fault at each of the nodes, each by itself.

    infeed: one per source. line_end_temperature_c counts for the least current only.
    A two-phase current is root 3 / 2 of the three-phase one, as IEC 60909-0 has it far from generators.
    Currents to earth would need zero-sequence impedances, which the network does not hold.
    Raises ValueError if the infeed's arrays are not one per source, or a power is not positive.
    """
    _check(network, infeed)
    asked = np.asarray(nodes, np.int32)
    at_fault = _greatest(network) if extreme == Extreme.MAXIMUM else _least(network, line_end_temperature_c)
    compiled = compile_network(at_fault, topology)
    bus = compiled.live_bus_of_node[asked]
    live = bus >= 0
    current, rx = np.full(len(asked), np.nan), np.full(len(asked), np.nan)
    if live.any():
        impedance = _impedances(at_fault, compiled, bus[live], _source_admittance(compiled, infeed, extreme))
        kv = network.nominal_kv[asked[live]]
        base_ka = BASE_KVA / KVA_PER_MVA / (ROOT_3 * kv)
        current[live] = _voltage_factor(kv, extreme) / np.abs(impedance) * base_ka
        rx[live] = impedance.real / impedance.imag
    if kind == FaultKind.TWO_PHASE:
        nothing = np.full(len(asked), np.nan)
        return ShortCircuit(asked, current * ROOT_3 / 2, nothing, nothing, rx)
    kv = network.nominal_kv[asked]
    peak = (1.02 + 0.98 * np.exp(-3.0 * rx)) * np.sqrt(2.0) * current
    return ShortCircuit(asked, current, peak, ROOT_3 * kv * current, rx)


def _check(network: Network, infeed: Infeed) -> None:
    count = len(network.source_node)
    if len(infeed.power_mva) != count or len(infeed.rx) != count:
        raise ValueError(f"Give one short-circuit power and one R/X for each of the {count} sources.")
    if not (np.all(infeed.power_mva > 0) and np.all(infeed.rx >= 0)):
        raise ValueError("A source's short-circuit power must be above 0 MVA and its R/X not below 0.")


def _greatest(network: Network) -> Network:
    """Transformers corrected by K_T = 0.95 c_max / (1 + 0.6 x_T), clause 6.3.3."""
    t = network.transformers
    r, z = t.copper_loss_kw / t.rated_s_kva, t.short_circuit_voltage_percent * PERCENT
    k = 0.95 * C_MAX / (1 + 0.6 * np.sqrt(np.maximum(z**2 - r**2, 0.0)))
    return _series_only(network, resistance_factor=np.ones(1), correction=k)


def _least(network: Network, line_end_temperature_c: float) -> Network:
    warmth = np.array([1 + RESISTANCE_PER_K * (line_end_temperature_c - COLD_C)])
    return _series_only(network, resistance_factor=warmth, correction=np.ones(1))


def _series_only(network: Network, *, resistance_factor: FloatArray, correction: FloatArray) -> Network:
    lines, t = network.lines, network.transformers
    nothing = np.zeros(len(t.rated_s_kva))
    bare: Lines = replace(lines, r_ohm=lines.r_ohm * resistance_factor, b_us=np.zeros(len(lines.b_us)))
    corrected: Transformers = replace(
        t,
        short_circuit_voltage_percent=t.short_circuit_voltage_percent * correction,
        copper_loss_kw=t.copper_loss_kw * correction,
        iron_loss_kw=nothing,
        no_load_current_percent=nothing,
    )
    return replace(network, lines=bare, transformers=corrected)


def _voltage_factor(kv: FloatArray, extreme: Extreme) -> FloatArray:
    if extreme == Extreme.MAXIMUM:
        return np.full(len(kv), C_MAX)
    return np.where(kv <= LOW_VOLTAGE_KV, C_MIN_LOW_VOLTAGE, C_MIN)


def _source_admittance(compiled: Compiled, infeed: Infeed, extreme: Extreme) -> ComplexArray:
    """Per live bus, pu: |Z| = c Un^2 / Sk" of each source."""
    factor = _voltage_factor(compiled.bus_kv[compiled.source_bus], extreme)
    size = factor * BASE_KVA / (infeed.power_mva[compiled.sources] * KVA_PER_MVA)
    rx = infeed.rx[compiled.sources]
    admittance = np.sqrt(1 + rx**2) / (size * (rx + 1j))
    total = np.zeros(compiled.n_buses, np.complex128)
    np.add.at(total, compiled.source_bus, admittance)
    return total


def _impedances(network: Network, compiled: Compiled, bus: IntArray, sources: ComplexArray) -> ComplexArray:
    """Of the whole network as seen from each bus, pu."""
    ends = branch_ends(network, compiled, network.transformers.tap_neutral)
    rows = np.concatenate([ends.bus, ends.bus, np.arange(len(sources))])
    columns = np.concatenate([ends.bus, ends.other, np.arange(len(sources))])
    values = np.concatenate([ends.y_self, ends.y_mutual, sources])
    matrix = csc_matrix((values, (rows, columns)), shape=(len(sources), len(sources)))
    factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    buses, place = np.unique(bus, return_inverse=True)
    found = np.zeros(len(buses), np.complex128)
    for start in range(0, len(buses), AT_ONCE):
        chosen = buses[start : start + AT_ONCE]
        unit = np.zeros((len(sources), len(chosen)), np.complex128)
        unit[chosen, np.arange(len(chosen))] = 1.0
        found[start : start + AT_ONCE] = factors.solve(unit)[chosen, np.arange(len(chosen))]
    return found[place]
