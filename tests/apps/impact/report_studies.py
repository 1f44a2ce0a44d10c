"""A judged study with rows, from records made by hand and judged by the engine itself."""

from datetime import UTC, datetime

import numpy as np

from apps.impact.adapters.claim_judging import judged_runs
from apps.impact.choices.study import Arm, Purpose, RunState, StudyState
from apps.impact.models import ArmRun, Study, StudyTape
from gridops.engine.impact.run import Run, finite
from tests.engine.impact.made import outage, quiet, run

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def runs_of(seeds: int) -> list[Run]:
    draws = np.random.default_rng(5)
    runs = []
    for seed in range(1, seeds + 1):
        share, loss = float(draws.uniform(0.05, 0.6)), float(draws.uniform(40, 60))
        for arm, hours in (("A0", 9), ("A1", 4), ("A2", int(draws.integers(1, 6))), ("A3", 1)):
            rows = loss * np.ones(24)
            day = quiet(loss_kw=rows, source_kw=(1000 + rows - 150)[:, None])
            runs.append(run(outage(day, at_h=8, hours=hours, share=round(share, 2)), arm, seed))
    base = runs[0]
    runs.append(run(outage(quiet(), at_h=8, hours=4), "A2", 1, without=("storage",)))
    runs.append(run(quiet(), "A2", 1, locked=True, record_hash=base.record_hash))
    return runs


def judged_study(seeds: int = 8, network: str = "case33bw", *, shuffled: bool = False) -> Study:
    """Sound only where the future of a run was shuffled too."""
    runs = runs_of(seeds)
    if shuffled:
        runs.append(run(quiet(), "A2", 1, shuffle_after_h=12.0))
    document = judged_runs(runs)
    study = Study.objects.create(
        asked_at=AT, network=network, seeds=seeds, days=1, arms=Arm.values, without=["storage"], state=StudyState.DONE,
        code_version="1.2.3", judgement=document, is_valid=document["is_valid"], finished_at=AT,
    )  # fmt: skip
    for seed in range(1, seeds + 1):
        tape = StudyTape.objects.create(
            study=study, position=seed, seed=seed, begin_at=AT, document={}, tape_hash=f"{seed:064x}"
        )
        for each in runs:
            if each.seed == seed and each.is_plain:
                figures = {name: finite(value) for name, value in each.figures.items()}
                ArmRun.objects.create(
                    tape=tape, arm=each.arm, purpose=Purpose.MEASURED, state=RunState.DONE, code_version="1.2.3",
                    figures=figures, wall_total_s=90.0,
                )  # fmt: skip
    return study
