"""Pi models of the live branches, in per unit on 1 MVA and the nominal voltages of their buses.

They are those of power-grid-model, written out because its Jacobian is not to be had.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import IntArray, Network
from gridops.engine.powerflow.compile import LEAST_IMPEDANCE_OHM, Compiled
from gridops.engine.units import PERCENT, SIEMENS_PER_MICROSIEMENS

ComplexArray = npt.NDArray[np.complex128]
BASE_KVA = 1e3


@dataclass(frozen=True, slots=True)
class BranchEnds:
    """First ends of all live lines, then of all live transformers, then second ends in the same order."""

    bus: IntArray
    other: IntArray
    y_self: ComplexArray
    y_mutual: ComplexArray  # current into the end = y_self * own voltage + y_mutual * the other's


def branch_ends(network: Network, compiled: Compiled, tap_position: IntArray) -> BranchEnds:
    """Admittances of both ends of every live branch; tap_position: one per transformer of the network."""
    line_self, line_mutual = _lines(network, compiled)
    first, second, t_first, t_second = _transformers(network, compiled, tap_position)
    near = np.concatenate([compiled.line_from, compiled.transformer_high])
    far = np.concatenate([compiled.line_to, compiled.transformer_low])
    return BranchEnds(
        bus=np.concatenate([near, far]),
        other=np.concatenate([far, near]),
        y_self=np.concatenate([line_self, first, line_self, second]),
        y_mutual=np.concatenate([line_mutual, t_first, line_mutual, t_second]),
    )


def _lines(network: Network, compiled: Compiled) -> tuple[ComplexArray, ComplexArray]:
    lines, live = network.lines, compiled.lines
    base_ohm = compiled.bus_kv[compiled.line_from] ** 2 / (BASE_KVA / 1e3)
    r, x = lines.r_ohm[live], lines.x_ohm[live]
    x = np.where(np.hypot(r, x) < LEAST_IMPEDANCE_OHM, LEAST_IMPEDANCE_OHM, x)
    series: ComplexArray = np.asarray(base_ohm / (r + 1j * x), np.complex128)
    return series + 0.5j * lines.b_us[live] * SIEMENS_PER_MICROSIEMENS * base_ohm, -series


def _transformers(
    network: Network, compiled: Compiled, tap_position: IntArray
) -> tuple[ComplexArray, ComplexArray, ComplexArray, ComplexArray]:
    """Self admittance of the high and the low ends, mutual admittance of the high and the low ends."""
    t, live = network.transformers, compiled.transformers
    steps = np.clip(tap_position[live], t.tap_min[live], t.tap_max[live]) - t.tap_neutral[live]
    change = 1.0 + steps * t.tap_step_percent[live] * PERCENT
    high = t.high_kv[live] * np.where(t.tap_on_high_side[live], change, 1.0)
    low = t.low_kv[live] * np.where(t.tap_on_high_side[live], 1.0, change)
    sn = t.rated_s_kva[live]
    resistance = t.copper_loss_kw[live] / sn
    impedance = t.short_circuit_voltage_percent[live] * PERCENT
    series = 1.0 / (resistance + 1j * np.sqrt(np.maximum(impedance**2 - resistance**2, 0.0)))
    conductance = t.iron_loss_kw[live] / sn
    magnetising = t.no_load_current_percent[live] * PERCENT
    shunt = conductance - 1j * np.sqrt(np.maximum(magnetising**2 - conductance**2, 0.0))
    low_bus_kv, high_bus_kv = compiled.bus_kv[compiled.transformer_low], compiled.bus_kv[compiled.transformer_high]
    to_base = (low_bus_kv / low) ** 2 * sn / BASE_KVA
    series, shunt = series * to_base, shunt * to_base
    ratio = (high / low) / (high_bus_kv / low_bus_kv) * np.exp(1j * np.radians(t.phase_shift_deg[live]))
    own = series + 0.5 * shunt
    return own / np.abs(ratio) ** 2, own, -series / np.conj(ratio), -series / ratio
