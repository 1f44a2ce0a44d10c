"""A small low-voltage network whose phases differ."""

from pathlib import Path

import numpy as np
import pandapower as pp

PHASES = "abc"
STIFF_MVA = 1e12  # the source is ideal here
# No zero-sequence current beside the delta: the zero-sequence impedance is that of the positive sequence.
NO_MAGNETISING_PERCENT = 1e9


def village():
    """A Dyn5 transformer, cables with capacitance, loads of one, two and three phases."""
    net = pp.create_empty_network()
    grid, board, middle, end = (pp.create_bus(net, kv) for kv in (20.0, 0.4, 0.4, 0.4))
    pp.create_ext_grid(net, grid, vm_pu=1.02, s_sc_max_mva=STIFF_MVA, rx_max=0.1, r0x0_max=0.1, x0x_max=1.0)
    pp.create_transformer_from_parameters(
        net, grid, board, 0.4, 20.0, 0.4, 1.4, 4.0, 0.0, 0.0, shift_degree=150, vector_group="Dyn",
        vk0_percent=4.0, vkr0_percent=1.4, mag0_percent=NO_MAGNETISING_PERCENT, mag0_rx=0, si0_hv_partial=0.9,
        tap_side="hv", tap_neutral=0, tap_min=-2, tap_max=2, tap_pos=0, tap_step_percent=2.5,
    )  # fmt: skip
    for start, stop, km in ((board, middle, 0.3), (middle, end, 0.2)):
        pp.create_line_from_parameters(
            net, start, stop, km, 0.2, 0.08, 260.0, 0.27, r0_ohm_per_km=0.8, x0_ohm_per_km=0.3, c0_nf_per_km=100.0
        )
    pp.create_asymmetric_load(net, middle, p_a_mw=0.02, q_a_mvar=0.004)
    pp.create_asymmetric_load(net, end, p_a_mw=0.01, p_b_mw=0.015, p_c_mw=0.0, q_b_mvar=0.003)
    pp.create_asymmetric_load(net, end, p_a_mw=0.005, p_b_mw=0.005, p_c_mw=0.012)
    return net


def per_phase(table, pattern):
    return np.stack([table[pattern.format(phase)] for phase in PHASES], axis=1)


def village_file(folder: Path) -> Path:
    path = folder / "village.json"
    pp.to_json(village(), str(path))
    return path
