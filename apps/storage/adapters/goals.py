"""What a person set as goals, in the money that plans are made with."""

from dataclasses import replace

import numpy as np

from apps.dispatch.choices.objective import Goal
from apps.dispatch.models import ObjectiveVersion
from apps.storage.adapters.feeders import Wear
from apps.storage.adapters.packed import FloatArray


def worn(wear: Wear, objectives: ObjectiveVersion) -> Wear:
    """As dear beside money as the goals have it; what the basis is says so."""
    worth = objectives.worth(Goal.WEAR)
    if worth == 1.0:
        return wear
    words = f"{wear.basis or 'as it was entered'}, times {worth:g} by objectives {objectives.version}"
    return replace(
        wear,
        per_kwh=wear.per_kwh * worth,
        depth_per_kwh=tuple(each * worth for each in wear.depth_per_kwh),
        basis=words,
    )


def dearer_by_kwh(grid_kg_per_kwh: FloatArray, objectives: ObjectiveVersion) -> FloatArray:
    """Money per kWh drawn, by step; 0 where what the grid emits is not known."""
    known = np.nan_to_num(grid_kg_per_kwh, nan=0.0)
    return np.asarray(known * objectives.emissions_eur_per_kg, np.float64)
