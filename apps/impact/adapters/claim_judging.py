"""Runs as they are stored, judged by the engine."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from apps.impact.choices.study import ClaimVerdict
from gridops.engine.impact.documents import judgement_document
from gridops.engine.impact.major import NAME as OVER_TAPES
from gridops.engine.impact.major import without_major_days
from gridops.engine.impact.run import Run, finite, run_of
from gridops.engine.impact.study import judge

DRAWN_FROM = 1366  # the same study is judged the same on every machine
NO_CLAIM = "No claim: a check of this study failed, so its figures say nothing."


__all__ = ["OVER_TAPES", "NotJudged", "figures_over_tapes", "judged", "judged_runs"]


class NotJudged(Exception):
    """A run lacks what the judgement needs."""


def judged(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The six claims, the checks and the notes, as plain values. Raises NotJudged."""
    try:
        return judged_runs([run_of(each) for each in documents])
    except (KeyError, TypeError, ValueError) as fault:
        raise NotJudged(f"A run cannot be read ({type(fault).__name__}: {fault}).") from fault


def judged_runs(runs: Sequence[Run]) -> dict[str, Any]:
    """Where a check failed no claim stands; what was recorded is told all the same."""
    document = judgement_document(judge(runs, np.random.default_rng(DRAWN_FROM)))
    if not document["is_valid"]:
        for claim in document["claims"]:
            claim["verdict"], claim["sentence"] = str(ClaimVerdict.VOID), NO_CLAIM
    return document


def figures_over_tapes(documents: Sequence[Mapping[str, Any]], figure: str) -> list[float | None]:
    """One value a run, for a figure that needs all tapes together, such as which days were major ones."""
    return [finite(run.figure(figure)) for run in without_major_days([run_of(each) for each in documents])]
