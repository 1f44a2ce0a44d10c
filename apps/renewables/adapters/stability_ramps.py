"""How fast plants moved, and what a battery beside each would do about it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.stability.ramps import smoothed

FloatArray = npt.NDArray[np.float64]
STEP_S = 60.0
FEWEST = 60
PERCENT = 100.0


def ramp_document(
    at_s: FloatArray, drawn_kw: FloatArray, *, rated_kw: float, percent_min: float
) -> dict[str, Any] | None:
    """at_s, drawn_kw: what its meter read, nan where silent. None where too little is known."""
    known = np.isfinite(drawn_kw)
    if known.sum() < FEWEST:
        return None
    grid = np.arange(at_s[known][0], at_s[known][-1], STEP_S)
    power = np.interp(grid, at_s[known], -drawn_kw[known])
    limit = percent_min / PERCENT * rated_kw
    found = smoothed(power, step_s=STEP_S, limit_kw_min=limit)
    return {
        "limit_kw_min": limit,
        "minutes": len(grid),
        "worst_kw_min": found.worst_alone_kw_min,
        "minutes_beyond": found.steps_beyond_alone,
        "needed_kw": found.needed_kw,
        "needed_kwh": found.needed_kwh,
    }
