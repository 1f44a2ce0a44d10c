"""The modules of the pages, run by the browser they are written for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from apps.state.frames import OFF_NORMAL_SWITCH, Frame, branch_status, encode, status

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_frame_is_read_as_it_was_written(script: Callable[..., Any]) -> None:
    frame = Frame(
        model_version=7,
        as_of_ms=1_790_000_000_123.0,
        sequence=42,
        node_voltage_pu=np.array([1.01, 0.95]),
        line_loading=np.array([0.5, np.nan, 1.25]),
        line_p_kw=np.array([10.0, -20.0, 30.0]),
        transformer_loading=np.array([0.75]),
        transformer_p_kw=np.array([400.0]),
        node_status=status(np.array([1, 2]), np.array([1, 4]), np.array([0, 1])),
        line_status=branch_status(
            np.array([1, 3, 1]),
            np.array([2, 0, 3]),
            np.array([0, 0, 3]),
            is_looped=np.array([False, False, True]),
        ),
        transformer_status=status(np.array([1]), np.array([2]), np.array([0])),
        switch_state=np.array([0, 1 | OFF_NORMAL_SWITCH], np.uint8),
    )
    read = script(
        "js/frame.js",
        """const f = m.decode(new Uint8Array(given).buffer);
        return {
            header: [f.modelVersion, f.asOf, f.sequence], voltage: [...f.nodeVoltage],
            loading: [...f.lineLoading].map((v) => Number.isNaN(v) ? null : v), transformer: [...f.transformerP],
            supply: [...f.nodeStatus, ...f.lineStatus].map((s) => m.SUPPLY[m.supplyOf(s)]),
            provenance: [...f.lineStatus].map((s) => m.PROVENANCE[m.provenanceOf(s)]),
            violation: [...f.nodeStatus, ...f.lineStatus].map((s) => m.VIOLATION[m.violationOf(s)]),
            looped: [...f.lineStatus].map(m.isLooped),
            offNormal: [...f.switchState].map(m.isOffNormal),
        };""",
        list(encode(frame)),
    )
    assert read["header"] == [7, 1_790_000_000_123.0, 42]
    assert read["voltage"] == pytest.approx([1.01, 0.95])
    assert read["loading"] == [0.5, None, 1.25]
    assert read["transformer"] == [400.0]
    assert read["supply"] == ["live", "dead", "live", "unobservable", "live"]
    assert read["provenance"] == ["estimated", "none", "pseudo"]
    assert read["violation"] == ["none", "voltage_low", "none", "none", "overload"]
    assert read["looped"] == [False, False, True]
    assert read["offNormal"] == [False, True]


@pytest.mark.parametrize("octets", [[], [1] * 40, [*b"GOF1", *[255] * 60]])
def test_bytes_that_are_no_frame_are_refused(script: Callable[..., Any], octets: list[int]) -> None:
    refused = (
        "try { m.decode(new Uint8Array(given).buffer); return false; } catch (e) { return e instanceof m.BadFrame; }"
    )
    assert script("js/frame.js", refused, octets) is True


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        ("9", "10", False),
        ("10", "9", True),
        ("9.1", "10.1", False),
        ("10.2", "10.10", False),
        ("10.1", "9.99", True),
        ("18446744073709551615.2", "18446744073709551615.1", True),
        ("1.1", None, True),
        (None, "1.1", False),
    ],
)
def test_positions_are_compared_as_numbers(
    script: Callable[..., Any], one: str | None, other: str | None, newer: bool
) -> None:
    assert script("js/alarm_store.js", "return m.isNewer(given[0], given[1]);", [one, other]) is newer


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.0, "pu", "1.000"),
        (-0.0001, "pu", "0.000"),
        (-3.5, "MW", "−3.50"),
        (12345.678, "kW", "12 345.7"),
        (None, "kW", "–"),
        (0.999, "", "0.999"),
        (4127, "", "4127"),
    ],
)
def test_numbers_have_the_decimals_of_their_unit(
    script: Callable[..., Any], value: float | None, unit: str, text: str
) -> None:
    assert script("js/format.js", "return m.number(given[0], given[1]);", [value, unit]).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (99, "99 s"), (600, "10 min"), (7500, "2 h 05"), (400_000, "5 d"), (None, "–")]
)
def test_ages_are_short(script: Callable[..., Any], seconds: float | None, text: str) -> None:
    assert script("js/format.js", "return m.age(given ?? NaN);", seconds) == text


@pytest.mark.parametrize(
    ("instant", "clock", "offset"),
    [
        ("2026-10-25T00:30:00Z", "02:30:00", "UTC+02:00"),
        ("2026-10-25T01:30:00Z", "02:30:00", "UTC+01:00"),
        ("2026-03-29T01:30:00Z", "03:30:00", "UTC+02:00"),
    ],
)
def test_the_night_the_clocks_change_shows_the_offset(
    script: Callable[..., Any], instant: str, clock: str, offset: str
) -> None:
    body = "const at = Date.parse(given); return [m.time(at), m.zoneOffset(at)];"
    assert script("js/format.js", body, instant) == [clock, offset]


def test_a_pause_in_a_trend_is_a_hole(script: Callable[..., Any]) -> None:
    series = {"t": [0, 2, 4, 60, 62], "v": [1, 1, 1, 1, None]}
    drawn = script("control_room/trend.js", "return m.withGaps(given, 'estimated');", series)
    assert drawn["v"] == [1, 1, 1, None, 1, None]
    assert drawn["t"] == sorted(drawn["t"])


def test_a_meter_that_sends_on_change_has_no_hole_for_being_quiet(script: Callable[..., Any]) -> None:
    series = {"t": [0, 30, 120, 200], "v": [1, 2, 3, 4]}
    assert script("control_room/trend.js", "return m.withGaps(given, 'measured');", series)["v"] == [1, 2, 3, 4]


def test_a_gap_of_one_pen_stays_open_where_others_have_values(script: Callable[..., Any]) -> None:
    tables = [[[0, 10, 90, 100], [1, 2, None, 3]], [[0, 50, 95], [7, 8, 9]]]
    assert script("control_room/trend.js", "return m.joined(given);", tables) == [
        [0, 10, 50, 90, 95, 100],
        [1, 2, None, None, None, 3],
        [7, None, 8, None, 9, None],
    ]


@pytest.mark.parametrize(
    ("ticks", "decimals"), [([-5, -2.5, 0], 1), ([0, 0.25, 0.5], 2), ([0, 10], 0), ([0, 0.0001], 4), ([3], 0)]
)
def test_ticks_are_told_apart_and_truly(script: Callable[..., Any], ticks: list[float], decimals: int) -> None:
    assert script("control_room/trend.js", "return m.tickDecimals(given);", ticks) == decimals


@pytest.mark.parametrize(
    ("path", "name", "place"),
    [
        ("A / F1 / L 1", "L 1", "A › F1"),
        ("A / F1 / L 1", "L 1 voltage", "A › F1"),
        ("A / F1 / L 1", "L 12", "A › F1 › L 1"),
        ("L 1", "L 1", ""),
        ("", "L 1", ""),
        ("A / F1", "L 1", "A › F1"),
    ],
)
def test_a_place_does_not_repeat_the_name(script: Callable[..., Any], path: str, name: str, place: str) -> None:
    assert script("js/names.js", "return m.placeOf(given[0], given[1]);", [path, name]) == place


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["HV2_MV1.1_Substation", "HV2_MV2.1_Substation", "HV2_MV3.1_Substation"], ["MV1.1", "MV2.1", "MV3.1"]),
        (["HV2_A_Substation", "HV2_B_Substation", "HV2_C_Substation", "EHV_X"], ["A", "B", "C", "EHV X"]),
        (["Z_A_Substation", "Z_A_Station", "Z_B"], ["Z_A_Substation", "Z_A_Station", "B"]),
        (["Substation", "Oak Street"], ["Substation", "Oak Street"]),
    ],
)
def test_stations_have_short_names_that_stay_unlike(
    script: Callable[..., Any], names: list[str], short: list[str]
) -> None:
    assert script("js/names.js", "return m.shortNames(given);", names) == short


@pytest.mark.parametrize(
    ("point", "device"),
    [
        ("S 7 switch state", "S 7"),
        ("L 1 active power from", "L 1"),
        ("T 1 voltage high side", "T 1"),
        ("Bus 3", "Bus 3"),
    ],
)
def test_a_point_is_called_after_its_device(script: Callable[..., Any], point: str, device: str) -> None:
    assert script("js/names.js", "return m.deviceOf(given);", point) == device


@pytest.mark.parametrize(
    ("alarm", "told"),
    [
        ({"condition": "off-normal", "value": 0, "limit": 0.5, "unit": ""}, ["open", "normally", "closed"]),
        ({"condition": "bad-data", "value": 950, "limit": 347, "unit": "kW"}, ["950.0kW", "estimate", "347.0kW"]),
        ({"condition": "loss-of-supply", "value": 2516, "limit": 0, "unit": "customers"}, ["2516", "limit", "0"]),
        ({"condition": "comm-fail", "value": None, "limit": None, "unit": ""}, ["", "limit", ""]),
        ({"condition": "estimation-failed", "value": 0, "limit": 0, "unit": ""}, ["", "", ""]),
    ],
)
def test_an_alarm_is_told_in_the_words_of_its_condition(
    script: Callable[..., Any], alarm: dict[str, Any], told: list[str]
) -> None:
    body = """const text = (parts) => parts.map((p) => p.textContent ?? p).join('');
    const { value, word, limit } = m.compared(given);
    return [text(value), word, text(limit)];"""
    assert script("js/alarm_view.js", body, alarm) == told


def towns(far: float, near: float) -> dict[str, Any]:
    """Rings of ten nodes, 'near' degrees wide, at the corners of a square 'far' wide; joined at a higher voltage."""
    corners = [(0.0, 0.0), (far, 0.0), (0.0, far), (far, far)]
    nodes: list[tuple[float, float, float]] = [(9 + x, 52 + y, 110.0) for x, y in corners]
    lines: list[tuple[int, int]] = [(0, 1), (1, 3), (3, 2), (2, 0)]
    for x, y in corners:
        first = len(nodes)
        ring = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        nodes += [(9 + x + near * np.cos(a) / 2, 52 + y + near * np.sin(a) / 2, 20.0) for a in ring]
        lines += [(first + i, first + (i + 1) % 10) for i in range(10)]
    lon, lat, kv = zip(*nodes, strict=True)
    bounds = [min(lon), min(lat), max(lon), max(lat)]
    table = {"mrid": [str(i) for i in range(len(nodes))], "lon": lon, "lat": lat, "kv": kv}
    return {
        "nodes": table,
        "lines": {"from": [a for a, _ in lines], "to": [b for _, b in lines]},
        "bounds": bounds,
    }


def test_small_grids_far_apart_are_enlarged_in_their_true_shape_and_order(script: Callable[..., Any]) -> None:
    given = towns(far=1.0, near=0.05)
    drawn = script(
        "control_room/layout.js",
        "const d = m.arrange(given); return { at: d.at, boxes: d.areas.map(({ box }) => box), bounds: d.bounds };",
        given,
    )
    at, true = np.array(drawn["at"]), np.column_stack([given["nodes"]["lon"], given["nodes"]["lat"]])
    for first in range(4, 44, 10):
        own = slice(first, first + 10)
        assert at[own] - at[first] == pytest.approx(true[own] - true[first], abs=1e-9)
    west, south, east, north = np.array(drawn["boxes"]).T
    for i in range(4):
        for j in range(i):
            apart = east[i] <= west[j] or east[j] <= west[i] or north[i] <= south[j] or north[j] <= south[i]
            assert apart
    middles = np.array([at[first : first + 10].mean(axis=0) for first in range(4, 44, 10)])
    assert (middles[[1, 3], 0] > middles[[0, 2], 0]).all()
    assert (middles[[2, 3], 1] > middles[[0, 1], 1]).all()
    shown = (drawn["bounds"][2] - drawn["bounds"][0]) * (drawn["bounds"][3] - drawn["bounds"][1])
    assert shown < 0.1


@pytest.mark.parametrize("towns_", [towns(far=1.0, near=0.45), {**towns(1.0, 0.05), "lines": {"from": [], "to": []}}])
def test_a_map_that_reads_well_or_has_no_grids_stays_true(script: Callable[..., Any], towns_: dict[str, Any]) -> None:
    assert script("control_room/layout.js", "return m.arrange(given);", towns_) is None


def test_a_line_passes_under_the_areas_of_others(script: Callable[..., Any]) -> None:
    body = "return m.passUnder([[0, 0], [10, 0]], given);"
    assert script("control_room/layout.js", body, [[4, -1, 6, 1]]) == [[[0, 0], [4, 0]], [[6, 0], [10, 0]]]
    assert script("control_room/layout.js", body, [[4, 1, 6, 2]]) == [[[0, 0], [10, 0]]]
    assert script("control_room/layout.js", body, [[-1, -1, 11, 1]]) == [[[0, 0], [10, 0]]]


def test_a_glimpse_between_two_areas_is_left_out(script: Callable[..., Any]) -> None:
    body = "return m.passUnder([[0, 0], [10, 0]], given);"
    assert script("control_room/layout.js", body, [[2, -2, 5, 2], [5.5, -2, 8, 2]]) == [
        [[0, 0], [2, 0]],
        [[8, 0], [10, 0]],
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "There is no such plan."}, "There is no such plan."),
        ({"begins_at": ["Datetime has wrong format."]}, "begins at: Datetime has wrong format."),
        ({"name": ["Give one."], "kind": ["Choose one."]}, "name: Give one. kind: Choose one."),
        ({"non_field_errors": ["The end is before the start."]}, "The end is before the start."),
        ({"steps": [{}, {"kind": ["Choose one."]}]}, "steps 2, kind: Choose one."),
        ({"limits": {"low_kw": ["Give a number."]}}, "limits, low kw: Give a number."),
        (["Give a list."], "Give a list."),
        ({}, "The server answered 400."),
        (None, "The server answered 400."),
    ],
)
def test_a_refusal_names_field_and_remedy(script: Callable[..., Any], body: Any, words: str) -> None:
    assert script("js/api.js", "return m.reason(given, 400);", body) == words
