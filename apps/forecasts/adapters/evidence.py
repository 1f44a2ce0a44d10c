"""What the days say against a promise, by the engine's bets."""

from collections.abc import Sequence

from gridops.engine.forecasting.drift import Evidence, of_coverage, of_skill

ALPHA = 0.02  # a false alarm in fifty years of one kind of series
LATELY = 14  # days


def stands_against(days: Sequence[tuple[float, float]], *, band: float | None) -> bool | None:
    """`days`: of every day how much of how much kept the promise. `band`: of a central band's share; None: of skill,
    the other's loss of both. None where the evidence is neither enough for an alarm nor over."""
    found = of_skill(alpha=ALPHA) if band is None else of_coverage(band, alpha=ALPHA)
    for inside, of in days:
        found = found.update(inside, of)
    if found.value >= 1 / ALPHA and not _is_kept(found, days):
        return True
    return False if _is_kept(found, days) else None


def _is_kept(promise: Evidence, days: Sequence[tuple[float, float]]) -> bool:
    lately = days[-LATELY:]
    of = sum(one for _, one in lately)
    share = sum(inside for inside, _ in lately) / of if of else promise.low
    return promise.low <= share <= promise.high
