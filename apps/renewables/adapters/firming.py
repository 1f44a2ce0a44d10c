"""A battery beside plants that are to keep their plan: from what was planned and fed in to sizes and their cost."""

from typing import Any

import numpy as np
import numpy.typing as npt

from apps.forecasts.models import LEVELS
from apps.renewables.choices import QUARTER_H
from apps.renewables.models import FirmingRun
from gridops.engine.optimization.portfolio.firming import Past, sizes

FloatArray = npt.NDArray[np.float64]
FLOOR_SHARE = 0.1  # of the rating: below it the tolerance shrinks no more, as nothing keeps a share of nothing


def played(run: FirmingRun, came: FloatArray, said: FloatArray, *, rated_kw: float) -> dict[str, Any]:
    """`came`, `said`: plants x days x quarter hours, the latter with levels. Raises ValueError where nothing is
    known."""
    fed_in, plan = came.sum(axis=0), said[..., LEVELS.index(0.5)].sum(axis=0)
    allowed = run.tolerance * np.maximum(plan, FLOOR_SHARE * rated_kw)
    past = Past((fed_in - plan).ravel(), allowed.ravel(), QUARTER_H)
    found = sizes(past, share=run.share, one_way=run.round_trip**0.5)
    cheapest = found.cheapest(run.per_kw, run.per_kwh)
    known = np.isfinite(past.error_kw)
    return {
        "quarters": int(known.sum()),
        "days": int(known.reshape(fed_in.shape).any(axis=1).sum()),
        "rated_kw": rated_kw,
        "mean_error_kw": float(np.abs(past.error_kw[known]).mean()),
        "without": found.without,
        "best_share": found.best_share,
        "cheapest": cheapest,
        "sizes": [
            {
                "power_kw": float(power),
                "energy_kwh": float(energy),
                "share": float(share),
                "discharged_kwh": float(discharged),
                "cost": run.per_kw * float(power) + run.per_kwh * float(energy),
            }
            for power, energy, share, discharged in zip(
                found.power_kw, found.energy_kwh, found.share, found.discharged_kwh, strict=True
            )
        ],
    }
