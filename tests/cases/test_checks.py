import math

import numpy as np
import pytest

from gridops.cases import CaseError
from gridops.cases.case import Profile
from gridops.cases.checks import SMALL_OHM
from tests.cases.nets import bus, case, codes, line, two_buses


def test_a_sound_network_has_no_problems() -> None:
    assert case(two_buses()).problems == ()


def test_a_part_without_a_source_is_named_with_its_size() -> None:
    buses = [bus("A"), bus("B", place=(0.01, 0)), bus("C", place=(0.02, 0)), bus("D", place=(0.03, 0))]
    found = case(two_buses(bus=buses, line=[line(), line(name="M", from_bus=2, to_bus=3)]))
    assert [(p.code, p.element) for p in found.problems] == [("island", "C")]
    assert "1 further" in found.problems[0].text


def test_a_line_without_a_rating_is_named() -> None:
    assert codes(case(two_buses(line=[line(max_i_ka=math.nan)]))) == {"missing-rating"}


def test_a_line_without_an_impedance_gets_a_small_one_and_that_is_said() -> None:
    found = case(two_buses(line=[line(r_ohm_per_km=0.0, x_ohm_per_km=0.0)]))
    assert (found.lines[0].r_ohm, found.lines[0].x_ohm) == (0.0, SMALL_OHM)
    assert codes(found) == {"zero-impedance"}


def test_a_name_of_two_elements_is_named_and_they_stay_apart() -> None:
    found = case(two_buses(line=[line(), line()]))
    assert codes(found) == {"duplicate-name"}
    assert found.lines[0].mrid != found.lines[1].mrid


def test_a_network_without_a_source_is_refused() -> None:
    with pytest.raises(CaseError, match="no external grid"):
        case(two_buses(ext_grid=[]))


def test_an_element_on_an_unknown_node_is_refused_by_name() -> None:
    with pytest.raises(CaseError) as refused:
        case(two_buses(load=[{"bus": 77, "name": "Lost", "p_mw": 1.0}]))
    assert refused.value.element == "Lost"


def test_an_element_on_no_node_is_refused_and_not_put_on_the_first() -> None:
    with pytest.raises(CaseError, match="Adrift"):
        case(two_buses(load=[{"bus": math.nan, "name": "Adrift", "p_mw": 1.0}]))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"length_km": -1.0}, "length_km"), ({"r_ohm_per_km": math.inf}, "r_ohm"), ({"x_ohm_per_km": math.nan}, "x_ohm")],
)
def test_a_number_that_cannot_be_is_refused(wrong: dict[str, float], field: str) -> None:
    with pytest.raises(CaseError, match=field):
        case(two_buses(line=[line(**wrong)]))


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(CaseError) as refused:
        case(two_buses(ext_grid=[], line=[line(length_km=-1.0)], load=[{"bus": 9, "name": "Lost", "p_mw": 1.0}]))
    elements = [refused.value.element, *(element for element, _ in refused.value.others)]
    assert {"test.json", "L", "Lost"} <= set(elements)


def profile(name: str, values: list[float]) -> Profile:
    factors = np.array(values, np.float32)
    return Profile(name, 900, "2016-01-01T00:00:00+01:00", factors, factors)


@pytest.mark.parametrize("values", [[1.0], [1.0, math.nan]])
def test_a_profile_that_is_shorter_than_the_others_or_has_holes_is_refused(values: list[float]) -> None:
    loads = [{"bus": 1, "name": name, "p_mw": 1.0, "profile": name} for name in "ab"]
    profiles = [profile("load/a", [0.5, 1.0]), profile("load/b", values)]
    with pytest.raises(CaseError) as refused:
        case(two_buses(load=loads), profiles=profiles)
    assert refused.value.element == "load/b"
