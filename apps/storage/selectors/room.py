"""What batteries may draw and give at their connection points, by the network's envelopes and by what the field takes.

Of many plants at once: plants at one point share what it has left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.dispatch.choices.ahead import AHEAD_FRESH
from apps.dispatch.selectors.ahead import Envelopes, newest_envelopes
from apps.storage.choices import STEP
from apps.storage.models import StoragePlant
from apps.storage.selectors.readings import meters_kw
from apps.telemetry.choices import ControlKind, Quantity
from apps.telemetry.models import ControlPoint

FloatArray = npt.NDArray[np.float64]
STEP_S = int(STEP.total_seconds())


@dataclass(frozen=True, slots=True)
class Room:
    """Of a connection point: what the meters of the plants asked for may draw and give together, kW per step (inf: no
    limit), and whose limits those are. `point`: plants with the same one share it; None: the plant stands alone."""

    point: int | None
    import_kw: FloatArray
    export_kw: FloatArray
    words: tuple[str, ...]
    run: int | None


def rooms_ahead(plants: Sequence[StoragePlant], *, starts_at: datetime, steps: int, as_of: datetime) -> dict[int, Room]:
    """By plant. Plants that are not asked for keep their part of a point, by their powers."""
    found = newest_envelopes()
    if found is None:
        return _without(plants, steps, "No envelope is known for its connection: only its own limits hold.")
    if as_of - found.run.as_of > AHEAD_FRESH:
        told = f"The newest envelope is of {found.run.as_of:%H:%M} UTC, too old to plan by."
        return _without(plants, steps, told)
    column_of = {plant.pk: found.column(str(plant.mrid)) for plant in plants}
    shares = _shares(found, plants, column_of, as_of)
    rooms: dict[int, Room] = {}
    told_of: dict[int, Room] = {}
    for plant in plants:
        column = column_of[plant.pk]
        if column is None:
            rooms |= _without([plant], steps, "No envelope is known for its connection: only its own limits hold.")
            continue
        if column not in told_of:
            told_of[column] = _room(found, column, starts_at=starts_at, steps=steps, share=shares[column])
        rooms[plant.pk] = told_of[column]
    return rooms


def _without(plants: Sequence[StoragePlant], steps: int, words: str) -> dict[int, Room]:
    free = np.full(steps, np.inf)
    return {plant.pk: Room(None, free, free, (words,), None) for plant in plants}


@dataclass(frozen=True, slots=True)
class _Share:
    """Of the plants asked for at a point: their part of its room, and what all batteries there draw now."""

    part: float
    now_kw: float


def _shares(
    found: Envelopes, plants: Sequence[StoragePlant], column_of: Mapping[int, int | None], as_of: datetime
) -> dict[int, _Share]:
    """What batteries draw now the envelope counts among what is expected: it is theirs to change."""
    wanted = {column for column in column_of.values() if column is not None}
    others = StoragePlant.objects.exclude(pk__in=list(column_of)).filter(is_planned=True)
    more = others.only("pk", "mrid", "charge_kw", "discharge_kw", "name")
    every = [(plant, column_of[plant.pk]) for plant in plants]
    every += [(plant, column) for plant in more if (column := found.column(str(plant.mrid))) in wanted]
    meters = meters_kw([plant for plant, _ in every], as_of=as_of)
    power: dict[int, list[float]] = {column: [0.0, 0.0, 0.0] for column in wanted}
    for plant, column in every:
        if column is not None:
            size = plant.charge_kw + plant.discharge_kw
            mine = size if plant.pk in column_of else 0.0
            sums = power[column]
            sums[0], sums[1], sums[2] = sums[0] + mine, sums[1] + size, sums[2] + meters.get(plant.mrid, 0.0)
    return {column: _Share(mine / max(size, 1e-9), now) for column, (mine, size, now) in power.items()}


def _room(found: Envelopes, column: int, *, starts_at: datetime, steps: int, share: _Share) -> Room:
    """Of the point less what else is expected there. After the envelope's last hour it says nothing."""
    starts = np.array([start.timestamp() for start in found.starts])
    at = starts_at.timestamp() + STEP_S * np.arange(steps)
    row = np.clip(np.searchsorted(starts, at, side="right") - 1, 0, len(starts) - 1)
    others = found.expected_kw[row, column] - share.now_kw
    ends = found.run.ends_at.timestamp() if found.run.ends_at else -np.inf
    inside = (at >= starts[0]) & (at < ends)
    draw = np.where(inside, share.part * np.maximum(found.import_kw[row, column] - others, 0.0), np.inf)
    give = np.where(inside, share.part * np.maximum(found.export_kw[row, column] + others, 0.0), np.inf)
    words = f"Envelope of {found.run.as_of:%H:%M} UTC for {int(inside.sum())} of {steps} steps."
    return Room(column, draw, give, (words,), found.run.pk)


def own_limits(plants: Sequence[StoragePlant]) -> dict[int, tuple[float, float]]:
    """By plant: what its meter may draw and give at all, by its connection and the set-points that the field takes."""
    bounds = setpoint_bounds([plant.mrid for plant in plants])
    return {plant.pk: _own(plant, *bounds[plant.mrid]) for plant in plants}


def _own(plant: StoragePlant, low: float, high: float) -> tuple[float, float]:
    draw = min(np.inf if plant.import_kw is None else plant.import_kw, max(high, 0.0))
    give = min(np.inf if plant.export_kw is None else plant.export_kw, max(-low, 0.0))
    return draw, give


def setpoint_bounds(mrids: Sequence[UUID]) -> dict[UUID, tuple[float, float]]:
    """As the meters read; without bounds where nothing in the field takes a set-point."""
    rows = ControlPoint.objects.filter(
        point__equipment_mrid__in=mrids, point__quantity=Quantity.ACTIVE_POWER, kind=ControlKind.SETPOINT
    )
    told = {mrid: (low, high) for mrid, low, high in rows.values_list("point__equipment_mrid", "low", "high")}
    return {mrid: _bounds(*told.get(mrid, (None, None))) for mrid in mrids}


def _bounds(low: float | None, high: float | None) -> tuple[float, float]:
    return (-np.inf if low is None else low, np.inf if high is None else high)
