"""The figures of a project in words and units, and a project as the files that `storage_economics` reads."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from apps.storage.adapters.project_file import Told
from gridops.engine.storage.economics.project import BOUNDS
from gridops.spreadsheet import SheetWriter

__all__ = ["BOUNDS", "FIGURES", "NEEDED", "as_csv", "as_json", "in_order", "named", "tree_of", "unit_of", "words_of"]

MONEY, MONEY_MWH, MONEY_YEAR, SHARE, SHARE_YEAR = "money", "money/MWh", "money/year", "0 to 1", "a year, 0.02 for 2 %"
NEEDED = ("capex", "energy_kwh", "years", "discount_rate")
FIGURES: Mapping[str, tuple[str, str]] = {
    "capex": ("Paid at the start", MONEY),
    "energy_kwh": ("Capacity when new", "kWh"),
    "years": ("Years that are looked at", "years"),
    "discount_rate": ("Discount rate", SHARE_YEAR),
    "depth": ("Depth of a cycle", SHARE),
    "cycles_per_year": ("Cycles a year", "1/year"),
    "round_trip_efficiency": ("Efficiency of the round trip", SHARE),
    "fade_per_year": ("Capacity lost a year", SHARE_YEAR),
    "opex_per_year": ("Operation and maintenance", MONEY_YEAR),
    "opex_growth": ("Growth of it", SHARE_YEAR),
    "charge_price_per_mwh": ("Price of charging", MONEY_MWH),
    "discharge_price_per_mwh": ("Price of discharging", MONEY_MWH),
    "services_per_year": ("Earned by services", MONEY_YEAR),
    "price_growth": ("Growth of prices", SHARE_YEAR),
    "salvage": ("Received at the end", MONEY),
    "finance_rate": ("Rate of borrowing (MIRR)", SHARE_YEAR),
    "reinvest_rate": ("Rate of reinvesting (MIRR)", SHARE_YEAR),
    "revenue_factor": ("Factor on all revenue", "1"),
}
YEARLY_FIGURES: Mapping[str, tuple[str, str]] = {
    "revenue": ("Revenue", MONEY_YEAR),
    "opex": ("Operation and maintenance", MONEY_YEAR),
    "discharged_mwh": ("Delivered", "MWh/year"),
    "augmentation_cost": ("Paid for added batteries", MONEY),
    "augmentation_kwh": ("Added batteries", "kWh"),
    "cash_flow": ("Cash flow", MONEY_YEAR),
}
COLUMNS = ("field", "year", "value", "unit", "source")


def unit_of(name: str, currency: str) -> str:
    """Of a figure, with the currency where it is known."""
    _, unit = FIGURES.get(name) or YEARLY_FIGURES[name]
    return unit.replace("money", currency) if currency else unit


def words_of(name: str) -> str:
    return (FIGURES.get(name) or YEARLY_FIGURES[name])[0]


def in_order(sources: Mapping[str, str]) -> list[tuple[str, str]]:
    """As a form has its figures; the database keeps no order."""
    return [(name, sources[name]) for name in (*FIGURES, *YEARLY_FIGURES) if name in sources]


def named(told: Told) -> list[str]:
    """The figures that a project tells, each once."""
    return [*told.figures, *told.yearly]


def tree_of(told: Told) -> dict[str, Any]:
    """As a JSON file for `storage_economics`."""
    years = sorted({year for rows in told.yearly.values() for year in rows})
    tree: dict[str, Any] = {**told.text, **{name: figure.value for name, figure in told.figures.items()}}
    if years:
        tree["yearly"] = [
            {"year": year, **{name: rows[year].value for name, rows in told.yearly.items() if year in rows}}
            for year in years
        ]
    if told.sensitivity:
        tree["sensitivity"] = {name: figure.value for name, figure in told.sensitivity.items()}
    if told.scenarios:
        tree["scenarios"] = {
            case: {name: figure.value for name, figure in values.items()} for case, values in told.scenarios.items()
        }
    return tree


def as_json(tree: Mapping[str, Any]) -> str:
    return json.dumps(tree, indent=1)


def as_csv(tree: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """One figure a row. `storage_economics` takes field, year and value, and lets the other columns be."""
    text = io.StringIO(newline="")
    writer = SheetWriter(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(tree, sources))
    return text.getvalue()


def _rows(tree: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    currency = str(tree.get("currency", ""))

    def row(name: str, value: float, year: int | str = "") -> tuple[Any, ...]:
        return name, year, value, unit_of(name, currency), sources.get(name, "")

    yield from ((name, "", str(tree[name]), "", "") for name in ("name", "currency") if name in tree)
    yield from (row(name, tree[name]) for name in BOUNDS if name in tree)
    for one in tree.get("yearly", ()):
        yield from (row(name, value, one["year"]) for name, value in one.items() if name != "year")
    yield from _variations(tree, currency)


def _variations(tree: Mapping[str, Any], currency: str) -> Iterator[tuple[Any, ...]]:
    for name, value in tree.get("sensitivity", {}).items():
        yield f"sensitivity.{name}", "", value, SHARE, ""
    for case, values in tree.get("scenarios", {}).items():
        for name, value in values.items():
            yield f"scenario.{case}.{name}", "", value, unit_of(name, currency), ""
