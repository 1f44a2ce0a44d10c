import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandapower as pp
import pandas as pd
import pytest
from pandapower import networks

from gridops.cases import CaseError, read
from gridops.cases.checks import examined
from gridops.cases.phases import P_FIELDS, Q_FIELDS
from gridops.cases.store import load, save
from tests.cases.nets import case, codes, line, trafo, two_buses
from tests.factories.grids import cache_dir

ZERO = {"r0_ohm_per_km": 0.4, "x0_ohm_per_km": 0.8, "c0_nf_per_km": 50.0}
SINGLE = {
    "bus": 1, "name": "House", "scaling": 0.5, "in_service": True, "type": "wye",
    "p_a_mw": 0.004, "p_b_mw": 0.002, "p_c_mw": 0.0, "q_a_mvar": 0.001, "q_b_mvar": 0.0, "q_c_mvar": -0.0005,
}  # fmt: skip


def single(**more: Any) -> dict[str, Any]:
    """A two-bus network with one unbalanced load."""
    return {**two_buses(line=[line(**ZERO)]), "asymmetric_load": pd.DataFrame([{**SINGLE, **more}])}


def test_a_load_of_three_phases_keeps_each_and_their_sum() -> None:
    found = case(single()).loads[0]
    assert [getattr(found, name) for name in P_FIELDS] == pytest.approx([2.0, 1.0, 0.0])
    assert [getattr(found, name) for name in Q_FIELDS] == pytest.approx([0.5, 0.0, -0.25])
    assert (found.p_kw, found.q_kvar) == pytest.approx((3.0, 0.25))


def test_a_load_without_phases_has_none() -> None:
    found = case(two_buses(load=[{"bus": 1, "name": "Load", "p_mw": 1.0, "q_mvar": 0.1}])).loads[0]
    assert all(getattr(found, name) is None for name in (*P_FIELDS, *Q_FIELDS))


def test_a_generator_of_one_phase_is_read() -> None:
    net = single()
    net["asymmetric_sgen"] = pd.DataFrame(
        [{"bus": 1, "name": "Roof", "type": "PV", "p_b_mw": 0.005, "in_service": True}]
    )
    found = case(net).generators[0]
    assert [getattr(found, name) for name in P_FIELDS] == [0.0, 5.0, 0.0]
    assert (found.p_kw, found.rated_s_kva) == (5.0, 5.0)


def test_a_line_has_the_zero_sequence_of_its_whole_length() -> None:
    found = case(two_buses(line=[line(**ZERO, parallel=2)])).lines[0]
    assert (found.r0_ohm, found.x0_ohm) == pytest.approx((0.4, 0.8))
    assert found.b0_us == pytest.approx(2 * math.pi * 50 * 50e-9 * 2 * 1e6 * 2)


def test_a_line_without_zero_sequence_says_so_where_loads_have_phases() -> None:
    net = single()
    net["line"] = net["line"].drop(columns=list(ZERO))
    found = case(net)
    assert found.lines[0].r0_ohm is None
    assert "no-zero-sequence" in codes(found)
    assert "no-zero-sequence" not in codes(case(two_buses()))


def test_a_delta_load_is_put_to_ground_and_that_is_said() -> None:
    assert "between-phases" in codes(case(single(type="delta")))


def test_phases_that_do_not_sum_to_the_total_are_named() -> None:
    found = case(single())
    changed = replace(found, problems=(), loads=[replace(found.loads[0], p_kw=4.0)])
    assert "phase-sum" in codes(examined(changed))
    assert "phase-sum" not in codes(found)


def test_a_load_with_one_phase_missing_is_refused_by_name() -> None:
    found = case(single())
    with pytest.raises(CaseError, match="p_b_kw"):
        examined(replace(found, loads=[replace(found.loads[0], p_b_kw=None)]))


def test_a_phase_that_is_no_number_is_refused_by_name() -> None:
    found = case(single())
    with pytest.raises(CaseError, match="q_c_kvar"):
        examined(replace(found, loads=[replace(found.loads[0], q_c_kvar=math.nan)]))


def test_windings_that_the_power_flow_lacks_are_named() -> None:
    net = single()
    net["bus"].loc[0, "vn_kv"] = 110.0
    net["line"] = net["line"].iloc[:0]
    net["trafo"] = pd.DataFrame([trafo(vector_group="Yzn", vk0_percent=10.0, vkr0_percent=0.5)])
    found = case(net)
    unit = found.transformers[0]
    assert (unit.vector_group, unit.zero_short_circuit_voltage_percent) == ("Yzn", 10.0)
    assert unit.zero_copper_loss_kw == pytest.approx(50.0)
    assert "vector-group" in codes(found)


def test_a_stored_case_keeps_its_phases(tmp_path: Path) -> None:
    found = case(single())
    save(found, tmp_path / "case.npz")
    again = load(tmp_path / "case.npz")
    assert (again.loads, again.lines) == (tuple(found.loads), tuple(found.lines))


def test_the_european_low_voltage_feeder_is_read_with_its_phases(tmp_path: Path) -> None:
    net = networks.ieee_european_lv_asymmetric()
    pp.to_json(net, str(tmp_path / "european.json"))
    found = read(str(tmp_path / "european.json"), cache_dir())
    assert len(found.loads) == len(net.asymmetric_load) == 55
    for name, column in zip(P_FIELDS, ("p_a_mw", "p_b_mw", "p_c_mw"), strict=True):
        total = 1e3 * float(net.asymmetric_load[column].sum())
        assert sum(getattr(one, name) for one in found.loads) == pytest.approx(total)
    assert all(one.r0_ohm is not None for one in found.lines)
    assert found.transformers[0].vector_group == net.trafo.vector_group.iloc[0]
