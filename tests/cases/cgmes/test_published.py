"""Real files: the voltages that are published for them."""

import pytest

from gridops.cases import read
from gridops.cases.case import NetworkCase
from tests.cases.flow import voltages
from tests.factories.grids import cache_dir
from tests.factories.shared_data import shared_file

# University of Washington, Power Systems Test Case Archive: held voltages, and the solved ones as printed there.
HELD_14 = {1: 1.06, 2: 1.045, 3: 1.01, 6: 1.07, 8: 1.09}
PRINTED_14 = {4: 1.019, 5: 1.02, 7: 1.062, 9: 1.056, 10: 1.051, 11: 1.057, 12: 1.055, 13: 1.05, 14: 1.036}


def case_of(name: str) -> NetworkCase:
    return read(f"cgmes:{shared_file(f'cgmes/{name}.zip')}", cache_dir())


def test_ieee_14_has_its_published_voltages() -> None:
    found = {int(name.split()[1]): value for name, value in voltages(case_of("create_ieee14")).items()}
    assert {bus: found[bus] for bus in HELD_14} == pytest.approx(HELD_14, abs=1e-6)
    assert {bus: found[bus] for bus in PRINTED_14} == pytest.approx(PRINTED_14, abs=2e-3)
    assert (min(found.values()), max(found.values())) == pytest.approx((1.010, 1.090), abs=1e-6)


def test_four_substations_have_the_voltages_of_their_solved_state() -> None:
    case = case_of("create_four_substations_node_breaker_network")
    found = voltages(case)
    expected = {"S1VL2_BBS1": 400 / 400, "S3VL1_BBS": 400 / 400, "S4VL1_BBS": 400 / 400, "S2VL1_BBS": 408.847 / 400}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-5)
    # Solved by another program, with the table of its tap changer: 224.764 kV; the file's own state is older.
    assert found["S1VL1_BBS"] == pytest.approx(224.764 / 225, abs=2e-5)
    assert len(case.switches) == 59


def test_a_choice_that_the_files_leave_open_is_named() -> None:
    problems = {(problem.code, problem.element) for problem in case_of("create_ieee14").problems}
    assert ("no-slack", "SynchronousMachine B1-G") in problems
    assert ("line-with-ratio", "L7-8-1") in problems
