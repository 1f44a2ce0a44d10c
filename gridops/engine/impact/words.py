"""A claim in one or two plain sentences: what was measured, whether it is sure, and what got worse beside it."""

import math

from gridops.engine.impact.claims import Guard
from gridops.engine.impact.study import ClaimJudgement, Verdict

GAIN = "The figure gets better by {gain} ({low} to {high}, 95 % of what chance leaves open) on {tapes} tapes."
LOSS = "The figure gets worse by {gain} ({low} to {high}, 95 % of what chance leaves open) on {tapes} tapes."
OPEN = "No difference is shown on {tapes} tapes: the change lies between {low} and {high} for the better."
DOUBT = "The figure gets better by {gain}, but only while what was not served or stored is reckoned kindly: no gain."
WITHOUT = "This was not measured: fewer than two tapes were played by both arms with this figure known."
NOTHING_BEFORE = "The figure is 0 by usual working, so no share can be given; the difference is {difference:.3g}."


def sentence(judged: ClaimJudgement) -> str:
    """For people: the share, its interval, the comparison with what is said, and the guards that got worse."""
    return " ".join(part for part in (_measured(judged), _said(judged), _worse(judged.guards_worse)) if part)


def _measured(judged: ClaimJudgement) -> str:
    if judged.verdict is Verdict.NOT_MEASURED:
        return WITHOUT
    gain, low, high = judged.gain
    if not all(math.isfinite(each) for each in (gain, low, high)):
        return NOTHING_BEFORE.format(difference=judged.main.difference)
    if judged.verdict is Verdict.WORSE:
        gain, low, high = -gain, -high, -low
    pattern = {
        Verdict.BETTER: GAIN,
        Verdict.WORSE: LOSS,
        Verdict.NO_DIFFERENCE: OPEN,
        Verdict.NOT_CREDITED: DOUBT,
    }[judged.verdict]
    return pattern.format(gain=share(gain), low=share(low), high=share(high), tapes=judged.main.tapes)


def _said(judged: ClaimJudgement) -> str:
    least, most = judged.claim.said
    gain = judged.gain[0]
    if judged.verdict is not Verdict.BETTER or not math.isfinite(gain):
        return ""
    where = "below" if gain < least else "above" if gain > most else "within"
    return f"That is {where} the {100 * least:.0f} to {100 * most:.0f} % that such systems are sold with."


def _worse(guards: tuple[Guard, ...]) -> str:
    if not guards:
        return ""
    return f"Worse beside it: {'; '.join(guard.words for guard in guards)}."


def share(value: float) -> str:
    """A fraction of 1 in percent, in words where it is not known."""
    return f"{100 * value:.1f} %" if math.isfinite(value) else "not known"
