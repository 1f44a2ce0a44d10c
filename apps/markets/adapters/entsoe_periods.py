"""Periods of the documents of ENTSO-E: their span, and the values of their points."""

import math
import re
from datetime import datetime
from typing import Final

import numpy as np

from apps.markets.adapters.parsed import STEPS_S, FloatArray, implausible, instant
from apps.markets.adapters.xml_tree import Node
from apps.markets.choices import Product

FIXED, VARIABLE = "A01", "A03"
_DURATION: Final = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?")
MOST_POINTS = 100_000  # of a period


class Wrong(Exception):
    """A time series that cannot be taken, and why."""


def curve_of(series: Node, where: str) -> str:
    """Raises Wrong."""
    curve = series.value("curveType") or FIXED
    if curve not in (FIXED, VARIABLE):
        raise Wrong(f"{where}, curveType: {curve[:20]} is not read; ask for {FIXED} or {VARIABLE}")
    return curve


def span_of(period: Node, where: str) -> tuple[int, int, int]:
    """Seconds of a step, unix second of the begin, number of steps."""
    text = period.value("resolution")
    if not (found := _DURATION.fullmatch(text)) or (step_s := _seconds(found)) not in STEPS_S:
        raise Wrong(f"{where}, resolution: {text[:20]!r} is not read; there are PT5M to PT60M")
    begin, end = (_instant(period, name, where) for name in ("start", "end"))
    if begin % 300 or end <= begin or (end - begin) % step_s:
        raise Wrong(f"{where}, timeInterval: it is no whole number of steps of {text}; see start and end")
    if (end - begin) // step_s > MOST_POINTS:
        raise Wrong(f"{where}, timeInterval: it has more than {MOST_POINTS} steps; mend start and end")
    return step_s, begin, (end - begin) // step_s


def _seconds(found: re.Match[str]) -> int:
    hours, minutes = found.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60


def _instant(period: Node, name: str, where: str) -> int:
    text = period.value("timeInterval", name)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("it has no offset")
        return int(instant(moment).timestamp())
    except ValueError:
        raise Wrong(
            f"{where}, timeInterval, {name}: {text[:40]!r} is no time; write one like 2026-03-09T23:00Z"
        ) from None


def values_of(period: Node, count: int, where: str, product: Product, told: str) -> FloatArray:
    values = np.full(count, np.nan)
    for point in period.all("Point"):
        position, value = _point(point, count, where, product, told)
        if np.isfinite(values[position - 1]) and values[position - 1] != value:
            raise Wrong(f"{where}, position {position}: it is told twice, with two values; leave one of them out")
        values[position - 1] = value
    if not np.isfinite(values).any():
        raise Wrong(f"{where}: it has no Point; leave the period out or add its values")
    return values


def _point(point: Node, count: int, where: str, product: Product, told: str) -> tuple[int, float]:
    text = point.value("position")
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= count):
        raise Wrong(f"{where}, position: {text[:20]!r} is none of 1 to {count}; see position, timeInterval, resolution")
    amount = point.value(told)
    try:
        value = float(amount)
    except ValueError:
        value = math.nan
    if math.isnan(value) or "_" in amount:
        raise Wrong(f"{where}, position {text}, {told}: {amount[:20]!r} is no number; write one like 42.5")
    if why := implausible(product, value):
        raise Wrong(f"{where}, position {text}, {told}: {why}")
    return int(text), value


def repeated(values: FloatArray, where: str, notes: list[str]) -> FloatArray:
    """What stands before the first point stays unknown."""
    last = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), -1))
    found = np.where(last >= 0, values[last], np.nan)
    if count := int(np.isfinite(found).sum() - np.isfinite(values).sum()):
        notes.append(f"{where}: {count} points that are left out repeat the one before (A03)")
    return found
