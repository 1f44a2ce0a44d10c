"""Rows of limits and what people have narrowed, to the engine's limits of one plant, and back for a first set."""

from collections.abc import Sequence

import numpy as np

from apps.storage.choices import Side
from apps.storage.models import LimitSetting, SafetyLimit, StoragePlant
from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.safety.limits import Limits, Rule
from gridops.engine.storage.safety.limits import Side as EngineSide
from gridops.engine.storage.safety.narrowing import Narrowing, Setting, narrow
from gridops.engine.storage.safety.typical import Chemistry, typical

__all__ = ["Limits", "datasheet_of", "in_force", "narrowed", "typical_rows"]


def datasheet_of(plant: StoragePlant, rows: Sequence[SafetyLimit]) -> Limits:
    """All of it, watched here or not. Raises ValueError where the rungs of a row are out of order."""
    charge, discharge, current = map(_one, (plant.charge_kw, plant.discharge_kw, plant.current_a))
    return Limits(tuple(map(_rule, rows)), charge, discharge, current, source=plant.datasheet)


def narrowed(plant: StoragePlant, rows: Sequence[SafetyLimit], settings: Sequence[LimitSetting]) -> Narrowing:
    """What is in force. A setting that the datasheet no longer allows is left out, with the reason."""
    wishes = [Setting(one.name, one.rung, _one(one.value)) for one in settings]
    return narrow(datasheet_of(plant, rows), wishes)


def in_force(plant: StoragePlant, rows: Sequence[SafetyLimit], settings: Sequence[LimitSetting]) -> Limits:
    """Of the readings that reach us; the others are watched by the battery's own management alone."""
    found = narrowed(plant, rows, settings).limits
    watched = {row.name for row in rows if row.is_watched}
    rules = tuple(rule for rule in found.rules if rule.name in watched)
    return Limits(rules, found.charge_kw, found.discharge_kw, found.current_a, found.source)


def typical_rows(plant: StoragePlant, *, watched: frozenset[str]) -> list[SafetyLimit]:
    """Not stored. Of a plant whose datasheet nobody has entered yet. watched: readings that reach us."""
    limits = typical(
        Chemistry(plant.chemistry),
        charge_kw=plant.charge_kw,
        discharge_kw=plant.discharge_kw,
        current_a=plant.current_a,
    )
    return [_row(plant, rule, is_watched=rule.reading in watched) for rule in limits.rules]


def _row(plant: StoragePlant, rule: Rule, *, is_watched: bool) -> SafetyLimit:
    trip = float(rule.trip[0])
    return SafetyLimit(
        plant=plant,
        name=rule.name,
        reading=rule.reading,
        unit=rule.unit,
        side=Side(rule.side.value),
        blocks_charge=rule.charge,
        blocks_discharge=rule.discharge,
        warn=float(rule.warn[0]),
        derate=float(rule.derate[0]),
        stop=float(rule.stop[0]),
        trip=trip if np.isfinite(trip) else None,
        source=rule.source,
        is_watched=is_watched,
    )


def _rule(row: SafetyLimit) -> Rule:
    rungs = (row.warn, row.derate, row.stop, np.nan if row.trip is None else row.trip)
    warn, derate, stop, trip = map(_one, rungs)
    return Rule(
        row.name,
        row.reading,
        row.unit,
        EngineSide(row.side),
        row.blocks_charge,
        row.blocks_discharge,
        warn,
        derate,
        stop,
        trip,
        row.source,
    )


def _one(value: float) -> FloatArray:
    return np.array([value], dtype=np.float64)
