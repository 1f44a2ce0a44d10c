import json
import math
import random
from typing import Any

import pytest

from apps.telemetry.adapters import Quality
from apps.telemetry.gateway.config import PointAddress
from apps.telemetry.gateway.json_values import BadMessage, JsonReader
from apps.telemetry.rules.mqtt import RULES

NOON_US = 1_583_064_000_000_000  # 2020-03-01T12:00:00Z


def read(message: Any, *addresses: str, quantity: str = "voltage", **settings: Any) -> tuple[list, list[str]]:
    points = [PointAddress(slot, address, quantity) for slot, address in enumerate(addresses)]
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return JsonReader(points, RULES.effective(settings)).read("t", payload)


def test_several_values_of_one_message_by_pointer_number_and_name() -> None:
    message = {"a": {"b": 1}, "list": [{"v": 2}, {"name": "P", "v": "3.5"}], "a/b": True}
    rows, faults = read(message, "t#/a/b", "t#/list/0/v", "t#/list/name=P/v", "t#/a~1b", "t#/nothing")
    assert ([(row.slot, row.value) for row in rows], faults) == ([(0, 1.0), (1, 2.0), (2, 3.5), (3, 1.0)], [])


@pytest.mark.parametrize(
    ("told", "form"),
    [
        ("2020-03-01T12:00:00Z", "auto"), ("2020-03-01T13:00:00+01:00", "iso"), ("2020-03-01T12:00:00", "iso"),
        (NOON_US / 1e6, "auto"), (NOON_US // 1000, "auto"), (NOON_US, "auto"), (NOON_US // 1000, "ms"),
        (NOON_US / 1e6, "s"), (str(NOON_US // 1000), "ms"), (NOON_US, "us"),
    ],
)  # fmt: skip
def test_every_format_of_time(told: Any, form: str) -> None:
    rows, _ = read({"v": 1, "t": told}, "t#/v", time="/t", time_format=form)
    assert [row.at_us for row in rows] == [NOON_US]


def test_a_time_may_stand_beside_its_value_or_at_the_top() -> None:
    message = {"m": {"v": 1, "t": NOON_US}, "t": NOON_US + 1_000_000}
    assert read(message, "t#/m", value="/v", time="./t")[0][0].at_us == NOON_US
    assert read(message, "t#/m", value="/v", time="/t")[0][0].at_us == NOON_US + 1_000_000


@pytest.mark.parametrize("told", [1e300, "soon", True, [], -5, {"a": 1}, "9999-01-01T00:00:00Z"])
def test_a_time_that_is_none_refuses_the_value(told: Any) -> None:
    rows, faults = read({"v": 1, "t": told}, "t#/v", time="/t")
    assert rows == []
    assert "time" in faults[0]


@pytest.mark.parametrize(
    ("word", "quality"),
    [("GOOD", 0), (192, 0), (True, 0), ("uncertain", Quality.QUESTIONABLE), ("bad", Quality.INVALID),
     (0, Quality.INVALID), (None, Quality.INVALID)],
)  # fmt: skip
def test_words_of_quality(word: Any, quality: int) -> None:
    assert read({"v": 1, "q": word}, "t#/v", quality="/q")[0][0].quality == quality


def test_null_is_an_invalid_value_and_a_text_is_refused() -> None:
    rows, _ = read({"v": None}, "t#/v")
    assert math.isnan(rows[0].value)
    assert rows[0].quality == Quality.INVALID
    assert read({"v": "high"}, "t#/v")[0] == []


def test_a_switch_may_say_its_position_in_words() -> None:
    rows, _ = read({"a": "OPEN", "b": "closed", "c": 1}, "t#/a", "t#/b", "t#/c", quantity="switch_state")
    assert [row.value for row in rows] == [0, 1, 1]


def test_mangled_messages_are_refused_and_never_raise_anything_else() -> None:
    rng = random.Random(1)
    good = json.dumps({"v": 1.5, "t": NOON_US, "q": "good", "l": [{"name": "P", "v": 2}]}).encode()
    refused = 0
    for _ in range(3000):
        raw = bytearray(good)
        for _ in range(rng.randint(1, 5)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        try:
            read(bytes(raw), "t#/v", "t#/l/name=P/v", time="/t", quality="/q")
        except BadMessage:
            refused += 1
    assert refused > 100
