"""What a plant has earned over its settled days, by month, cycle and service, against foresight and a simple rule."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from apps.storage.adapters.parts import PARTS
from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.models import Earning, StoragePlant, StorageSchedule

_MONEY = ("realised", "planned", "perfect", "simple_rule", "wear")
_COMPARED = ("realised", "perfect", "simple_rule")
KWH_A_MWH = 1000.0
DAY = timedelta(days=1)


def earned_document(plant: StoragePlant, *, until: date, days: int) -> dict[str, Any]:
    """Sums are over the days of which all that is compared is known; `days` says how many those are."""
    first = until - (days - 1) * DAY
    rows = list(Earning.objects.filter(plant=plant, day__gte=first, day__lte=until).order_by("day"))
    by_month = groupby(rows, key=lambda row: row.day.replace(day=1))
    return {
        "first_day": first.isoformat(),
        "last_day": until.isoformat(),
        "currency": rows[-1].currency if rows else "",
        "settled_days": len(rows),
        "total": _sums(rows),
        "months": [{"month": f"{month:%Y-%m}", **_sums(list(each))} for month, each in by_month],
        "services": _services(plant, first, until),
    }


def _sums(rows: Sequence[Earning]) -> dict[str, Any]:
    known = [row for row in rows if all(getattr(row, name) is not None for name in _COMPARED)]
    sums = {name: _sum(row_value for row in known if (row_value := getattr(row, name)) is not None) for name in _MONEY}
    cycles = _sum(row.cycles or 0.0 for row in known)
    mwh = _sum(row.discharged_kwh or 0.0 for row in known) / KWH_A_MWH
    realised, perfect = sums["realised"], sums["perfect"]
    return {
        "days": len(known),
        **{name: value if known else None for name, value in sums.items()},
        "share_of_perfect": realised / perfect if known and perfect > 0 else None,
        "above_simple_rule": realised - sums["simple_rule"] if known else None,
        "cycles": cycles,
        "discharged_mwh": mwh,
        "per_cycle": realised / cycles if cycles else None,
        "per_mwh": realised / mwh if mwh else None,
    }


def _sum(values: Iterable[float]) -> float:
    return float(sum(values))


def _services(plant: StoragePlant, first: date, until: date) -> list[dict[str, Any]]:
    """Of the day-ahead schedules of these days, each the newest of its day: money earned is positive."""
    rows = StorageSchedule.objects.filter(
        plant=plant,
        horizon=Horizon.DAY_AHEAD,
        outcome=PlanOutcome.PLANNED,
        starts_at__date__gte=first - DAY,
        starts_at__date__lte=until,
    )
    parts = rows.order_by("starts_at", "-id").distinct("starts_at").values_list("parts", flat=True)
    sums: dict[str, float] = {}
    for of_day in parts:
        for name, cost in of_day.items():
            sums[name] = sums.get(name, 0.0) - cost
    return [
        {"name": name, "planned": sums[name], "days": len(parts)}
        for name in sorted(sums, key=lambda one: PARTS.index(one) if one in PARTS else len(PARTS))
        if sums[name]
    ]
