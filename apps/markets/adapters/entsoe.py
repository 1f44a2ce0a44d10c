"""Prices of ENTSO-E's transparency platform: Publication_MarketDocument of type A44, after IEC 62325-451-3. Published
forecasts of load, wind and sun are read beside it (`apps/markets/adapters/entsoe_forecasts.py`).

Of curve type A01 every point is told; of A03 a point that is left out repeats the one before it, up to the end of its
period. One document may hold several resolutions, auctions and periods.
"""

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Final

import numpy as np

from apps.markets.adapters.entsoe_forecasts import LOAD_AND_GENERATION, foreseen
from apps.markets.adapters.entsoe_periods import VARIABLE, Wrong, curve_of, repeated, span_of, values_of
from apps.markets.adapters.parsed import (
    MOST_TOLD,
    Defaults,
    FileRefused,
    ParsedFile,
    ParsedSeries,
    SeriesKey,
    Stretch,
    instant,
    laid,
    unit_of,
)
from apps.markets.adapters.xml_tree import Node, tree
from apps.markets.choices import Product

PRICES, ACKNOWLEDGEMENT = "Publication_MarketDocument", "Acknowledgement_MarketDocument"
PRICE_DOCUMENT: Final = "A44"
NO_DATA: Final = "999"
CONTRACTS: Final = {
    "": Product.DAY_AHEAD,
    "A01": Product.DAY_AHEAD,
    "A07": Product.INTRADAY,
}
_SEQUENCE: Final = "classificationSequence_AttributeInstanceComponent.position"


def parse(content: bytes, defaults: Defaults) -> ParsedFile:
    """Raises FileRefused."""
    root = tree(content)
    if root.name == LOAD_AND_GENERATION:
        return foreseen(root, defaults, published=_published(root))
    _check_kind(root)
    published = _published(root)
    found: dict[SeriesKey, list[Stretch]] = defaultdict(list)
    told, problems = ParsedFile(), list[str]()
    for number, one in enumerate(root.all("TimeSeries"), start=1):
        try:
            for key, stretch in _stretches(one, f"TimeSeries {one.value('mRID') or number}", defaults, told.notes):
                found[key].append(stretch)
        except Wrong as wrong:
            problems.append(str(wrong))
    if not found and not problems:
        problems.append("the document: it holds no TimeSeries, so no prices; ask for a zone and time that has some")
    for key, stretches in found.items():
        begin, values = laid(key, stretches, problems)
        told.series.append(ParsedSeries(key, datetime.fromtimestamp(begin, tz=UTC), values, None, published))
    if problems:
        raise FileRefused(*problems[:MOST_TOLD])
    told.notes.extend(_gaps(told))
    return told


def _check_kind(root: Node) -> None:
    if root.name == ACKNOWLEDGEMENT:
        raise FileRefused(_refusal_of_provider(root))
    if root.name != PRICES:
        raise FileRefused(f"the document: it is a {root.name[:60]}; prices come as {PRICES} of type {PRICE_DOCUMENT}")
    if (kind := root.value("type")) not in ("", PRICE_DOCUMENT):
        raise FileRefused(f"type: it is {kind[:20]}, not {PRICE_DOCUMENT}; ask for the document of day-ahead prices")


def _refusal_of_provider(root: Node) -> str:
    reasons = root.all("Reason") + root.all("reason")
    told = "; ".join(f"{one.value('text')[:200] or 'no text'} (code {one.value('code')[:10]})" for one in reasons)
    empty = any(one.value("code") == NO_DATA for one in reasons)
    what = "mostly because nothing is published yet or the zone and time are wrong" if empty else "see its reason"
    return f"the provider answered with a refusal instead of prices: {told or 'without a reason'}; {what}"


def _published(root: Node) -> datetime | None:
    text = root.value("createdDateTime")
    try:
        return instant(datetime.fromisoformat(text)) if text else None
    except (ValueError, TypeError):
        raise FileRefused(f"createdDateTime: {text[:40]!r} is no time; write one like 2026-03-10T11:45:00Z") from None


def _stretches(series: Node, where: str, defaults: Defaults, notes: list[str]) -> list[tuple[SeriesKey, Stretch]]:
    curve = curve_of(series, where)
    zone, product = _zone(series, where, defaults), _product(series, where)
    currency = series.value("currency_Unit.name") or "EUR"
    if not re.fullmatch("[A-Z]{3}", currency):
        raise Wrong(f"{where}, currency_Unit.name: {currency[:20]!r} is no currency; write three letters such as EUR")
    if (unit := series.value("price_Measure_Unit.name") or "MWH").upper() != "MWH":
        raise Wrong(f"{where}, price_Measure_Unit.name: {unit[:20]!r} is not read; give prices per MWH")
    if not (periods := series.all("Period")):
        raise Wrong(f"{where}: it has no Period; leave it out or add one")
    told = []
    for number, period in enumerate(periods, start=1):
        place = f"{where}, Period {number}"
        step_s, begin, count = span_of(period, place)
        key = SeriesKey(zone, product, series.value(_SEQUENCE)[:20], step_s, unit_of(product, currency))
        values = values_of(period, count, place, product, "price.amount")
        if curve == VARIABLE:
            values = repeated(values, place, notes)
        told.append((key, (begin, values, place)))
    return told


def _zone(series: Node, where: str, defaults: Defaults) -> str:
    inward, outward = series.value("in_Domain.mRID"), series.value("out_Domain.mRID")
    if inward and outward and inward != outward:
        raise Wrong(f"{where}: it is of the border {inward[:20]} to {outward[:20]}; prices of one zone are read")
    zone = inward or outward or defaults.zone
    if not zone or len(zone) > 40:
        raise Wrong(f"{where}, in_Domain.mRID: no zone is told; give it, or the zone of the feed")
    return zone


def _product(series: Node, where: str) -> Product:
    contract = series.value("contract_MarketAgreement.type")
    if contract not in CONTRACTS:
        raise Wrong(
            f"{where}, contract_MarketAgreement.type: {contract[:20]} is not read; there are A01 (day-ahead) and A07 "
            "(intraday)"
        )
    return CONTRACTS[contract]


def _gaps(told: ParsedFile) -> list[str]:
    counts = [(one.key.label, int(np.isnan(one.values).sum())) for one in told.series]
    return [f"{label}: {count} steps have no price and stay a gap" for label, count in counts if count]
