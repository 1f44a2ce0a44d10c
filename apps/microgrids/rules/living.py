"""Does a part that stands apart from the grid have supply of its own?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.microgrids.choices.microgrid import ALONE
from apps.microgrids.rules.situation import Reading

# Below these a forming device holds nothing.
LEAST_HZ, LEAST_PU = 45.0, 0.5
# A breaker tells its opening at once, a controller is asked in turn: until it has told since, the part is not called
# dead.
BENEFIT = timedelta(seconds=8)
OPEN = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    coupling: Reading
    mode: Reading
    frequency_hz: Reading
    voltage_pu: Reading


def lives(told: Evidence, *, as_of: datetime) -> bool:
    """Its breaker is open, its controller says that it stands alone, and there is voltage or frequency to show it."""
    if told.coupling.value is None or round(told.coupling.value) != OPEN or told.mode.value is None:
        return False
    if _is_before(told.mode, told.coupling):
        return told.coupling.at is not None and as_of - told.coupling.at <= BENEFIT
    if round(told.mode.value) not in {mode.value for mode in ALONE}:
        return False
    shown = [(told.frequency_hz.value, LEAST_HZ), (told.voltage_pu.value, LEAST_PU)]
    known = [(value, least) for value, least in shown if value is not None]
    return bool(known) and all(value >= least for value, least in known)


def _is_before(one: Reading, other: Reading) -> bool:
    return one.at is not None and other.at is not None and one.at < other.at
