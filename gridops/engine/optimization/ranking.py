"""One order for remedies of every sort. The weights stand here and nowhere else.

A score is a sum of parts, each a weight times a share from 0 to 1, so that it can be shown part by part. A part looks
at its own remedy only: what else is on the list changes no score, and so no order among the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, slots=True)
class Weights:
    """Points; `ends` and `relief` are earned, `trouble` only orders the overall list, the others are lost."""

    ends: float = 100.0  # times the calibrated probability that it ends the trouble
    relief: float = 30.0  # times the share of the excess that it takes away
    customers: float = 40.0
    operations: float = 10.0
    cost: float = 10.0
    time: float = 10.0
    emissions: float = 5.0
    record: float = 25.0
    rejections: float = 20.0
    trouble: float = 60.0


@dataclass(frozen=True, slots=True)
class Scales:
    """At these amounts half of the points of a part are lost."""

    customer_minutes: float = 500.0
    operations: float = 6.0
    cost_eur: float = 200.0
    time_s: float = 600.0
    emissions_kg: float = 100.0


WEIGHTS, SCALES = Weights(), Scales()


@dataclass(frozen=True, slots=True)
class Remedy:
    """What one remedy is judged by."""

    confidence: float  # calibrated, 0 to 1, that it ends the trouble
    relieved_share: float  # of the excess; more than 1 goes beyond the limit and earns no more
    customer_minutes: float
    operations: float
    cost_eur: float
    time_to_effect_s: float
    emissions_kg: float  # caused; below 0 saved
    reliability: float  # of its desk and kind, 0 to 1
    rejected: float  # 0: never of late; 1: just now, on the same device
    gravity: float = 0.0  # of the trouble, 0 to 1


@dataclass(frozen=True, slots=True)
class Score:
    """Parts in points, losses negative; `total` ranks within a trouble, `overall` among all."""

    ends: float
    relief: float
    customers: float
    operations: float
    cost: float
    time: float
    emissions: float
    record: float
    rejections: float
    trouble: float

    @property
    def total(self) -> float:
        return self.overall - self.trouble

    @property
    def overall(self) -> float:
        return float(sum(getattr(self, field.name) for field in fields(self)))

    def parts(self) -> dict[str, float]:
        """By name, in the order in which they are shown."""
        return {field.name: float(getattr(self, field.name)) for field in fields(self)}


def score(remedy: Remedy, *, weights: Weights = WEIGHTS, scales: Scales = SCALES) -> Score:
    """Points of one remedy. Raises ValueError if an amount that cannot be negative is, or anything is nan."""
    _check(remedy)
    return Score(
        ends=weights.ends * _share(remedy.confidence),
        relief=weights.relief * _share(remedy.relieved_share),
        customers=-weights.customers * _used(remedy.customer_minutes, scales.customer_minutes),
        operations=-weights.operations * _used(remedy.operations, scales.operations),
        cost=-weights.cost * _used(remedy.cost_eur, scales.cost_eur),
        time=-weights.time * _used(remedy.time_to_effect_s, scales.time_s),
        emissions=-weights.emissions * _signed(remedy.emissions_kg, scales.emissions_kg),
        record=-weights.record * (1 - _share(remedy.reliability)),
        rejections=-weights.rejections * _share(remedy.rejected),
        trouble=weights.trouble * _share(remedy.gravity),
    )


def order(scores: Sequence[Score], *, overall: bool = False) -> list[int]:
    """Positions, the best first; among equals the one that came first."""
    points = [one.overall if overall else one.total for one in scores]
    return sorted(range(len(points)), key=lambda at: (-round(points[at], 9), at))


def _check(remedy: Remedy) -> None:
    for field in fields(remedy):
        if not np.isfinite(getattr(remedy, field.name)):
            raise ValueError(f"{field.name} is not a number.")
    for name in ("customer_minutes", "operations", "cost_eur", "time_to_effect_s"):
        if getattr(remedy, name) < 0:
            raise ValueError(f"{name} is negative.")


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _used(amount: float, scale: float) -> float:
    return amount / (amount + scale)


def _signed(amount: float, scale: float) -> float:
    return amount / (abs(amount) + scale)


@dataclass(frozen=True, slots=True)
class Claim:
    """A device that a remedy wants to stand at a value."""

    device: str
    quantity: str
    value: float


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who is under way keeps what it has; then the lower priority number wins, then the more points."""

    claims: tuple[Claim, ...]
    trouble: str
    under_way: bool
    priority: int
    points: float


def conflicts(claimants: Sequence[Claimant]) -> dict[int, tuple[int, Claim]]:
    """Losers by position: who wins instead, and the device that both want.

    Answers to one trouble are alternatives, not rivals, until one of them is under way. Whoever has lost to somebody
    takes nothing from others.
    """
    first = sorted(
        range(len(claimants)),
        key=lambda at: (not claimants[at].under_way, claimants[at].priority, -claimants[at].points, at),
    )
    kept: list[int] = []
    lost: dict[int, tuple[int, Claim]] = {}
    for at in first:
        rival = next(((one, claim) for one in kept if (claim := _both_want(claimants[one], claimants[at]))), None)
        if rival is None:
            kept.append(at)
        else:
            lost[at] = rival
    return lost


def _both_want(winner: Claimant, other: Claimant) -> Claim | None:
    if winner.trouble == other.trouble and not winner.under_way:
        return None
    wanted = {(claim.device, claim.quantity): claim for claim in winner.claims}
    return next(
        (
            claim
            for claim in other.claims
            if (held := wanted.get((claim.device, claim.quantity))) is not None
            and (winner.under_way or held.value != claim.value)
        ),
        None,
    )
