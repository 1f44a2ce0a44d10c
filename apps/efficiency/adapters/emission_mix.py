"""A generation mix by hour, as CSV, to emission factors by hour, as the import of prices takes them."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from apps.efficiency.adapters.saving_files import HOUR_S, columns_of, unpacked
from apps.markets.adapters.parsed import FileRefused
from apps.markets.adapters.sheet import LocalClock, number, rows_of, stamp
from apps.markets.choices import Product
from gridops.engine.efficiency.emissions import AR5_G_PER_KWH, average_factors, marginal_factors

FloatArray = npt.NDArray[np.float64]
START: Final = "start"
MOST_G_PER_KWH: Final = 3000.0
_MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Factors:
    """By hour, g/kWh, nan where unknown; the marginal one of an hour is that of its hour of the day."""

    at_s: npt.NDArray[np.int64]
    average: FloatArray
    marginal: FloatArray
    document: dict[str, Any]


def known_factor(text: str) -> tuple[str, float]:
    """SOURCE=G_PER_KWH. Raises FileRefused."""
    name, sign, value = text.partition("=")
    try:
        factor = number(value)
    except ValueError as error:
        raise FileRefused(f"--factor: {error}") from None
    if not (sign and name.strip() and 0 <= factor <= MOST_G_PER_KWH):
        raise FileRefused(
            f"--factor: {text[:40]!r} must be SOURCE=G_PER_KWH from 0 to {MOST_G_PER_KWH:g}, as import=350"
        )
    return name.strip().lower(), factor


def factors_of_mix(content: bytes, name: str, zone: ZoneInfo, told: Mapping[str, float]) -> Factors:
    """Columns start and one of each source, kWh or MWh of the hour alike. Raises FileRefused."""
    content = unpacked(content, name)
    sources = [one for one in columns_of(content) if one != START]
    known = dict(AR5_G_PER_KWH) | dict(told)
    if unknown := [one for one in sources if one not in known]:
        told_by = f"give --factor {unknown[0]}=350, or name it one of {', '.join(sorted(AR5_G_PER_KWH))}"
        raise FileRefused(f"{name}: row 1: {unknown[0]!r} has no factor; {told_by}")
    at, energy = _table(content, name, zone, sources)
    grams = np.array([known[one] for one in sources])
    average = average_factors(energy, grams)
    hour = np.array([datetime.fromtimestamp(one, zone).hour for one in at])
    marginal = marginal_factors(energy, grams, hour)
    document = {
        "hours": len(at),
        "hours_known": int(np.isfinite(average).sum()),
        "sources_g_per_kwh": {one: known[one] for one in sources},
        "average_g_per_kwh": _mean(average),
        "marginal_by_hour_of_day_g_per_kwh": [_or_none(one) for one in marginal.g_per_kwh],
        "changes_by_hour_of_day": [int(one) for one in marginal.changes],
        "method": {
            "average": "sum of generation times factor over the sum of generation, by hour (location-based)",
            "marginal": marginal.method,
            "factors": "medians over the life cycle of IPCC AR5 (2014), WG III, table A.III.2, where none was given",
        },
        "zone": zone.key,
    }
    return Factors(at, average, marginal.g_per_kwh[hour], document)


def _table(
    content: bytes, name: str, zone: ZoneInfo, sources: Sequence[str]
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    clock, faults = LocalClock(zone), list[str]()
    at, energy = list[int](), list[list[float]]()
    try:
        rows = list(rows_of(content, names={one: one for one in (START, *sources)}, needed=(START,)))
    except FileRefused as refusal:
        raise FileRefused(*(f"{name}: {one}" for one in refusal.problems)) from None
    for row, fields in rows:
        try:
            at.append(int(clock.instant(stamp(fields[START])).timestamp()))
            energy.append([_positive(fields[one], one) for one in sources])
        except (ValueError, FileRefused) as error:
            faults.append(f"{name}: row {row}: {error}")
    if faults:
        raise FileRefused(*faults[:_MOST_TOLD])
    return _whole(name, np.array(at, np.int64), np.array(energy, float).T.reshape(len(sources), -1))


def _positive(text: str, source: str) -> float:
    value = number(text)
    if value < 0:
        raise ValueError(f"{source} is {value:g}; give what was generated or imported, 0 or more")
    return value


def _whole(name: str, at: npt.NDArray[np.int64], energy: FloatArray) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Hours in order without a gap; an hour that the file leaves out is unknown."""
    if len(at) < 2 or not len(energy):
        raise FileRefused(f"{name}: it needs two hours and one source at least")
    if len(np.unique(at)) < len(at) or (at % HOUR_S).any():
        raise FileRefused(f"{name}: every row must be a whole hour, and each hour one row")
    place = (at - at.min()) // HOUR_S
    if place.max() > 24 * 366 * 20:
        raise FileRefused(f"{name}: it spans more than 20 years; mend a wrong year")
    grid = np.full((len(energy), int(place.max()) + 1), np.nan)
    grid[:, place] = energy
    return at.min() + np.arange(grid.shape[1]) * HOUR_S, grid


def factor_rows(found: Factors) -> str:
    """CSV as `import_prices` takes it; hours without a factor are left out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("time", "value", "product", "unit", "resolution"))
    for product, values in ((Product.EMISSION_AVERAGE, found.average), (Product.EMISSION_MARGINAL, found.marginal)):
        for at, value in zip(found.at_s, values, strict=True):
            if np.isfinite(value):
                start = datetime.fromtimestamp(int(at), UTC).isoformat()
                writer.writerow((start, f"{max(value, 0.0):.3f}", product.value, "g/kWh", "PT60M"))
    return out.getvalue()


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _mean(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None
