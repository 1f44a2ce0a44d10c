"""Whether steps end or ease a trouble without making another, judged on power flows before and after each step.

Shapes: voltages in pu, one per node; loadings as fractions of the rating, one per branch, lines first. What is dead or
not known is nan, and is then never beyond a limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

LEAST_PU = 5e-4  # smaller movements are the noise of a state, not a remedy
LEAST_LOADING = 5e-3
LEAST_LOSSES_KW = 0.1
LEAST_SUPPLY_KW = 0.1
LEAST_SWITCHES = 0.5


def _no_switches() -> BoolArray:
    return np.zeros(0, np.bool_)


class Breach(StrEnum):
    """What is beyond its limit; of losses there is no limit, less is better."""

    VOLTAGE_LOW = "voltage_low"
    VOLTAGE_HIGH = "voltage_high"
    OVERLOAD = "overload"
    LOSSES = "losses"
    SUPPLY = "supply"
    OFF_NORMAL = "off_normal"


LEAST = {
    Breach.VOLTAGE_LOW: LEAST_PU,
    Breach.VOLTAGE_HIGH: LEAST_PU,
    Breach.OVERLOAD: LEAST_LOADING,
    Breach.LOSSES: LEAST_LOSSES_KW,
    Breach.SUPPLY: LEAST_SUPPLY_KW,
    Breach.OFF_NORMAL: LEAST_SWITCHES,
}


@dataclass(frozen=True, slots=True)
class Limits:
    low_pu: FloatArray  # per node
    high_pu: FloatArray
    customers: FloatArray  # per node


@dataclass(frozen=True, slots=True)
class Picture:
    """One solved state; `reason` says why where it has no solution."""

    voltage_pu: FloatArray
    loading: FloatArray
    alive: BoolArray  # per node
    losses_kw: float
    converged: bool
    reason: str = ""
    switch_closed: BoolArray = field(default_factory=_no_switches)  # per switch; only OFF_NORMAL asks for it


@dataclass(frozen=True, slots=True)
class Watched:
    """The trouble: positions of its nodes, of its branches, or of its switches; none for losses."""

    breach: Breach
    elements: IntArray
    drawn_kw: FloatArray = field(default_factory=lambda: np.zeros(0))  # SUPPLY: what each node takes with supply
    normal_closed: BoolArray = field(default_factory=_no_switches)  # OFF_NORMAL: where each switch belongs


@dataclass(frozen=True, slots=True)
class Verdict:
    """Excess in pu, shares of the rating, kW or switches: above 0 beyond the limit. Relief is how much less it is."""

    passed: bool
    reason: str
    excess_before: float
    excess_after: float
    ends: bool
    new: tuple[tuple[Breach, int], ...]  # breaches that were not there, with the element
    worse: tuple[tuple[Breach, int], ...]
    customers_lost: float  # that had supply before and have none in the end
    losses_saved_kw: float
    reserve: float = float("inf")  # least share of the rating that is left to branches which carry more than before

    @property
    def relief(self) -> float:
        return self.excess_before - self.excess_after


def excess(picture: Picture, limits: Limits, watched: Watched) -> float:
    """The worst of the trouble's elements: pu or share beyond the limit, negative inside; kW for losses.

    Of supply the kW of its nodes that are dead; of switching how many of its switches stand where they do not belong.
    nan where nothing of it is known or alive.
    """
    if watched.breach == Breach.LOSSES:
        return picture.losses_kw
    if watched.breach == Breach.SUPPLY:
        return float(watched.drawn_kw[~picture.alive[watched.elements]].sum())
    if watched.breach == Breach.OFF_NORMAL:
        return float((picture.switch_closed[watched.elements] != watched.normal_closed).sum())
    beyond = _excesses(picture, limits)[watched.breach][watched.elements]
    return float(np.nanmax(beyond)) if np.isfinite(beyond).any() else float("nan")


def verify(
    pictures: Sequence[Picture], limits: Limits, watched: Watched, *, customers_may_lose: float = 0.0
) -> Verdict:
    """pictures: before, then after each step in order. Passed if the last ends or eases the trouble and no picture
    has a breach that was not there before, a worse one, or more customers without supply than may be.

    Raises ValueError where there is no step. A power flow without solution is a verdict, not an exception.
    """
    if len(pictures) < 2:
        raise ValueError("There is no picture after a step.")
    unsolved = next((picture for picture in pictures if not picture.converged), None)
    if unsolved is not None:
        return _failed(f"The power flow has no solution: {unsolved.reason}")
    before, after = pictures[0], pictures[-1]
    new, worse = _made(pictures, limits, watched)
    lost = max(_lost(before, picture, limits) for picture in pictures[1:])
    was, now = excess(before, limits, watched), _after(before, after, limits, watched)
    ends = watched.breach != Breach.LOSSES and bool(now <= 0)
    reason = _reason(was, now, ends, watched, new=len(new), worse=len(worse), lost=lost - customers_may_lose)
    return Verdict(
        passed=not reason,
        reason=reason,
        excess_before=was,
        excess_after=now,
        ends=ends,
        new=new,
        worse=worse,
        customers_lost=_lost(before, after, limits),
        losses_saved_kw=before.losses_kw - after.losses_kw,
        reserve=_reserve(before, after),
    )


def _reserve(before: Picture, after: Picture) -> float:
    carries_more = after.loading - np.nan_to_num(before.loading) > LEAST[Breach.OVERLOAD]
    return float((1.0 - after.loading[carries_more]).min(initial=np.inf))


def _after(before: Picture, after: Picture, limits: Limits, watched: Watched) -> float:
    """Switching the trouble's own branch off relieves it wholly: its loading is nought."""
    now = excess(after, limits, watched)
    if np.isnan(now) and watched.breach == Breach.OVERLOAD:
        return -1.0
    return now


def _failed(reason: str) -> Verdict:
    nothing = float("nan")
    return Verdict(False, reason, nothing, nothing, False, (), (), 0.0, nothing)


def _excesses(picture: Picture, limits: Limits) -> dict[Breach, FloatArray]:
    return {
        Breach.VOLTAGE_LOW: limits.low_pu - picture.voltage_pu,
        Breach.VOLTAGE_HIGH: picture.voltage_pu - limits.high_pu,
        Breach.OVERLOAD: picture.loading - 1.0,
    }


def _made(
    pictures: Sequence[Picture], limits: Limits, watched: Watched
) -> tuple[tuple[tuple[Breach, int], ...], tuple[tuple[Breach, int], ...]]:
    """Breaches that some picture has and the first has not, and those that grow; each element once."""
    first = _excesses(pictures[0], limits)
    new: dict[tuple[Breach, int], None] = {}
    worse: dict[tuple[Breach, int], None] = {}
    for picture in pictures[1:]:
        for breach, now in _excesses(picture, limits).items():
            was, least = np.nan_to_num(first[breach], nan=-1.0), LEAST[breach]
            beyond = np.nan_to_num(now, nan=-1.0) > 0
            new |= dict.fromkeys((breach, int(at)) for at in np.flatnonzero(beyond & (was <= 0) & (now > least)))
            grown = beyond & (was > 0) & (now > was + 2 * least)
            worse |= dict.fromkeys((breach, int(at)) for at in np.flatnonzero(grown))
    return tuple(new), tuple(worse)


def _lost(before: Picture, after: Picture, limits: Limits) -> float:
    return float(limits.customers[before.alive & ~after.alive].sum())


def _reason(was: float, now: float, ends: bool, watched: Watched, *, new: int, worse: int, lost: float) -> str:
    has_limit = watched.breach != Breach.LOSSES
    objections = (
        (new > 0, f"It would break {_limits(new)} that {'is' if new == 1 else 'are'} kept now."),
        (worse > 0, f"It would make {_limits(worse)} worse that {'is' if worse == 1 else 'are'} broken already."),
        (lost > 0, f"It would leave {lost:.0f} customers without supply."),
        (bool(np.isnan(was) or np.isnan(now)), "The trouble cannot be judged: nothing of it is alive."),
        (has_limit and was <= 0, "There is nothing to remedy: the limit is kept."),
        (not ends and was - now < LEAST[watched.breach], "It would neither end nor ease the trouble."),
    )
    return next((text for holds, text in objections if holds), "")


def _limits(count: int) -> str:
    return "a limit" if count == 1 else f"{count} limits"


def spread(draws: FloatArray, *, share: float = 0.8) -> tuple[float, float]:
    """Lowest and highest of the middle `share` of draws (any unit); nan draws are left out, nan if all are.

    Raises ValueError if share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError("share is not between 0 and 1.")
    known = draws[np.isfinite(draws)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)
