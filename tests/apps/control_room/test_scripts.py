"""The modules of the pages, run by the browser they are written for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from apps.state.frames import OFF_NORMAL_SWITCH, Frame, encode, status

pytestmark = pytest.mark.django_db(transaction=True)
BLANK = """<!doctype html><script id="frame-config" type="application/json">
{"urls": {"element": "/elements/0/"}, "noMrid": "0", "timeZone": "Europe/Berlin", "scanPeriodS": 2}</script>"""


@pytest.fixture
def script(open_page: Callable[..., Page], live_server: Any) -> Callable[..., Any]:
    page = open_page()
    page.route("**/blank", lambda route: route.fulfill(body=BLANK, content_type="text/html"))
    page.goto(f"{live_server.url}/blank")

    def run(module: str, body: str, argument: Any = None) -> Any:
        return page.evaluate(f"async (given) => {{ const m = await import('/static/{module}'); {body} }}", argument)

    return run


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
        line_status=status(np.array([1, 3, 1]), np.array([2, 0, 3]), np.array([0, 0, 3])),
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


@pytest.mark.parametrize(
    ("path", "name", "place"),
    [("A / F1 / L 1", "L 1", "A › F1"), ("L 1", "L 1", ""), ("", "L 1", ""), ("A / F1", "L 1", "A › F1")],
)
def test_a_place_does_not_repeat_the_name(script: Callable[..., Any], path: str, name: str, place: str) -> None:
    assert script("js/names.js", "return m.placeOf(given[0], given[1]);", [path, name]) == place
