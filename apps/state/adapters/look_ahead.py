"""From what is expected to the engine's outlook, and back to named statements."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork
from apps.state.adapters.security import branch_named, node_named
from gridops.engine.security.contingency import Contingencies
from gridops.engine.security.outlook import (
    Allowed,
    Breach,
    Expectation,
    Period,
    draw_totals,
    nodes_and_groups,
    outlook,
    standard_error,
)
from gridops.engine.security.zones import OperatingPoint

FloatArray = npt.NDArray[np.float64]

SLOTS_A_DAY = 96
# Positive into the network, as the engine has it: a load's history is turned round.
KINDS = (("load_kw", CONSUMER, -1.0), ("generation_kw", GENERATOR, 1.0), ("storage_kw", BATTERY, 1.0))
_OWN_SD = 0.1  # as the pseudo-measurements': an element's own deviation from its class
_ASSUMED_SPREAD = 0.15  # of a total, while no second day tells of it
_ASSUMED_PERSISTENCE = 0.9
_POOLED = 2  # neighbouring quarter hours whose deviations count too


@dataclass(frozen=True, slots=True)
class Expected:
    """What a provider says of the steps ahead: groups of injections and their totals."""

    group_of_injection: npt.NDArray[np.integer]
    expectation: Expectation
    said_by: str  # who says so, from what; shown with the result


@dataclass(frozen=True, slots=True)
class Quarters:
    """Means of quarter hours, ascending; columns as KINDS."""

    number: npt.NDArray[np.int64]  # quarter hours since 1970
    total_kw: FloatArray


def hours_known(quarters: Quarters) -> float:
    """Of a day: quarter hours of which at least one day is known."""
    return len(np.unique(quarters.number % SLOTS_A_DAY)) * 24 / SLOTS_A_DAY


def learned(network: AssembledNetwork, quarters: Quarters, *, first: int, steps: int) -> Expected:
    """The usual course of a day, from whole days of history; `first` is the number of the first quarter hour."""
    slot = quarters.number % SLOTS_A_DAY
    days = len(np.unique(quarters.number // SLOTS_A_DAY))
    signs = np.array([sign for _, _, sign in KINDS])
    total = quarters.total_kw * signs
    count = np.maximum(np.bincount(slot, minlength=SLOTS_A_DAY), 1)
    usual = np.stack([np.bincount(slot, column, SLOTS_A_DAY) / count for column in total.T])
    rest = total.T - usual[:, slot]
    sd, persistence = _spread(rest, slot, usual, repeats=int(count.min()))
    ahead = (first + np.arange(steps)) % SLOTS_A_DAY
    now = rest[:, -1] / np.maximum(sd[:, slot[-1]], 1e-6)
    expectation = Expectation(usual[:, ahead], sd[:, ahead], persistence, np.clip(now, -3, 3))
    return Expected(network.injection.kind, expectation, _said_by(days, repeats=int(count.min())))


def _said_by(days: int, *, repeats: int) -> str:
    if repeats < 2:
        return "the course of the last 24 h; the spread of 15 % is assumed until a second day is known"
    return f"the course of the last {days} days and how they differed"


def _spread(
    rest: FloatArray, slot: npt.NDArray[np.int64], usual: FloatArray, *, repeats: int
) -> tuple[FloatArray, FloatArray]:
    """Standard deviation per kind and quarter hour, and how much of a deviation is left after one."""
    if repeats < 2:
        return _ASSUMED_SPREAD * np.abs(usual), np.full(len(rest), _ASSUMED_PERSISTENCE)
    count = np.bincount(slot, minlength=SLOTS_A_DAY)
    square = np.stack([np.bincount(slot, row**2, SLOTS_A_DAY) for row in rest])
    window = range(-_POOLED, _POOLED + 1)
    pooled = sum(np.roll(square, by, axis=1) for by in window)
    freedom = sum(np.roll(np.maximum(count - 1, 0), by) for by in window)
    sd = np.sqrt(pooled / np.maximum(freedom, 1))
    before, after = rest[:, :-1], rest[:, 1:]
    scale = np.maximum((rest**2).mean(axis=1), 1e-9)
    return sd, np.clip((before * after).mean(axis=1) / scale, 0.0, 0.99)


def look(
    network: AssembledNetwork, point: OperatingPoint, expected: Expected, *, futures: int, seed: int
) -> list[dict[str, Any]] | str:
    """Statements, the likeliest first; or why there are none."""
    ready = Contingencies(point)
    if ready.reason:
        return ready.reason
    generator = np.random.default_rng(seed)
    totals = draw_totals(expected.expectation, futures=futures, generator=generator)
    injection, shape = network.injection, (len(expected.expectation.mean_kw), network.network.n_nodes)
    group = expected.group_of_injection.astype(np.int32)
    node = network.network.injection_node
    sharing = nodes_and_groups(group, node, injection.p_kw, injection.q_kvar, shape=shape, own_sd=_OWN_SD)
    allowed = Allowed(network.node.low_pu, network.node.high_pu)
    periods = outlook(ready, totals, sharing, allowed, generator=generator)
    return [_statement(network, period, futures) for period in periods]


def _statement(network: AssembledNetwork, period: Period, futures: int) -> dict[str, Any]:
    is_overload = period.breach == Breach.OVERLOAD
    named: dict[str, str] = {"mrid": "", "name": "the network", "class": ""}
    if is_overload:
        named = branch_named(network, period.element)
    elif period.element >= 0:
        named = node_named(network, period.element)
    return {
        **{f"equipment_{name}": text for name, text in named.items()},
        "breach": period.breach.value,
        "first": period.first,
        "behind": period.behind,
        "probability": period.probability,
        "standard_error": standard_error(period.probability, futures),
        "peak_probability": period.peak_probability,
        "reaches": None if not np.isfinite(period.extreme) else period.extreme * (100 if is_overload else 1),
        "unit": "%" if is_overload else "pu",
    }
