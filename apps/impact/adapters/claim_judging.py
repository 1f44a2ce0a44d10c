"""Runs as they are stored, judged by the engine."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gridops.engine.impact.documents import judgement_document
from gridops.engine.impact.run import run_of
from gridops.engine.impact.study import judge

DRAWN_FROM = 1366  # the same study is judged the same on every machine


class NotJudged(Exception):
    """A run lacks what the judgement needs."""


def judged(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The six claims, the checks and the notes, as plain values. Raises NotJudged."""
    try:
        return judgement_document(judge([run_of(each) for each in documents], np.random.default_rng(DRAWN_FROM)))
    except (KeyError, TypeError, ValueError) as fault:
        raise NotJudged(f"A run cannot be read ({type(fault).__name__}: {fault}).") from fault
