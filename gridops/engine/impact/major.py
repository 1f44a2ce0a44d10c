"""SAIDI without major days, by a threshold that is the same for every arm of a tape.

T_MED asks for five years of the usual way of working. A study has them as the days of A1 on the other tapes: of
the same network and season, and never of the tape that is judged.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gridops.engine.impact.run import ArmName, Run
from gridops.engine.network.model import FloatArray
from gridops.engine.reliability.major_days import is_major, threshold

NAME = "saidi_without_major_min"


def without_major_days(runs: Sequence[Run]) -> list[Run]:
    """The runs with that figure and the threshold among the others; nan where no threshold can be fitted."""
    usual = {run.seed: daily(run) for run in runs if run.arm == ArmName.USUAL and run.is_plain}
    limits = {seed: _limit([days for other, days in usual.items() if other != seed]) for seed in {r.seed for r in runs}}
    return [replace(run, figures={**run.figures, **_told(run, limits[run.seed])}) for run in runs]


def daily(run: Run) -> FloatArray:
    """(D,) SAIDI of each day of a run, from its figures."""
    names = sorted(
        (name for name in run.figures if name.startswith("saidi_day_")), key=lambda name: int(name.split("_")[2])
    )
    return np.array([run.figures[name] for name in names])


def _limit(days: Sequence[FloatArray]) -> float:
    fitted = threshold(np.concatenate(days)) if days else None
    return fitted.tmed_min if fitted is not None and not fitted.reason else float("nan")


def _told(run: Run, tmed_min: float) -> dict[str, float]:
    days = daily(run)
    left = float(days[~is_major(days, tmed_min)].sum()) if np.isfinite(tmed_min) else float("nan")
    return {NAME: left, "tmed_min": tmed_min}
