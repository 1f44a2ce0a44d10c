"""Published forecasts of ENTSO-E's transparency platform: GL_MarketDocument, after IEC 62325-451-6.

Type A65 is the load of a zone, A69 its wind and sun; process A01 is the forecast of the day ahead. Wind on land and at
sea are told apart there and stand together here.
"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Final

import numpy as np

from apps.markets.adapters.entsoe_periods import VARIABLE, Wrong, curve_of, repeated, span_of, values_of
from apps.markets.adapters.parsed import (
    MOST_TOLD,
    Defaults,
    FileRefused,
    ParsedFile,
    ParsedSeries,
    SeriesKey,
    Stretch,
    laid,
    unit_of,
)
from apps.markets.adapters.xml_tree import Node
from apps.markets.choices import Product

LOAD_AND_GENERATION: Final = "GL_MarketDocument"
LOAD, WIND_AND_SUN, DAY_AHEAD = "A65", "A69", "A01"
PLANTS: Final = {"B16": Product.SOLAR_FORECAST, "B18": Product.WIND_FORECAST, "B19": Product.WIND_FORECAST}
_DOMAINS = ("outBiddingZone_Domain.mRID", "inBiddingZone_Domain.mRID")
_UNITS = ("quantity_Measure_Unit.name", "quantity_Measure_unit.name")

Part = tuple[SeriesKey, str]  # and which kind of plant it is of


def foreseen(root: Node, defaults: Defaults, *, published: datetime | None) -> ParsedFile:
    """Raises FileRefused."""
    kind = _kind(root)
    parts: dict[Part, list[Stretch]] = defaultdict(list)
    told, problems = ParsedFile(), list[str]()
    for number, one in enumerate(root.all("TimeSeries"), start=1):
        try:
            for part, stretch in _stretches(one, kind, f"TimeSeries {one.value('mRID') or number}", defaults, told):
                parts[part].append(stretch)
        except Wrong as wrong:
            problems.append(str(wrong))
    if not parts and not problems:
        problems.append("the document: it holds no TimeSeries, so no forecast; ask for a zone and time that has one")
    whole = {part: laid(part[0], stretches, problems) for part, stretches in parts.items()}
    if problems:
        raise FileRefused(*problems[:MOST_TOLD])
    for key in dict.fromkeys(key for key, _ in whole):
        begin, values = _summed(key, [one for (own, _), one in whole.items() if own == key])
        told.series.append(ParsedSeries(key, datetime.fromtimestamp(begin, tz=UTC), values, None, published))
    return told


def _kind(root: Node) -> str:
    kind, process = root.value("type"), root.value("process.processType")
    if kind not in (LOAD, WIND_AND_SUN):
        raise FileRefused(
            f"type: it is {kind[:20]!r}; forecasts are read of {LOAD} (load) and {WIND_AND_SUN} (wind, sun)"
        )
    if process != DAY_AHEAD:
        raise FileRefused(
            f"process.processType: it is {process[:20]!r}, not {DAY_AHEAD}; ask for the forecast of the day ahead"
        )
    return kind


def _stretches(series: Node, kind: str, where: str, defaults: Defaults, told: ParsedFile) -> list[tuple[Part, Stretch]]:
    curve, zone = curve_of(series, where), _zone(series, where, defaults)
    plant = "" if kind == LOAD else series.value("MktPSRType", "psrType")
    if plant and plant not in PLANTS:
        raise Wrong(f"{where}, psrType: {plant[:20]} is not read; there are B16 (sun), B18 and B19 (wind)")
    if kind == WIND_AND_SUN and not plant:
        raise Wrong(f"{where}, MktPSRType: it does not say which plants it is of; give B16, B18 or B19")
    if (unit := next((text for name in _UNITS if (text := series.value(name))), "MAW")) != "MAW":
        raise Wrong(f"{where}, quantity_Measure_Unit.name: {unit[:20]!r} is not read; give power in MAW")
    product = PLANTS.get(plant, Product.LOAD_FORECAST)
    found = []
    for number, period in enumerate(series.all("Period"), start=1):
        place = f"{where}, Period {number}"
        step_s, begin, count = span_of(period, place)
        values = values_of(period, count, place, product, "quantity")
        if curve == VARIABLE:
            values = repeated(values, place, told.notes)
        found.append(((SeriesKey(zone, product, "", step_s, unit_of(product, "")), plant), (begin, values, place)))
    if not found:
        raise Wrong(f"{where}: it has no Period; leave it out or add one")
    return found


def _zone(series: Node, where: str, defaults: Defaults) -> str:
    zone = next((text for name in _DOMAINS if (text := series.value(name))), "") or defaults.zone
    if not zone or len(zone) > 40:
        raise Wrong(f"{where}, inBiddingZone_Domain.mRID: no zone is told; give it, or the zone of the feed")
    return zone


def _summed(key: SeriesKey, parts: list[tuple[int, np.ndarray]]) -> tuple[int, np.ndarray]:
    """Where one of the parts says nothing the sum is not known. Raises FileRefused."""
    first = min(begin for begin, _ in parts)
    if any((begin - first) % key.step_s for begin, _ in parts):
        raise FileRefused(f"{key.label}: its parts do not lie on the same steps; give times on one grid")
    last = max(begin + key.step_s * len(values) for begin, values in parts)
    total = np.zeros((last - first) // key.step_s)
    for begin, values in parts:
        wide = np.full(len(total), np.nan)
        place = (begin - first) // key.step_s
        wide[place : place + len(values)] = values
        total += wide
    return first, total
