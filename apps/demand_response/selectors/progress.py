"""What becomes of a stage, from what has been told so far. Who has not told is unknown, not zero."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.dispatch.models import CallStage

_MOST_RATIO = 2.0


class Told(NamedTuple):
    """Of one quarter of an hour: of those who told."""

    planned_kw: float
    baseline_kw: float | None
    used_kw: float | None


def stage_outlook(stage: CallStage, told: Sequence[Told], counts: Mapping[str, int]) -> dict[str, Any]:
    """kW for the rest of the stage: of those who told as they have given so far, of the others between nothing and all.

    The shortfall is what would be missing if all who have not told give what was planned; at worst, if none does.
    """
    within = [one for one in told if one.planned_kw > 0 and one.baseline_kw is not None and one.used_kw is not None]
    last = within[-1] if within else None
    planned, ratio = stage.expected_kw_p50, _ratio(within)
    asked = max(counts.get("asked", stage.customers), 1)
    out_kw = planned * counts.get("opted_out", 0) / asked
    told_kw = min(last.planned_kw, planned) if last else 0.0
    unknown = max(planned - out_kw - told_kw, 0.0)
    expected = told_kw * ratio if ratio is not None else 0.0
    return {
        "planned_kw": planned,
        "told": len(within),
        "told_kw": told_kw,
        "ratio": ratio,
        "expected_kw": expected,
        "unknown_kw": unknown,
        "opted_out_kw": out_kw,
        "shortfall_kw": max(planned - expected - unknown, 0.0),
        "shortfall_at_worst_kw": max(planned - expected, 0.0),
    }


def _ratio(within: Sequence[Told]) -> float | None:
    planned = sum(one.planned_kw for one in within)
    if planned <= 0:
        return None
    given = sum((one.baseline_kw or 0.0) - (one.used_kw or 0.0) for one in within)
    return max(min(given / planned, _MOST_RATIO), 0.0)
