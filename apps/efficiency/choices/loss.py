"""Words of losses: how a day was worked out, and how a suspicion stands."""

from datetime import timedelta

from django.db.models import TextChoices

from apps.efficiency.choices.cvr import EFFICIENCY

__all__ = ["EFFICIENCY"]

SCAN_EVERY = timedelta(minutes=5)  # of the stored states, so many are enough for squares of currents
LEAST_SCANS = 3  # that an hour needs
MOST_LINES = 300  # that a day's ranking keeps
KEPT_DAYS = 800
LOOKED_BACK_DAYS = 180  # for suspects
SIZING_DAYS = 365
LEAST_SIZING_DAYS = 7
LEAST_METERED = 0.9  # of the nominal load of a part, before what lacks in it says anything of single meters
LONGEST_LOSS_TEXT = 500


class LossOutcome(TextChoices):
    DONE = "done", "Done"
    NO_NETWORK = "no-network", "No network"
    NO_STATES = "no-states", "No solved states"


class SuspectState(TextChoices):
    NEW = "new", "New"
    FIELD_CHECK = "field-check", "Field check ordered"
    CONFIRMED = "confirmed", "Confirmed by a field check"
    CLEARED = "cleared", "Cleared"


_S = SuspectState
# Nobody is held guilty by figures: only a field check confirms.
NEXT_SUSPECT_STATE: dict[SuspectState, frozenset[SuspectState]] = {
    _S.NEW: frozenset({_S.FIELD_CHECK, _S.CLEARED}),
    _S.FIELD_CHECK: frozenset({_S.CONFIRMED, _S.CLEARED}),
    _S.CONFIRMED: frozenset(),
    _S.CLEARED: frozenset(),
}
OPEN_SUSPECTS = frozenset(state for state, following in NEXT_SUSPECT_STATE.items() if following)


class SuspectKindName(TextChoices):
    BYPASS = "bypass", "Part of the energy passes the meter"
    BYPASS_AT_NIGHT = "bypass-at-night", "Energy passes the meter by night"
    BYPASS_IN_SEASON = "bypass-in-season", "Energy passes the meter in a season"
    CONSTANT = "constant", "A constant power passes the meter"
    UNKNOWN = "unknown", "Of unknown kind"
    STOPPED = "stopped", "Meter stopped, or wholly bypassed"
    STUCK = "stuck", "Meter stuck"
    FAST = "fast", "Meter shows too much"
    SLOW = "slow", "Meter likely slow"
    CLOCK = "clock", "Meter's clock is off"
