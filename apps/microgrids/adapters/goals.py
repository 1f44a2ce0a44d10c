"""What a person set as goals, in the terms that microgrids are scheduled by."""

from copy import copy

from apps.dispatch.choices.objective import Goal
from apps.dispatch.models import ObjectiveVersion
from apps.microgrids.models import ReadinessTerms, ScheduleTerms

LOST = ("lost_critical_eur_per_kwh", "lost_important_eur_per_kwh", "lost_deferrable_eur_per_kwh")


def terms_by_goals(
    readiness: ReadinessTerms, schedule: ScheduleTerms, objectives: ObjectiveVersion
) -> tuple[ReadinessTerms, ScheduleTerms]:
    """Copies that are never stored. A worth of lost load is that of important customers; the others keep their
    relation to it."""
    lost, money = copy(readiness), copy(schedule)
    own = readiness.lost_important_eur_per_kwh
    told = objectives.lost_load_eur_per_kwh
    factor = objectives.worth(Goal.RELIABILITY) * (1.0 if told is None or own <= 0 else told / own)
    for name in LOST:
        setattr(lost, name, getattr(readiness, name) * factor)
    money.wear_eur_per_kwh = schedule.wear_eur_per_kwh * objectives.worth(Goal.WEAR)
    entered = schedule.emissions_eur_per_kg * objectives.worth(Goal.EMISSIONS)
    money.emissions_eur_per_kg = max(entered, objectives.emissions_eur_per_kg)
    return lost, money
