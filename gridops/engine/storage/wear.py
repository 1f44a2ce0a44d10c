"""What a kWh through a battery costs it: the link from ageing to the objective of a schedule."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gridops.engine.storage.ageing.belief import Belief
from gridops.engine.storage.ageing.model import AgeingModel, Damage
from gridops.engine.storage.ageing.stress import Stress, Trace, stress
from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.lifespan import END_OF_LIFE, lifespan


def wear_price(
    model: AgeingModel,
    stress: Stress,
    beliefs: Sequence[Belief],
    *,
    replacement: FloatArray,
    energy_kwh: FloatArray,
    behind: Damage | None = None,
    end_of_life: float = END_OF_LIFE,
) -> FloatArray:
    """Money per kWh discharged, (B,): the part of a replacement that cycles use up, over the energy until its time.

    replacement: money for new batteries, (B,); energy_kwh: rated capacity, (B,). What time uses up is not in it: it is
    paid whatever the schedule does. 0 for a battery that is not moved. The price holds for schedules like this one;
    deeper cycles and faster ones cost more, so plan, price and plan again where the plan changes much.
    """
    life = lifespan(model, stress, beliefs, behind=behind, end_of_life=end_of_life)
    discharged = life.equivalent_cycles * energy_kwh * life.years
    price = replacement * (1 - life.calendar_share) / np.where(discharged > 0, discharged, np.inf)
    return np.asarray(price)


DAYS, HOURS = 7, 24
# Of a day by the hour, as parts of the depth: filled in the night, held, drawn in the evening, held.
USUAL_HOURS, USUAL_LEVELS = (0.0, 2.0, 6.0, 17.0, 21.0, 24.0), (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)


class ByDepth(NamedTuple):
    """From the shallowest cycles to the deepest."""

    share: FloatArray  # (J,) of the window; sums to 1
    per_kwh: FloatArray  # (J,) money per kWh discharged from that part; ascending
    flat: float  # money per kWh of a cycle through all of the window


def wear_by_depth(
    model: AgeingModel,
    belief: Belief,
    *,
    replacement: float,
    energy_kwh: float,
    window: tuple[float, float],
    temperature_c: float,
    parts: int = 4,
    end_of_life: float = END_OF_LIFE,
) -> ByDepth:
    """What each part of the window costs that a day's cycle reaches deeper: marginal, so that a planner adds them up.

    A cycle a day about the middle of the window is priced at depths of 1/J to all of it; the differences are the parts.
    Where a law wears less by kWh in deeper cycles, neighbouring parts are taken together at their mean, because a
    linear program draws the cheapest part first. Source of the parts: B. Xu et al., IEEE Trans. Power Systems 33
    (2018). Errors: ValueError for a window without width.
    """
    low, high = window
    if not 0 <= low < high <= 1:
        raise ValueError(f"window is {low:g} to {high:g}; it needs two states of charge from 0 to 1, the lower first.")
    depth = (high - low) * np.arange(1, parts + 1) / parts
    level = np.interp(np.arange(0, HOURS + 0.25, 0.25), USUAL_HOURS, USUAL_LEVELS)
    days = np.concatenate([np.tile(level[:-1], DAYS), level[-1:]])
    soc = (low + high - depth[:, None]) / 2 + depth[:, None] * days
    seen = stress(Trace(soc, np.full((parts, soc.shape[1] - 1), temperature_c), 900.0))
    money, energy = np.full(parts, replacement), np.full(parts, energy_kwh)
    price = wear_price(model, seen, [belief] * parts, replacement=money, energy_kwh=energy, end_of_life=end_of_life)
    cost = np.concatenate([[0.0], price * depth])
    marginal = np.diff(cost) / np.diff(np.concatenate([[0.0], depth]))
    return ByDepth(np.full(parts, 1 / parts), _ascending(marginal), float(price[-1]))


def _ascending(values: FloatArray) -> FloatArray:
    """The nearest that never falls, by pools of equal weight."""
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (mean * count + before * many) / (count + many), count + many
        pools.append((mean, count))
    return np.repeat([mean for mean, _ in pools], [count for _, count in pools])
