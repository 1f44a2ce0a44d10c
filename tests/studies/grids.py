"""Networks for studies of the engine alone."""

import warnings
from functools import lru_cache

import pandapower as pp
import pandapower.networks as pn
import simbench

from tests.engine.networks import Grid, read

GRIDS = {
    "case33bw": pn.case33bw,
    "cigre_mv": lambda: pn.create_cigre_network_mv(with_der="all"),
    "1-MV-urban--0-sw": lambda: simbench.get_simbench_net("1-MV-urban--0-sw"),
    "1-HVMV-urban-all-0-sw": lambda: simbench.get_simbench_net("1-HVMV-urban-all-0-sw"),
}


@lru_cache(maxsize=4)
def solved(name: str) -> Grid:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grid = read(GRIDS[name]())
        pp.runpp(grid.net, trafo_model="pi", calculate_voltage_angles=True, tolerance_mva=1e-9, init="dc", numba=False)
    return grid
