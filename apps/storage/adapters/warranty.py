"""The past of a plant to what its warranty counts."""

import numpy as np

from apps.storage.models import StoragePlant
from gridops.engine.storage.ageing.stress import Trace
from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.warranty import TERMS, Terms, counters

STEP_S = 900.0


def counted(plant: StoragePlant, soc: FloatArray, temperature_c: FloatArray) -> tuple[dict[str, float], float]:
    """By term what quarter hours (T + 1 values of the charge at their edges) add, and the hours of which nothing was
    known: over those the charge is taken to go straight, and no warmth is counted."""
    known = np.isfinite(soc)
    unknown_h = float((~known[1:]).sum() * STEP_S / 3600)
    if not known.any():
        return {}, unknown_h
    steps = np.arange(len(soc))
    filled = np.clip(np.interp(steps, steps[known], soc[known]), 0.0, 1.0)
    cold = np.nan_to_num(temperature_c[1:], nan=-273.0)
    terms = Terms(warm_c=plant.warranty_warm_c, full_soc=plant.warranty_full_soc)
    found = counters(Trace(filled[None, :], cold[None, :], STEP_S), terms, np.array([plant.energy_kwh]))
    return dict(zip(TERMS, found[0].tolist(), strict=True)), unknown_h
