"""A file of plants as their owners hand it over: a row a plant, faults told by row and column."""

from dataclasses import dataclass
from math import isnan
from typing import Any
from uuid import UUID

from apps.markets.adapters.parsed import FileRefused
from apps.markets.adapters.sheet import number, rows_of
from apps.storage.choices import AgeingLaw, Chemistry

MOST_RACKS = 10_000
_LAW_OF = {Chemistry.LFP: AgeingLaw.LFP_LARGE, Chemistry.NMC: AgeingLaw.NMC}
_TEXTS = ("name", "datasheet", "tariff")
_NEEDED_NUMBERS = ("charge_kw", "discharge_kw", "energy_kwh", "current_a", "nominal_dc_v", "cells_in_series")
_FRACTIONS = ("charge_efficiency", "discharge_efficiency", "least_soc", "most_soc", "resting_soc")
_MORE_NUMBERS = (
    *_FRACTIONS,
    "wear_per_kwh",
    "most_cycles_a_day",
    "import_kw",
    "export_kw",
    "warranty_years",
    "warranty_throughput_kwh",
    "warranty_cycles",
    "warranty_hours_warm",
    "warranty_hours_full",
)
_MAY_BE_ZERO = frozenset({"wear_per_kwh", "import_kw", "export_kw", "least_soc"})
_NEEDED = ("mrid", "name", "chemistry", "datasheet", *_NEEDED_NUMBERS)
_COLUMNS = (*_NEEDED, "racks", "tariff", *_MORE_NUMBERS)


@dataclass(frozen=True, slots=True)
class SheetPlant:
    """`values`: fields of the plant; those that the row leaves empty are missing. Racks by mRID."""

    row: int
    mrid: UUID
    racks: tuple[UUID, ...]
    values: dict[str, Any]


def plants_of(content: bytes) -> list[SheetPlant]:
    """Raises FileRefused with every fault."""
    found, faults = [], []
    for row, told in rows_of(content, names={name: name for name in _COLUMNS}, needed=_NEEDED):
        try:
            found.append(_plant(row, told))
        except ValueError as fault:
            faults.append(f"row {row}: {fault}")
    mrids = [one.mrid for one in found]
    faults += [
        f"row {one.row}: mrid stands twice; give every plant one row"
        for n, one in enumerate(found)
        if one.mrid in mrids[:n]
    ]
    if faults:
        raise FileRefused(*faults)
    if not found:
        raise FileRefused("row 2: there is no plant; write one a row")
    return found


def _plant(row: int, told: dict[str, str]) -> SheetPlant:
    mrid = _uuid("mrid", told["mrid"])
    chemistry = told["chemistry"].lower()
    if chemistry not in Chemistry.values:
        raise ValueError(f"chemistry: {chemistry!r} is none of {', '.join(Chemistry.values)}")
    values: dict[str, Any] = {"chemistry": chemistry, "ageing_law": _LAW_OF[Chemistry(chemistry)]}
    for name in _TEXTS:
        if text := told.get(name, "").strip():
            values[name] = text[:200]
    if missing := [name for name in ("name", "datasheet") if name not in values]:
        raise ValueError(f"{missing[0]}: it is empty; every plant has a name and cites its datasheet")
    values |= {name: _number(name, told.get(name, ""), is_needed=True) for name in _NEEDED_NUMBERS}
    given = {name: _number(name, told.get(name, ""), is_needed=False) for name in _MORE_NUMBERS}
    values |= {name: value for name, value in given.items() if value is not None}
    values["cells_in_series"] = int(values["cells_in_series"])
    return SheetPlant(row, mrid, _racks(told.get("racks", ""), mrid), values)


def _racks(text: str, mrid: UUID) -> tuple[UUID, ...]:
    """A plant without racks of its own is its only one."""
    found = tuple(_uuid("racks", one) for one in text.split()) or (mrid,)
    if len(set(found)) < len(found) or len(found) > MOST_RACKS:
        raise ValueError(f"racks: an mRID stands twice, or there are more than {MOST_RACKS}")
    return found


def _uuid(column: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError(f"{column}: {text[:40]!r} is no mRID; write it like 5b1f0c7e-...") from None


def _number(name: str, text: str, *, is_needed: bool) -> float | None:
    try:
        value = number(text)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from None
    if isnan(value):
        if is_needed:
            raise ValueError(f"{name}: it is empty; take it from the datasheet")
        return None
    if value < 0 or (value == 0 and name not in _MAY_BE_ZERO):
        raise ValueError(f"{name}: {value:g} is not above 0")
    if name in _FRACTIONS and value > 1:
        raise ValueError(f"{name}: {value:g} is above 1; write 0.95 for 95 %")
    return value


__all__ = ["FileRefused", "SheetPlant", "plants_of"]
