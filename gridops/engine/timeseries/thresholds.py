"""Limits with deadband and delays, for many signals at once.

A threshold becomes active when its value has been beyond the limit for the on-delay without a break, and inactive
when it has been back inside by more than the deadband for the off-delay (ISA-18.2, clause 10, alarm attributes).
A value of bad quality changes nothing: it neither raises nor clears.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
TimeArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Thresholds:
    limit: FloatArray
    is_high: BoolArray  # True: beyond means above the limit; False: below
    deadband: FloatArray  # in the unit of the limit, not negative
    on_delay_us: TimeArray
    off_delay_us: TimeArray

    def __len__(self) -> int:
        return len(self.limit)


@dataclass(frozen=True, slots=True)
class ThresholdState:
    active: BoolArray
    pending_since_us: (
        TimeArray  # the instant from which the opposite condition has held without a break; 0: it does not
    )

    @classmethod
    def quiet(cls, count: int) -> "ThresholdState":
        return cls(np.zeros(count, bool), np.zeros(count, np.int64))


@dataclass(frozen=True, slots=True)
class Crossings:
    state: ThresholdState
    raised: IndexArray  # positions, within the arguments, at which a threshold became active
    cleared: IndexArray


def evaluate(
    thresholds: Thresholds,
    state: ThresholdState,
    *,
    which: IndexArray,
    value: FloatArray,
    at_us: TimeArray,
    usable: BoolArray,
) -> Crossings:
    """Advance the thresholds named by `which` (each at most once) by one value each.

    All arrays but the state's have the length of `which`. `at_us` are event times in microseconds, not before those
    of the last call for the same threshold. Units of `value` are those of the limit. The given state is not changed.
    """
    limit, is_high = thresholds.limit[which], thresholds.is_high[which]
    excess = np.where(is_high, value - limit, limit - value)
    active = state.active[which]
    opposite = usable & np.where(active, excess < -thresholds.deadband[which], excess > 0.0)
    since = np.where(usable, 0, state.pending_since_us[which])
    held_since = np.where(state.pending_since_us[which] > 0, state.pending_since_us[which], at_us)
    since = np.where(opposite, held_since, since)
    delay = np.where(active, thresholds.off_delay_us[which], thresholds.on_delay_us[which])
    flips = opposite & (at_us - held_since >= delay)

    new_active, new_since = state.active.copy(), state.pending_since_us.copy()
    new_active[which] = active ^ flips
    new_since[which] = np.where(flips, 0, since)
    return Crossings(
        state=ThresholdState(new_active, new_since),
        raised=np.flatnonzero(flips & ~active),
        cleared=np.flatnonzero(flips & active),
    )
