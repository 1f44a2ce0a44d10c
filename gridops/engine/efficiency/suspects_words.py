"""From scores to the evidence that is told, and to the likeliest kind."""

import numpy as np

from gridops.engine.efficiency.suspects_kinds import Evidence, SuspectKind
from gridops.engine.efficiency.suspects_regression import PATTERNS, SHOWN, Lead, Taken

CLEAR = 4.0  # a score from which on a sign is taken for itself
SLOW_AT_MOST = 0.25  # lacking per kWh shown: more is no meter's own fault
CLOCK_WEIGHT = 0.5
_WHEN = {"always": "", "night": "by night", "winter": "in winter", "summer": "in summer", "shown": ""}
_KINDS = {
    "night": SuspectKind.BYPASS_AT_NIGHT,
    "winter": SuspectKind.BYPASS_IN_SEASON,
    "summer": SuspectKind.BYPASS_IN_SEASON,
    "shown": SuspectKind.CONSTANT,
}


def course_signs(taken: Taken) -> tuple[Evidence, ...]:
    """What the part of the balance that follows a meter's course says; weights in natural logarithms of odds."""
    score, when = taken.score, _WHEN[PATTERNS[taken.pattern]]
    if taken.pattern == SHOWN:
        text = f"Whenever it shows anything, {taken.share:.2f} kW lack beside it (score {score:+.1f})."
    else:
        way = "lack" if taken.share > 0 else "are too many"
        text = f"With each kWh that it shows {when}, {abs(taken.share):.2f} kWh {way} (score {score:+.1f})."
    first = Evidence("course", weight_of(abs(score), 50.0), text)
    if all(half * taken.share > 0 and abs(half) > 2 for half in taken.halves):
        return (first, Evidence("repeated", float(np.log(5.0)), "Even and odd weeks say so each by themselves."))
    return (first,)


def weight_of(score: float, most: float) -> float:
    """Half the square of the score less what chance brings among many, never beyond the logarithm of `most`."""
    return float(np.clip(0.5 * max(score, 0.0) ** 2 - 3.0, 0.0, np.log(most)))


def kind_of(taken: Taken | None, lead: Lead, since: int | None, *, has_zeros: bool) -> SuspectKind:
    """The likeliest kind. since: day from which on it lacks, None where that is not known."""
    if taken is None:
        is_constant = since is not None or has_zeros
        return SuspectKind.CONSTANT if is_constant else SuspectKind.UNKNOWN
    if lead.weight > CLOCK_WEIGHT and lead.score > CLEAR:
        return SuspectKind.CLOCK
    if taken.share < 0:
        return SuspectKind.FAST
    if PATTERNS[taken.pattern] == "always":
        is_slow = taken.share < SLOW_AT_MOST and since is None
        return SuspectKind.SLOW if is_slow else SuspectKind.BYPASS
    return _KINDS[PATTERNS[taken.pattern]]


def told_of_kind(kind: SuspectKind, lead: Lead) -> tuple[Evidence, ...]:
    """What the kind means, without weight: nothing for thefts."""
    if kind is SuspectKind.CLOCK:
        way = "behind" if lead.hours > 0 else "ahead"
        return (Evidence("clock", 0.0, f"A clock {abs(lead.hours)} h {way} explains it: nothing is lost."),)
    if kind is SuspectKind.SLOW:
        return (Evidence("kind", 0.0, "A small and constant share: a slow meter is likelier than a bypass."),)
    if kind is SuspectKind.FAST:
        return (Evidence("kind", 0.0, "It shows more than is drawn: a meter's fault, to the customer's loss."),)
    return ()
