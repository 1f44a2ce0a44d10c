"""Numbers, times and qualities out of JSON messages, as the settings of a gateway say where they stand."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from apps.telemetry.adapters import Quality
from apps.telemetry.choices import Quantity
from apps.telemetry.gateway.broker import FIRST_US, LAST_US
from apps.telemetry.gateway.config import PointAddress
from apps.telemetry.gateway.driver import NO_TIME
from apps.telemetry.rules.mqtt import parse_address, place_of

INVALID = int(Quality.INVALID)
_UNIT_US = {"s": 1e6, "ms": 1e3, "us": 1.0}
_POSITIONS = {"open": 0.0, "off": 0.0, "closed": 1.0, "on": 1.0, "intermediate": 2.0, "unknown": 3.0}
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Row:
    slot: int
    value: float
    quality: int
    at_us: int


class BadMessage(ValueError):
    """It is no JSON, or lacks what an address names."""


class JsonReader:
    def __init__(self, points: Sequence[PointAddress], settings: Mapping[str, Any]) -> None:
        self._by_topic: dict[str, list[tuple[int, tuple[str, ...], bool]]] = {}
        for point in points:
            address = parse_address(point.address)
            is_switch = point.quantity == Quantity.SWITCH_STATE
            self._by_topic.setdefault(address.topic, []).append((point.slot, address.steps, is_switch))
        self._value = place_of(settings["value"])[1]
        self._time = place_of(settings["time"]) if settings["time"] else None
        self._quality = place_of(settings["quality"]) if settings["quality"] else None
        self._format = settings["time_format"]
        self._good = {word.lower() for word in settings["good"]}
        self._doubtful = {word.lower() for word in settings["doubtful"]}

    @property
    def topics(self) -> list[str]:
        return sorted(self._by_topic)

    def slots_of(self, device: str) -> list[int]:
        """Of its own topic and of those below."""
        own = [topic for topic in self._by_topic if topic == device or topic.startswith(f"{device}/")]
        return [slot for topic in own for slot, _, _ in self._by_topic[topic]]

    def is_known(self, topic: str) -> bool:
        return topic in self._by_topic

    def read(self, topic: str, payload: bytes) -> tuple[list[Row], list[str]]:
        """What it says of the points of the topic, and why it says nothing of the others. Raises BadMessage."""
        try:
            message = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise BadMessage(f"no JSON: {error}") from None
        rows: list[Row] = []
        faults: list[str] = []
        for slot, steps, is_switch in self._by_topic[topic]:
            node = _at(message, steps)
            if node is _MISSING:
                continue  # many devices tell in a message only what has changed
            try:
                rows.append(self._row(slot, message, node, is_switch))
            except ValueError as error:
                faults.append(f"{'/'.join(steps)}: {error}")
        if not rows and not faults:
            faults.append("holds none of the values that points name")
        return rows, faults

    def _row(self, slot: int, message: Any, node: Any, is_switch: bool) -> Row:
        raw = _at(node, self._value)
        value = _number(raw, is_switch)
        quality = self._quality_of(message, node) if math.isfinite(value) else INVALID
        return Row(slot, value, quality, self._at_us(message, node))

    def _at_us(self, message: Any, node: Any) -> int:
        if self._time is None:
            return NO_TIME
        raw = _at(node if self._time[0] else message, self._time[1])
        if raw is _MISSING or raw is None:
            return NO_TIME
        at_us = _instant_us(raw, self._format)
        if not FIRST_US <= at_us <= LAST_US:
            raise ValueError(f"{str(raw)[:40]!r} is no time between 2000 and 2100; look at time_format")
        return int(at_us)

    def _quality_of(self, message: Any, node: Any) -> int:
        if self._quality is None:
            return 0
        raw = _at(node if self._quality[0] else message, self._quality[1])
        if raw is _MISSING:
            return 0
        word = str(raw).lower()
        if word in self._good:
            return 0
        return int(Quality.QUESTIONABLE) if word in self._doubtful else INVALID


def _at(node: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(node, dict):
            node = node.get(step, _MISSING)
        elif isinstance(node, list):
            node = next(_members(node, step), _MISSING)
        else:
            return _MISSING
        if node is _MISSING:
            return _MISSING
    return node


def _members(items: list[Any], step: str) -> Iterator[Any]:
    """The item of that number, or those whose member is as the step says: name=P."""
    if step.isascii() and step.isdigit():
        yield from items[int(step[:9]) : int(step[:9]) + 1]
        return
    key, _, wanted = step.partition("=")
    yield from (item for item in items if isinstance(item, dict) and key in item and str(item[key]) == wanted)


def _number(raw: Any, is_switch: bool) -> float:
    if raw is None or raw is _MISSING:
        return math.nan
    if isinstance(raw, bool | int | float):
        return float(raw)
    if isinstance(raw, str):
        if is_switch and raw.lower() in _POSITIONS:
            return _POSITIONS[raw.lower()]
        try:
            return float(raw)
        except ValueError:
            pass
    raise ValueError(f"{str(raw)[:40]!r} is no number" + (" and no position" if is_switch else ""))


def _instant_us(raw: Any, form: str) -> float:
    if isinstance(raw, str):
        try:
            return _of_text(raw) if form in ("auto", "iso") else float(raw) * _UNIT_US[form]
        except ValueError:
            raise ValueError(f"{raw[:40]!r} is no time; look at time_format") from None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or form == "iso" or not math.isfinite(raw):
        raise ValueError(f"{str(raw)[:40]!r} is no time; look at time_format")
    if form == "auto":
        form = "s" if raw < 1e11 else "ms" if raw < 1e14 else "us"
    return round(raw * _UNIT_US[form])


def _of_text(raw: str) -> float:
    """Without a zone it is UTC."""
    instant = datetime.fromisoformat(raw)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return round(instant.timestamp() * 1e6)
