"""How plants stand to their limits: stored, told as alarms, and a trip mirrored until its reset on the spot is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.storage.adapters.bounds import Bounds, Readings, bounds_now
from apps.storage.choices import SafetyLevel
from apps.storage.models import SafetyState, StoragePlant
from apps.storage.selectors.limits import limits_of
from apps.storage.selectors.readings import readings_of

CONDITIONS = {
    SafetyLevel.WARN: (Condition.BATTERY_WARNING, Priority.LOW),
    SafetyLevel.DERATE: (Condition.BATTERY_DERATED, Priority.MEDIUM),
    SafetyLevel.STOP: (Condition.BATTERY_STOPPED, Priority.HIGH),
    SafetyLevel.TRIP: (Condition.BATTERY_TRIPPED, Priority.CRITICAL),
}
_LEVELS = list(SafetyLevel)
_SOURCE = "storage/"
_FIELDS = ["as_of", "level", "reasons", "charge_kw", "discharge_kw", "charge_by", "discharge_by", "tripped_at"]


@transaction.atomic
def assess(*, as_of: datetime) -> int:
    """How many plants are beyond a limit."""
    plants = list(StoragePlant.objects.prefetch_related("limits", "settings").order_by("pk"))
    before = {row.plant_id: row for row in SafetyState.objects.select_for_update().filter(plant__in=plants)}
    readings = readings_of(plants, as_of=as_of)
    states = [_state(plant, readings.get(plant.pk), before.get(plant.pk), as_of) for plant in plants]
    SafetyState.objects.bulk_create(states, update_conflicts=True, unique_fields=["plant"], update_fields=_FIELDS)
    _tell(plants, states, as_of)
    return sum(SafetyLevel(state.level) is not SafetyLevel.NORMAL for state in states)


@transaction.atomic
def tell_reset(*, plant: StoragePlant, by: User, reason: str, as_of: datetime) -> SafetyState:
    """A person says that the trip was reset on the spot. Raises Refused where none stands, or its cause lasts."""
    state = SafetyState.objects.select_for_update().filter(plant=plant).first()
    if state is None or state.tripped_at is None:
        raise Refused("No trip of this plant stands; there is nothing to tell.")
    readings = readings_of([plant], as_of=as_of).get(plant.pk) or Readings([plant.name], {})
    found = bounds_now(limits_of(plant), readings, is_tripped=False)
    if found.level is SafetyLevel.TRIP:
        raise Refused(f"The cause of the trip lasts: {found.reasons[0]['text']} It trips again.")
    state.tripped_at, state.reset_told_at, state.reset_told_by = None, as_of, by
    state.save(update_fields=["tripped_at", "reset_told_at", "reset_told_by"])
    detail = {"plant": plant.name, "reason": reason}
    audit.record(actor=by, action="storage.reset-told", target=f"storage/{plant.pk}", detail=detail, at=as_of)
    return state


def _state(plant: StoragePlant, readings: Readings | None, before: SafetyState | None, as_of: datetime) -> SafetyState:
    was_tripped = before.tripped_at if before else None
    told = readings or Readings([plant.name], {})
    found = bounds_now(limits_of(plant), told, is_tripped=was_tripped is not None)
    tripped_at = was_tripped or (as_of if found.level is SafetyLevel.TRIP else None)
    return SafetyState(plant=plant, as_of=as_of, tripped_at=tripped_at, **_fields(found, is_new=was_tripped is None))


def _fields(found: Bounds, *, is_new: bool) -> dict[str, Any]:
    nothing = found.level is SafetyLevel.TRIP and is_new
    return {
        "level": found.level,
        "reasons": list(found.reasons),
        "charge_kw": 0.0 if nothing else found.charge_kw,
        "discharge_kw": 0.0 if nothing else found.discharge_kw,
        "charge_by": found.charge_by,
        "discharge_by": found.discharge_by,
    }


def _tell(plants: Sequence[StoragePlant], states: Sequence[SafetyState], as_of: datetime) -> None:
    """One alarm a plant: of the gravest that stands."""
    wanted = {(f"{_SOURCE}{state.plant_id}", condition) for state in states if (condition := _condition(state))}
    told = standing_sources([condition for condition, _ in CONDITIONS.values()])
    standing = {(source, Condition(condition)) for source, condition in told if source.startswith(_SOURCE)}
    if over := sorted(standing - wanted):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, condition, as_of) for source, condition in over])
    plant_of = {f"{_SOURCE}{plant.pk}": plant for plant in plants}
    state_of = {f"{_SOURCE}{state.plant_id}": state for state in states}
    if new := sorted(wanted - standing):
        facts = [_fact(plant_of[source], state_of[source], condition, as_of) for source, condition in new]
        alarms.raise_alarms(facts=facts)


def _condition(state: SafetyState) -> Condition | None:
    level = _alarming(state)
    return CONDITIONS[level][0] if level in CONDITIONS else None


def _alarming(state: SafetyState) -> SafetyLevel:
    """A charge near its ends is what batteries are for: it is no alarm before it stops them."""
    if state.tripped_at is not None:
        return SafetyLevel.TRIP
    ranks = [one["rank"] for one in _grave(state)]
    return _LEVELS[max(ranks, default=0)]


def _grave(state: SafetyState) -> list[dict[str, Any]]:
    stop = _LEVELS.index(SafetyLevel.STOP)
    return [one for one in state.reasons if one["rank"] >= stop or not one["is_charge"]]


def _fact(plant: StoragePlant, state: SafetyState, condition: Condition, at: datetime) -> alarms.AlarmFact:
    worst = next(iter(_grave(state)), None)
    return alarms.AlarmFact(
        source=f"{_SOURCE}{plant.pk}",
        condition=condition,
        priority=next(priority for one, priority in CONDITIONS.values() if one == condition),
        equipment_name=plant.name,
        equipment_mrid=plant.mrid,
        message=(worst["text"] if worst else "A trip stands that was not told to be reset on the spot.")[:200],
        value=worst["value"] if worst else None,
        limit=worst["limit"] if worst else None,
        unit=worst["unit"] if worst else "",
        at=at,
    )
