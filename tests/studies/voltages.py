"""Has a network that is read here the voltages that pandapower finds in the same source?

    python -m tests.studies voltages

Every SimBench grid that any test, study or bench reads, the case of Baran and Wu, and grids of pandapower as files.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandapower as pp
from pandapower import networks

from gridops.cases import read
from gridops.cases.simbench_source import drop_stand_ins
from tests.cases.flow import voltages
from tests.cases.source import source_net

SAME = 1e-6
# pandapower's other end of the comparison must take the taps, which it ignores without a type.
RATIO = "Ratio"
CODES = (
    "1-LV-rural1--1-sw",
    "1-MV-rural--1-sw",
    "1-MV-urban--0-sw",
    "1-MV-urban--1-sw",
    "1-HVMV-urban-all-0-sw",
    "1-HVMV-urban-all-1-sw",  # the demo city
    "1-MVLV-urban-all-1-sw",
)
FILES: dict[str, Callable[[], pp.pandapowerNet]] = {
    "cigre-mv": lambda: networks.create_cigre_network_mv(with_der="all"),
    "cigre-lv": networks.create_cigre_network_lv,
    "four-loads": networks.simple_four_bus_system,
    "case33bw": networks.case33bw,
}


def of_simbench(code: str, cache: Path) -> float:
    """The largest difference of any node's voltage, per unit."""
    net = source_net(code)
    drop_stand_ins(net)
    return _largest(voltages(read(f"simbench:{code}", cache)), _solved(net))


def of_matpower(cache: Path) -> float:
    net = _solved(networks.case33bw())
    net.bus["name"] = [f"Bus {number}" for number in range(1, len(net.bus) + 1)]
    return _largest(voltages(read("matpower:case33bw", cache)), net)


def of_file(name: str, folder: Path, cache: Path) -> float:
    net = FILES[name]()
    net.bus["name"] = [f"bus {number}" for number in net.bus.index]
    pp.to_json(net, str(folder / f"{name}.json"))
    return _largest(voltages(read(str(folder / f"{name}.json"), cache)), _solved(net))


def _solved(net: pp.pandapowerNet) -> pp.pandapowerNet:
    if len(net.trafo):
        net.trafo["tap_changer_type"] = RATIO
    pp.runpp(net, trafo_model="pi", tolerance_mva=1e-9, numba=False)
    return net


def _largest(found: dict[str, float], net: pp.pandapowerNet) -> float:
    expected = dict(zip(net.bus.name, net.res_bus.vm_pu, strict=True))
    assert found.keys() == expected.keys()
    return max(abs(found[name] - expected[name]) for name in expected)


def run(arguments: argparse.Namespace) -> str:
    with tempfile.TemporaryDirectory() as folder:
        rows = [(f"simbench:{code}", of_simbench(code, arguments.cache)) for code in CODES]
        rows.append(("matpower:case33bw", of_matpower(arguments.cache)))
        rows += [(f"pandapower: {name}", of_file(name, Path(folder), arguments.cache)) for name in FILES]
    told = "\n".join(f"| {name} | {difference:.1e} |" for name, difference in rows)
    verdict = "all within" if max(difference for _, difference in rows) < SAME else "NOT all within"
    return f"| network | largest difference of a voltage, pu |\n|---|---|\n{told}\n\n{verdict} {SAME:g} pu"
