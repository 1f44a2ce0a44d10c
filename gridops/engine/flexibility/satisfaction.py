"""How an event was taken by those who were asked."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.flexibility.days import FloatArray


@dataclass(frozen=True)
class Fairness:
    """gini: 0 if all bear the same, towards 1 if one bears it all; highest and lowest of them. NaN without anybody."""

    gini: float
    highest: float
    lowest: float


def fairness(burden: FloatArray) -> Fairness:
    """burden: (M,) events or kWh of each customer, not negative; unknown ones do not count."""
    known = np.sort(burden[~np.isnan(burden)])
    if not len(known):
        return Fairness(float("nan"), float("nan"), float("nan"))
    total, count = float(known.sum()), len(known)
    rank = np.arange(1, count + 1)
    gini = float((2 * rank - count - 1) @ known) / (count * total) if total > 0 else 0.0
    return Fairness(gini, float(known[-1]), float(known[0]))
