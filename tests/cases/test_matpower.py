import pytest

from gridops.cases import CaseError
from gridops.cases.case import NetworkCase
from gridops.cases.checks import examined
from gridops.cases.matpower.convert import convert
from gridops.cases.matpower.parse import parse
from tests.cases.flow import voltages
from tests.factories.grids import grid

HEAD = """function mpc = test
%% a comment with mpc.bus = [1 2 3];
mpc.version = '2';
mpc.baseMVA = 100/10;
"""
BUS = "mpc.bus = [ %% demand in MW\n\t1\t3\t0 0 0 0 1 1 0 110 1 1.1 0.9;\n 2 1 2 1 0 4 1 1 0 20 1 1.1 0.9\n];\n"
GEN = "mpc.gen = [1 0 0 9 -9 1.02 1 1 9 0];\n"
BRANCH = "mpc.branch = [1 2 0.01 0.1 0 20 0 0 1.05 0 1];\n"
OHMS = """Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts
Sbase = mpc.baseMVA * 1e6;
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
"""


def read(text: str) -> NetworkCase:
    return examined(convert(parse(text), source="test.m", name="test"))


def test_the_units_at_the_end_of_the_33_bus_case_are_applied() -> None:
    case = grid("matpower:case33bw")
    assert sum(load.p_kw for load in case.loads) == pytest.approx(3715)
    assert sum(load.q_kvar for load in case.loads) == pytest.approx(2300)
    assert (case.lines[0].r_ohm, case.lines[0].x_ohm) == pytest.approx((0.0922, 0.0470))


def test_ties_hang_on_open_switches() -> None:
    case = grid("matpower:case33bw")
    ties = {line.name for line in case.lines if any(s.to_node == line.from_node for s in case.switches)}
    assert ties == {"Line 33 (21-8)", "Line 34 (9-15)", "Line 35 (12-22)", "Line 36 (18-33)", "Line 37 (25-29)"}
    assert not any(switch.closed for switch in case.switches)


def test_powers_given_as_apparent_power_are_split_by_the_files_power_factor() -> None:
    split = "pf = 0.6;\nmpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));\nmpc.bus(:, PD) = mpc.bus(:, PD) * pf;\n"
    load = read(HEAD + BUS + GEN + BRANCH + split).loads[0]
    assert (load.p_kw, load.q_kvar) == pytest.approx((1200, 1600))


def test_a_branch_between_two_voltages_is_a_transformer_with_its_ratio() -> None:
    found = read(HEAD + BUS + GEN + BRANCH).transformers[0]
    assert (found.high_kv, found.low_kv, found.rated_s_kva) == pytest.approx((115.5, 20, 20_000))
    assert found.copper_loss_kw == pytest.approx(0.01 * 2 * 20_000)


def test_the_transformer_gives_matpowers_voltage() -> None:
    """2 + j1 MVA through 0.01 + j0.1 pu on 10 MVA behind a ratio of 1.05, with 4 Mvar of capacitor at the far end."""
    voltage, behind = 1 + 0j, 1.02 / 1.05
    for _ in range(100):
        injected = (-0.2 - 0.1j) + 0.4j * abs(voltage) ** 2
        voltage = behind + (0.01 + 0.1j) * (injected / voltage).conjugate()
    assert voltages(read(HEAD + BUS + GEN + BRANCH))["Bus 2"] == pytest.approx(abs(voltage), abs=1e-8)


def test_a_transformer_given_from_its_low_side_is_the_same() -> None:
    other_way = BRANCH.replace("1 2 0.01 0.1 0 20 0 0 1.05", "2 1 0.01 0.1 0 20 0 0 1")
    assert read(HEAD + BUS + GEN + other_way).transformers[0].high_kv == 110
    same = BRANCH.replace("1.05", "1")
    expected = voltages(read(HEAD + BUS + GEN + same))
    assert voltages(read(HEAD + BUS + GEN + other_way)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "statement",
    ["mpc.bus(:, PD) = mpc.bus(:, PD) * 2;", "system('rm -rf /');", "for k = 1:3", "mpc.bus = load('x.mat');"],
)
def test_a_statement_that_is_not_known_refuses_the_file_with_its_line(statement: str) -> None:
    with pytest.raises(CaseError, match="not read") as refused:
        parse(HEAD + BUS + GEN + BRANCH + statement + "\n")
    assert refused.value.element == "line 11"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + GEN + BRANCH, r"mpc\.bus"),
        (BUS + GEN + BRANCH, "baseMVA"),
        (HEAD + BUS.replace("20 1 1.1", "20 1 x"), "could not convert"),
        (HEAD + BUS.replace("20 1 1.1 0.9", "20 1 1.1"), "12 values instead of 13"),
        (HEAD + BUS.removesuffix("];\n"), "does not end"),
        (HEAD + BUS + GEN + BRANCH.replace("1 2 0.01", "1 7 0.01"), "bus 7"),
        (HEAD + BUS + GEN + BRANCH.replace("1.05 0 1]", "1.05 17 1]"), "multiples of 30"),
        (HEAD + BUS.replace("\t1\t3", "\t1\t1") + GEN + BRANCH, "no external grid"),
        (HEAD + BUS.replace("0 110 1", "0 0 1") + GEN + BRANCH + OHMS, "no nominal voltage"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(CaseError, match=reason):
        read(text)
