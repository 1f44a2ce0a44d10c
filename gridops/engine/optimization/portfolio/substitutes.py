"""Who else could do what holding back a plant does for a limit, and what a saved kWh costs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Saved:
    """Per option: kW of the plant that it saves at most, and what a saved kWh costs; `taken_kw`: saved in the cheapest
    way; `order`: cheapest first. `left_kw`: what nobody saves."""

    most_kw: FloatArray
    cost_per_kwh: FloatArray
    taken_kw: FloatArray
    order: IntArray
    left_kw: float


def saved(
    *, held_kw: float, relief_by_plant: float, relief_kw: FloatArray, most_kw: FloatArray, cost_per_kwh: FloatArray
) -> Saved:
    """One limit, relieved by `relief_by_plant` a kW held back, and by `relief_kw` a kW of each option; all positive and
    of one unit. most_kw, cost_per_kwh: of the options themselves.

    An option does 1 kW of the plant's work with relief_by_plant / relief_kw kW of its own. With one limit taking the
    cheapest first is the best there is (a fractional knapsack; Dantzig, Operations Research 5, 1957). Options that
    relieve nothing save nothing. Raises ValueError for a plant that does not relieve.
    """
    if not relief_by_plant > 0 or not held_kw >= 0:
        raise ValueError("relief_by_plant, held_kw: a plant that is held back relieves the limit.")
    works = (relief_kw > 0) & (most_kw > 0)
    own = np.where(works, relief_by_plant / np.where(works, relief_kw, 1.0), np.inf)  # kW of the option a kW saved
    most = np.where(works, most_kw / own, 0.0)
    cost = np.where(works, cost_per_kwh * np.where(works, own, 0.0), np.inf)
    order = np.argsort(cost, kind="stable")
    room = np.cumsum(most[order])
    taken = np.zeros(len(most))
    taken[order] = np.clip(held_kw - (room - most[order]), 0.0, most[order])
    return Saved(
        most, cost, taken, order.astype(np.int64), float(max(held_kw - room[-1], 0.0) if len(room) else held_kw)
    )
