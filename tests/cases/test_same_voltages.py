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
SAME = 1e-6


def solved(net: pp.pandapowerNet) -> pp.pandapowerNet:
    if len(net.trafo):
        net.trafo["tap_changer_type"] = RATIO
    pp.runpp(net, trafo_model="pi", tolerance_mva=1e-9, numba=False)
    return net


def largest_difference(found: dict[str, float], net: pp.pandapowerNet) -> float:
    expected = dict(zip(net.bus.name, net.res_bus.vm_pu, strict=True))
    assert found.keys() == expected.keys()
    return max(abs(found[name] - expected[name]) for name in expected)


# Every SimBench grid that any test, study or bench reads.
CODES = (
    "1-LV-rural1--1-sw",
    "1-MV-rural--1-sw",
    "1-MV-urban--0-sw",
    "1-MV-urban--1-sw",
    "1-HVMV-urban-all-0-sw",
    "1-HVMV-urban-all-1-sw",  # the demo city
    "1-MVLV-urban-all-1-sw",
)
# Of pandapower, as files.
FILES = {
    "cigre-mv": lambda: networks.create_cigre_network_mv(with_der="all"),
    "cigre-lv": networks.create_cigre_network_lv,
    "four-loads": networks.simple_four_bus_system,
    "case33bw": networks.case33bw,
}


@pytest.mark.parametrize("code", CODES)
def test_simbench(code: str) -> None:
    net = source_net(code)
    drop_stand_ins(net)
    solved(net)
    assert largest_difference(voltages(grid(f"simbench:{code}")), net) < SAME


def test_matpower_case_of_33_buses() -> None:
    net = solved(networks.case33bw())
    found = voltages(grid("matpower:case33bw"))
    assert len(found) == 33
    for number, expected in enumerate(net.res_bus.vm_pu, 1):
        assert found[f"Bus {number}"] == pytest.approx(expected, abs=SAME)


@pytest.mark.parametrize("name", FILES)
def test_pandapower_files(tmp_path: Path, name: str) -> None:
    net = FILES[name]()
    net.bus["name"] = [f"bus {number}" for number in net.bus.index]
    pp.to_json(net, str(tmp_path / "net.json"))
    assert largest_difference(voltages(read(str(tmp_path / "net.json"), cache_dir())), solved(net)) < SAME
