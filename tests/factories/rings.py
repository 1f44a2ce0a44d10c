"""Two feeders of one station that an open switch could join: the smallest network in which load can be moved."""

from functools import lru_cache
from pathlib import Path

import pandapower as pp

from tests.factories.grids import cache_dir

STATION_KV, CABLE_A = 20.0, 100.0
HEAVY_KW, LIGHT_KW = 600.0, 500.0  # each load of the first, and of the second feeder
LOADS = 4  # on each


def ring():
    net = pp.create_empty_network()
    grid, station = pp.create_bus(net, 110.0, name="Grid"), pp.create_bus(net, STATION_KV, name="Station")
    pp.create_ext_grid(net, grid, vm_pu=1.02, s_sc_max_mva=2000.0, rx_max=0.1)
    pp.create_transformer_from_parameters(
        net, grid, station, 25.0, 110.0, STATION_KV, 0.4, 12.0, 14.0, 0.07, name="T1",
        tap_side="hv", tap_neutral=0, tap_min=-9, tap_max=9, tap_pos=0, tap_step_percent=1.5,
    )  # fmt: skip
    net.trafo["oltc"] = True
    ends = [_feeder(net, station, "A", HEAVY_KW), _feeder(net, station, "B", LIGHT_KW)]
    _line(net, *ends, "Tie", closed=False)
    pp.create_sgen(net, ends[0], p_mw=0.05, sn_mva=0.2, name="Solar", type="PV")
    pp.create_storage(net, ends[0], p_mw=0.0, max_e_mwh=1.0, sn_mva=0.4, name="Battery")
    return net


def _feeder(net, start: int, name: str, kw: float) -> int:
    for number in range(1, LOADS + 1):
        bus = pp.create_bus(net, STATION_KV, name=f"{name}{number}")
        _line(net, start, bus, f"{name}{number} cable", closed=True)
        pp.create_load(net, bus, p_mw=kw / 1000, q_mvar=0.0, name=f"{name}{number} load")
        start = bus
    return start


def _line(net, near: int, far: int, name: str, *, closed: bool) -> None:
    line = pp.create_line_from_parameters(net, near, far, 1.5, 0.2, 0.12, 200.0, CABLE_A / 1000, name=name)
    pp.create_switch(net, near, line, et="l", closed=closed, type="LBS", name=f"{name} switch")


@lru_cache(maxsize=1)
def ring_file() -> Path:
    path = cache_dir() / "ring.json"
    pp.to_json(ring(), str(path))
    return path
