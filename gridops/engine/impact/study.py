"""From the runs of a study to what can be said of the six claims, and whether it may be said at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from gridops.engine.impact.claims import CLAIMS, Better, Claim, Guard
from gridops.engine.impact.major import without_major_days
from gridops.engine.impact.pairs import FEWEST, Paired, paired
from gridops.engine.impact.run import ArmName, Check, Run
from gridops.engine.impact.study_checks import study_checks
from gridops.engine.network.model import FloatArray

ENOUGH_TAPES: Final = 30
ARMS: Final = (ArmName.NOTHING, ArmName.USUAL, ArmName.GRIDOPS, ArmName.FORESIGHT)


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"  # the interval holds both
    NOT_CREDITED = "not_credited"  # better only where all that is in doubt is reckoned for it
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure, A2 against A1."""

    guard: Guard
    pair: Paired
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ByTape:
    """Values of the claim's figure, one a tape in the order of the study's seeds; nan where the arm did not play it."""

    arm: str
    values: FloatArray


@dataclass(frozen=True, slots=True)
class ClaimJudgement:
    claim: Claim
    arms: tuple[ByTape, ...]
    main: Paired  # A2 against A1
    harsh: Paired  # the same with all that is in doubt reckoned against A2
    verdict: Verdict
    beside: tuple[Judged, ...]
    guards: tuple[Judged, ...]
    ceiling: Paired  # A3 against A1
    floor: Paired  # A0 against A1
    ablation: tuple[tuple[str, Paired], ...]  # by desk: A2 without it against A2 with all
    cap: float  # of the gain, nan where nothing bounds it: what is used already of the renewables

    @property
    def gain(self) -> tuple[float, float, float]:
        """Share by which the figure gets better, with its interval; below 0 it gets worse."""
        return gain_of(self.claim, self.main)

    @property
    def guards_worse(self) -> tuple[Guard, ...]:
        return tuple(each.guard for each in self.guards if each.verdict is Verdict.WORSE)


@dataclass(frozen=True, slots=True)
class StudyJudgement:
    seeds: tuple[int, ...]
    tapes: tuple[str, ...]  # hashes, in the order of the seeds
    claims: tuple[ClaimJudgement, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        return all(check.ok for check in self.checks)


def judge(runs: Sequence[Run], generator: np.random.Generator) -> StudyJudgement:
    """The six claims and the checks. Checks that fail make the study say nothing; the figures are told all the same."""
    runs = without_major_days(runs)
    seeds = tuple(sorted({run.seed for run in runs}))
    hashes = {run.seed: run.tape_hash for run in runs if run.shuffle_after_h is None}
    table = _Table(runs, seeds)
    return StudyJudgement(
        seeds=seeds,
        tapes=tuple(hashes.get(seed, "") for seed in seeds),
        claims=tuple(_judged(claim, table, generator) for claim in CLAIMS),
        checks=study_checks(runs),
        notes=_notes(len(seeds)),
    )


def gain_of(claim: Claim, pair: Paired) -> tuple[float, float, float]:
    """A change as a share by which the figure gets better, low end first of the two bounds."""
    if claim.better is Better.HIGHER:
        return pair.change, pair.change_low, pair.change_high
    return -pair.change, -pair.change_high, -pair.change_low


def verdict_of(better: Better, pair: Paired) -> Verdict:
    """Better or worse only where the interval of the difference leaves zero out; too few tapes measure nothing."""
    if pair.tapes < FEWEST:
        return Verdict.NOT_MEASURED
    if pair.is_lower:
        return Verdict.BETTER if better is Better.LOWER else Verdict.WORSE
    if pair.is_higher:
        return Verdict.WORSE if better is Better.LOWER else Verdict.BETTER
    return Verdict.NO_DIFFERENCE


class _Table:
    """Values of figures by arm, in the order of the seeds."""

    def __init__(self, runs: Sequence[Run], seeds: Sequence[int]) -> None:
        self._place = {seed: place for place, seed in enumerate(seeds)}
        self._runs = [run for run in runs if not run.locked and run.shuffle_after_h is None]
        self.desks = tuple(sorted({run.without[0] for run in self._runs if len(run.without) == 1}))

    def values(self, arm: str, figure: str, without: tuple[str, ...] = ()) -> FloatArray:
        found = np.full(len(self._place), np.nan)
        for run in self._runs:
            if run.arm == arm and run.without == without:
                found[self._place[run.seed]] = run.figure(figure)
        return found


def _judged(claim: Claim, table: _Table, generator: np.random.Generator) -> ClaimJudgement:
    usual, ours = (table.values(arm, claim.figure) for arm in (ArmName.USUAL, ArmName.GRIDOPS))
    main = paired(usual, ours, generator)
    harsh = main
    if claim.harsh != claim.figure:
        harsh = paired(usual, table.values(ArmName.GRIDOPS, claim.harsh), generator)
    return ClaimJudgement(
        claim=claim,
        arms=tuple(ByTape(arm, table.values(arm, claim.figure)) for arm in ARMS),
        main=main,
        harsh=harsh,
        verdict=_credited(claim, main, harsh),
        beside=_each(claim.beside, table, generator),
        guards=_each(claim.guards, table, generator),
        ceiling=paired(usual, table.values(ArmName.FORESIGHT, claim.figure), generator),
        floor=paired(usual, table.values(ArmName.NOTHING, claim.figure), generator),
        ablation=tuple(
            (desk, paired(ours, table.values(ArmName.GRIDOPS, claim.figure, (desk,)), generator))
            for desk in table.desks
        ),
        cap=_cap(claim, main),
    )


def _credited(claim: Claim, main: Paired, harsh: Paired) -> Verdict:
    verdict = verdict_of(claim.better, main)
    if verdict is Verdict.BETTER and verdict_of(claim.better, harsh) is not Verdict.BETTER:
        return Verdict.NOT_CREDITED
    return verdict


def _each(figures: Sequence[Guard], table: _Table, generator: np.random.Generator) -> tuple[Judged, ...]:
    judged = []
    for guard in figures:
        usual, ours = (table.values(arm, guard.figure) for arm in (ArmName.USUAL, ArmName.GRIDOPS))
        pair = paired(usual, ours, generator)
        judged.append(Judged(guard, pair, verdict_of(guard.better, pair)))
    return tuple(judged)


def _cap(claim: Claim, main: Paired) -> float:
    """A share that is used already cannot grow beyond 1."""
    if claim.figure != "renewable_used_share" or not main.base_mean > 0:
        return float("nan")
    return (1 - main.base_mean) / main.base_mean


def _notes(tapes: int) -> tuple[str, ...]:
    if tapes >= ENOUGH_TAPES:
        return ()
    return (f"{tapes} tapes are fewer than the {ENOUGH_TAPES} that a published study needs: read the intervals first.",)


def with_checks(judgement: StudyJudgement, further: Sequence[Check]) -> StudyJudgement:
    """Beside the study's own checks, those that only its keeper can make."""
    return replace(judgement, checks=(*judgement.checks, *further))
