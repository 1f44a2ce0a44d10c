"""Time on pages of the past and on axes, and the reel of stored states, run by the browser."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("start", "hours", "words"),
    [
        ("2026-10-24T22:00:00Z", 25, ["02:00 +02:00", "02:00 +01:00"]),
        ("2026-03-28T23:00:00Z", 23, ["01:00 +01:00", "03:00 +02:00"]),
    ],
)
def test_the_time_axis_of_a_day_of_23_or_25_hours_has_every_hour_once_by_its_offset(
    script: Callable[..., Any], start: str, hours: int, words: list[str]
) -> None:
    body = """const from = Date.parse(given[0]) / 1000;
        const ticks = m.timeTicks(from, from + given[1] * 3600, 30);
        const words = m.tickWords(ticks).map((w) => w.split("\\n")[0]);
        return { ticks: ticks.map((t) => (t - from) / 3600), words };"""
    found = script("control_room/time_ticks.js", body, [start, hours])
    assert found["ticks"] == list(range(hours + 1))
    places = [found["words"].index(word) for word in words]
    assert places[1] == places[0] + 1


def test_coarse_ticks_stand_at_round_local_times_on_both_sides_of_the_change(script: Callable[..., Any]) -> None:
    body = "const from = Date.parse(given) / 1000; return m.tickWords(m.timeTicks(from, from + 3 * 86400, 13));"
    words = script("control_room/time_ticks.js", body, "2026-10-23T22:00:00Z")
    assert {word.split(" ")[0] for word in words} == {"00:00", "06:00", "12:00", "18:00"}


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22 16:40:05", "2026-11-22T15:40:05.000Z"),
        ("2026-06-01 12:00", "2026-06-01T10:00:00.000Z"),
        ("2026-03-29 03:00", "2026-03-29T01:00:00.000Z"),
        ("2026-06-01T12:00", "2026-06-01T10:00:00.000Z"),
        ("22.11.2026 16:40", None),
    ],
)
def test_control_room_time_is_read_as_it_is_written(script: Callable[..., Any], text: str, instant: str | None) -> None:
    body = "const ms = m.parseLocal(given); return ms === null ? null : new Date(ms).toISOString();"
    assert script("js/format.js", body, text) == instant


def test_a_reel_gives_the_newest_state_up_to_an_instant(script: Callable[..., Any]) -> None:
    body = """const reel = new m.Reel();
        reel.add([{ asOf: 5 }, { asOf: 10 }], 7, 12); reel.add([{ asOf: 10 }, { asOf: 14 }], 12, 20);
        return [4, 7, 10, 13.9, 14, 20].map((t) => [reel.at(t)?.asOf ?? null, reel.covers(t)]);"""
    found = script("js/past_frames.js", body)
    assert found == [[None, False], [5, True], [10, True], [10, True], [14, True], [14, True]]
