"""Meters that only the nodes without meters contradict."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from gridops.engine.estimation.estimate import BadDatum, Estimate
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.plausibility import (
    LEAST_STRAIN,
    accusation,
    far_from_usual,
    is_at_ease_without,
    strain,
)
from gridops.engine.network.model import IntArray

_MOST_TRIED = 5

LeftOut = Mapping[MeasurementKind, IntArray]


def without_misleading(
    estimate: Estimate, measurements: Measurements, left_out: LeftOut, again: Callable[[LeftOut], Estimate]
) -> Estimate:
    """Each trial searches anew: what was named beside such a meter may have been its victim."""
    kind, told = MeasurementKind.INJECTION, measurements.injections
    usual = told.pseudo()
    out = left_out.get(kind, np.zeros(0, np.int32))
    found: list[BadDatum] = []
    before = strain(estimate, told, usual, out)
    far = far_from_usual(told, usual)
    named = [bad.index for bad in estimate.bad if bad.kind is kind]
    for index in far[~np.isin(far, [*out.tolist(), *named])][:_MOST_TRIED].tolist():
        if before < LEAST_STRAIN:
            break
        without = np.append(out, index).astype(np.int32)
        tried = again({**left_out, kind: without})
        after = strain(tried, told, usual, without)
        if tried.converged and is_at_ease_without(before, after):
            found.append(accusation(tried, told, usual, index))
            estimate, out, before = tried, without, after
    return replace(estimate, bad=[*estimate.bad, *found])
