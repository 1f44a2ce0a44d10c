"""Candidates tried one by one on a state; the best of each kind are kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from apps.dispatch.adapters.checking import Trouble, tried
from apps.dispatch.adapters.scene import Scene
from apps.dispatch.adapters.steps import BadStep, operations_of, read_steps
from apps.optimization.adapters.candidates import Candidate
from gridops.engine.optimization.ranking import Remedy, score
from gridops.engine.optimization.verification import Verdict

MOST_A_KIND = 2
ROOM = 0.2  # of the rating: more left to what takes the load over earns no more


@dataclass(frozen=True, slots=True)
class Good:
    candidate: Candidate
    verdict: Verdict
    operations: int

    @property
    def points(self) -> float:
        """As the list will rank it, but for what only a longer look and a record can say."""
        before = self.verdict.excess_before
        return (
            score(
                Remedy(
                    confidence=float(self.verdict.ends),
                    relieved_share=self.verdict.relief / before if before > 0 else 0.0,
                    customer_minutes=0.0,
                    operations=float(self.operations),
                    cost_eur=self.candidate.cost_eur,
                    time_to_effect_s=self.candidate.time_to_effect_s,
                    emissions_kg=self.candidate.emissions_kg,
                    reliability=1.0,
                    rejected=0.0,
                )
            ).total
            + self._margin
        )

    @property
    def _margin(self) -> float:
        """Among those that end it, the one that ends it by more and leaves more room where the load goes: the truth
        may be a little worse than the state, and loads grow."""
        share = -self.verdict.excess_after / max(self.verdict.excess_before, 1e-9)
        return float(np.clip(min(share, self.verdict.reserve / ROOM), 0.0, 1.0)) * 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    tried: int
    passed: int
    kept: list[Good]
    nearest: str  # why the one that relieved most of those that did not pass did not

    @property
    def sentence(self) -> str:
        if self.kept:
            return f"{self.tried} ways tried, {self.passed} of them help."
        if not self.tried:
            return "No device near it can be moved: no tap changer, tie switch, plant or battery is on its way."
        return f"{self.tried} ways tried, none of them helps. {self.nearest}".strip()


def best(scene: Scene, trouble: Trouble, found: Iterable[Candidate], *, progress: Callable[[int], None]) -> Outcome:
    """Every candidate by power flow after each of its steps; those that end or ease it without another breach."""
    good: list[Good] = []
    count, nearest = 0, (-np.inf, "")
    for candidate in found:
        count += 1
        progress(count)
        told = _tried(scene, trouble, candidate)
        if isinstance(told, Good):
            good.append(told)
        elif told is not None and told.relief > nearest[0]:
            nearest = (told.relief, f"The best of them fails: {told.reason[0].lower()}{told.reason[1:]}")
    return Outcome(count, len(good), _chosen(good), nearest[1])


def _tried(scene: Scene, trouble: Trouble, candidate: Candidate) -> Good | Verdict | None:
    try:
        steps = read_steps(candidate.steps, scene.base, scene.place)
    except BadStep:
        return None
    verdict = tried(scene, trouble, steps)
    if verdict is None or not verdict.passed:
        return verdict
    return Good(candidate, verdict, operations_of([step.document() for step in steps]))


def _chosen(good: Sequence[Good]) -> list[Good]:
    order = sorted(good, key=lambda one: -one.points)
    return [one for at, one in enumerate(order) if _earlier(order, at) < MOST_A_KIND]


def _earlier(order: Sequence[Good], at: int) -> int:
    return sum(one.candidate.kind == order[at].candidate.kind for one in order[:at])
