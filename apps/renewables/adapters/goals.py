"""What a person set as goals, where plants of sun and wind are looked after."""

from copy import copy

import numpy as np

from apps.dispatch.models import ObjectiveVersion
from apps.renewables.adapters.uncertainty import FloatArray
from apps.renewables.models import StabilityArea

LEAST_BELOW_NOMINAL_HZ = 0.05


def area_by_goals(area: StabilityArea, objectives: ObjectiveVersion) -> StabilityArea:
    """A copy that is never stored. The stricter of the paper and the goal holds, and no limit reaches nominal."""
    found = copy(area)
    if objectives.least_nadir_hz is not None:
        wanted = min(objectives.least_nadir_hz, area.nominal_hz - LEAST_BELOW_NOMINAL_HZ)
        found.limit_hz = max(area.limit_hz, wanted)
    if objectives.most_rocof_hz_s is not None:
        found.rocof_limit_hz_s = min(area.rocof_limit_hz_s, objectives.most_rocof_hz_s)
    return found


def at_least(need_kw: FloatArray, objectives: ObjectiveVersion) -> FloatArray:
    return np.asarray(np.maximum(need_kw, objectives.least_reserve_kw), np.float64)
