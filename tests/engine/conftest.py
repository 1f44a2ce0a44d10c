"""Networks that many tests read, once a session."""

import warnings

import pandapower as pp
import pandapower.networks as pn
import pytest
import simbench

from tests.engine.networks import read

NETWORKS = {
    "case33bw": pn.case33bw,
    "cigre_mv": lambda: pn.create_cigre_network_mv(with_der="all"),
    "mv_urban": lambda: simbench.get_simbench_net("1-MV-urban--0-sw"),
}


def _solved(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grid = read(NETWORKS[name]())
        pp.runpp(grid.net, trafo_model="pi", calculate_voltage_angles=True, tolerance_mva=1e-9, init="dc", numba=False)
    return grid


@pytest.fixture(scope="session")
def case33bw():
    return _solved("case33bw")


@pytest.fixture(scope="session")
def cigre_mv():
    return _solved("cigre_mv")


@pytest.fixture(scope="session")
def mv_urban():
    return _solved("mv_urban")


@pytest.fixture(scope="session", params=list(NETWORKS))
def published(request):
    return request.getfixturevalue(request.param)
