"""Survivability from what was measured: courses of loads, plants and charge to the engine and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from apps.microgrids.adapters.readiness_courses import FloatArray
from apps.microgrids.choices.microgrid import LoadPriority
from apps.microgrids.choices.readiness import CURVE_H
from apps.microgrids.models import ReadinessTerms
from gridops.engine.microgrids.outage_trial import Island, Policy, Store, no_units
from gridops.engine.microgrids.survival import survivability

LEAST_SHARE, LEAST_DAYS = 0.8, 2
HOUR_STEPS = 4
HORIZON_H = 72.0


def survival_document(
    *,
    load_kw: Mapping[LoadPriority, FloatArray],
    renewable_kw: FloatArray,
    soc_kwh: FloatArray,
    capacity_kwh: float,
    rated_kw: float,
    terms: ReadinessTerms,
) -> dict[str, Any]:
    """Quarter hours each, nan where unknown. Without generators: what the storage and the sun alone carry."""
    courses = np.stack([load_kw[one] for one in LoadPriority], axis=1)
    known = np.isfinite(courses).all(axis=1) & np.isfinite(renewable_kw) & np.isfinite(soc_kwh)
    if known.mean() < LEAST_SHARE or known.sum() < LEAST_DAYS * 24 * HOUR_STEPS:
        reason = (
            f"Loads, plants and charge are known together for {known.sum() / HOUR_STEPS:.0f} of "
            f"{len(known) / HOUR_STEPS:.0f} hours; two days and four fifths are needed."
        )
        return {"reason": reason, "hours": 0, "curve": None}
    hourly = [_hourly(one, known) for one in (*courses.T, renewable_kw, soc_kwh)]
    efficiency = terms.one_way_efficiency
    store = Store(capacity_kwh, terms.least_soc * capacity_kwh, rated_kw, rated_kw, efficiency, efficiency)
    policy = Policy(shed_below=(0.0, terms.shed_important_below, terms.shed_deferrable_below))
    found = survivability(
        Island(store, no_units(), policy),
        load_kw=np.stack(hourly[:3], axis=1),
        renewable_kw=hourly[3],
        energy_kwh=hourly[4],
        step_h=1.0,
        horizon_h=HORIZON_H,
    )
    hours = np.array(CURVE_H, np.float64)
    return {
        "reason": "",
        "hours": len(hourly[0]),
        "curve": {
            "h": hours.tolist(),
            **{str(int(one)): np.round(found.curve(hours, one), 4).tolist() for one in LoadPriority},
        },
        "p05_h": {str(int(one)): round(found.percentile(0.05, one), 2) for one in LoadPriority},
    }


def _hourly(values: FloatArray, known: np.ndarray) -> FloatArray:
    """Means of whole hours; what is not known lies on a straight line between what is."""
    steps = np.arange(len(values))
    filled = np.interp(steps, steps[known], values[known])
    whole = len(values) // HOUR_STEPS * HOUR_STEPS
    return np.asarray(filled[:whole].reshape(-1, HOUR_STEPS).mean(axis=1))
