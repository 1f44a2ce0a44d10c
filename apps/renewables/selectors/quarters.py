"""Quarter hours of plants as they were kept."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.forecasts.selectors.actual import instant_of, step_of
from apps.renewables.adapters.days import course
from apps.renewables.choices import QUARTER_H, Basis
from apps.renewables.models import Curtailment, PlantDay, RenewablePlant
from apps.renewables.selectors.local_days import steps_of, today

FloatArray = npt.NDArray[np.float64]
_EPOCH = date(1970, 1, 1)
COLUMNS = ("available_kw", "sigma_kw", "produced_kw", "curtailed_kw")
RECENT = 8  # quarter hours: a value that is older is none of now


def courses(plants: Sequence[RenewablePlant], *, first: int, end: int) -> dict[str, FloatArray]:
    """Plants x steps since 1970, by column. One query."""
    days: dict[int, list[PlantDay]] = {}
    rows = PlantDay.objects.filter(
        plant__in=plants, day__gte=instant_of(first).date(), day__lte=instant_of(max(end - 1, first)).date()
    )
    for row in rows:
        days.setdefault(row.plant_id, []).append(row)
    return {name: _laid(plants, days, name, first, end) for name in COLUMNS}


def _laid(
    plants: Sequence[RenewablePlant], days: dict[int, list[PlantDay]], name: str, first: int, end: int
) -> FloatArray:
    found = np.full((len(plants), end - first), np.nan)
    for row, plant in enumerate(plants):
        told = {(one.day - _EPOCH).days: getattr(one, name) for one in days.get(plant.pk, [])}
        found[row] = course(told, first=first, end=end)
    return found


def newest_known(plants: Sequence[RenewablePlant], *, as_of: datetime) -> dict[int, dict[str, Any]]:
    """By plant: the newest quarter hour that ended by then and is known, within two hours."""
    end = step_of(as_of)
    told = courses(plants, first=end - RECENT, end=end)
    causes = _causes(plants, end)
    bases = _bases(plants, end)
    found: dict[int, dict[str, Any]] = {}
    for row, plant in enumerate(plants):
        known = np.flatnonzero(np.isfinite(told["produced_kw"][row]))
        if len(known):
            column = int(known[-1])
            step = end - RECENT + column
            values = {name: _maybe(told[name][row, column]) for name in COLUMNS}
            found[plant.pk] = {
                "at": instant_of(step).isoformat(),
                "fed_in_kw": values.pop("produced_kw"),
                **values,
                "basis": bases.get(plant.pk, Basis.NOTHING),
                **causes.get((plant.pk, step), {}),
            }
    return found


def _causes(plants: Sequence[RenewablePlant], end: int) -> dict[tuple[int, int], dict[str, str]]:
    rows = Curtailment.objects.filter(
        plant__in=plants, starts_at__gte=instant_of(end - RECENT), starts_at__lt=instant_of(end)
    )
    return {
        (plant, step_of(at)): {"cause": cause, "words": words}
        for plant, at, cause, words in rows.values_list("plant_id", "starts_at", "cause", "words")
    }


def _bases(plants: Sequence[RenewablePlant], end: int) -> dict[int, str]:
    rows = PlantDay.objects.filter(plant__in=plants, day__lte=instant_of(end - 1).date()).order_by("plant_id", "-day")
    return dict(rows.distinct("plant_id").values_list("plant_id", "basis"))


def day_sums(plants: Sequence[RenewablePlant], *, as_of: datetime) -> dict[int, dict[str, float]]:
    """By plant: kWh of the local day so far, of those that are known at all."""
    first, end = steps_of(today(as_of))[0], step_of(as_of)
    if end <= first:
        return {}
    told = courses(plants, first=first, end=end)
    return {
        plant.pk: {
            "used_kwh": QUARTER_H * float(np.nansum(told["produced_kw"][row])),
            "curtailed_kwh": QUARTER_H * float(np.nansum(told["curtailed_kw"][row])),
        }
        for row, plant in enumerate(plants)
        if np.isfinite(told["produced_kw"][row]).any()
    }


def _maybe(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
