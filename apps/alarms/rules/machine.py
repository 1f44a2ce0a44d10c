"""The life cycle of one alarm as a pure function. Nothing here knows of rows, clocks or people."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.alarms.choices import (
    LATCHING_TRANSITIONS,
    STANDING,
    SUPPRESSED_TRANSITIONS,
    TRANSITIONS,
    BaseState,
    Happening,
    Suppression,
)

# Chattering: that many times active within the window (A3 of the alarm standard's figures); over after as long a rest.
CHATTER_RAISES = 3
CHATTER_WINDOW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Machine:
    base: BaseState = BaseState.NORMAL
    is_active: bool = False  # the condition as it is evaluated, whatever is shown of it
    occurrence: int = 0
    is_shelved: bool = False
    is_by_design: bool = False
    is_out_of_service: bool = False
    latches: bool = False
    is_chattering: bool = False
    quality_good: bool = True
    raised_at: datetime | None = None
    swung_at: datetime | None = None
    raises: tuple[datetime, ...] = ()  # the latest, as many as make a chatter

    @property
    def suppression(self) -> Suppression:
        """The strongest reason; the others stay in force behind it."""
        if self.is_out_of_service:
            return Suppression.OUT_OF_SERVICE
        if self.is_shelved:
            return Suppression.SHELVED
        return Suppression.BY_DESIGN if self.is_by_design else Suppression.NONE

    @property
    def is_suppressed(self) -> bool:
        return self.suppression != Suppression.NONE


def target(machine: Machine, happening: Happening) -> BaseState | None:
    """The base state that this happening leads to, or None if the standard knows no such step."""
    key = machine.base, happening
    if machine.latches and key in LATCHING_TRANSITIONS:
        return LATCHING_TRANSITIONS[key]
    if machine.is_suppressed and key in SUPPRESSED_TRANSITIONS:
        return SUPPRESSED_TRANSITIONS[key]
    return TRANSITIONS.get(key)


def raised(machine: Machine, *, at: datetime, quality_good: bool = True, latches: bool = False) -> Machine | None:
    """None for a duplicate. While it chatters the condition swings, and the alarm stands still."""
    if machine.is_active:
        return None
    recent = tuple(one for one in machine.raises if timedelta(0) <= at - one < CHATTER_WINDOW)
    raises = (*recent, at)[-CHATTER_RAISES:]
    swung = replace(machine, is_active=True, raises=raises, swung_at=at, quality_good=quality_good, latches=latches)
    if machine.is_chattering:
        return swung
    base = target(machine, Happening.RAISED)
    if base is None:
        return None
    chatters = len(raises) == CHATTER_RAISES
    return replace(swung, base=base, occurrence=machine.occurrence + 1, raised_at=at, is_chattering=chatters)


def returned(machine: Machine, *, at: datetime, quality_good: bool = True) -> Machine | None:
    """None for a duplicate, for an end that is older than what it would end, and for one of bad quality."""
    if not machine.is_active or not quality_good or (machine.raised_at is not None and at < machine.raised_at):
        return None
    swung = replace(machine, is_active=False, swung_at=at)
    if machine.is_chattering:
        return swung
    base = target(machine, Happening.RETURNED)
    return None if base is None else replace(swung, base=base)


def settled(machine: Machine, *, at: datetime) -> Machine | None:
    """The chattering is over once nothing has swung for as long as the window."""
    if not machine.is_chattering or (machine.swung_at is not None and at - machine.swung_at < CHATTER_WINDOW):
        return None
    calm = replace(machine, is_chattering=False, raises=())
    if machine.is_active or machine.base not in STANDING:
        return calm
    return replace(calm, base=target(machine, Happening.RETURNED) or machine.base)


def acknowledged(machine: Machine, *, occurrence: int) -> Machine | None:
    base = target(machine, Happening.ACKNOWLEDGED) if occurrence == machine.occurrence else None
    return None if base is None else replace(machine, base=base)


def reset(machine: Machine, *, occurrence: int) -> Machine | None:
    base = target(machine, Happening.RESET) if occurrence == machine.occurrence else None
    return None if base is None else replace(machine, base=base)


def quality(machine: Machine, *, good: bool) -> Machine | None:
    """Doubt about a value changes its mark and never its state."""
    if machine.base == BaseState.NORMAL or machine.quality_good == good:
        return None
    return replace(machine, quality_good=good)


def shelved(machine: Machine) -> Machine | None:
    return None if machine.is_shelved else replace(machine, is_shelved=True)


def unshelved(machine: Machine) -> Machine | None:
    return _free(replace(machine, is_shelved=False)) if machine.is_shelved else None


def suppressed(machine: Machine) -> Machine | None:
    return None if machine.is_by_design else replace(machine, is_by_design=True)


def released(machine: Machine) -> Machine | None:
    return _free(replace(machine, is_by_design=False)) if machine.is_by_design else None


def out_of_service(machine: Machine) -> Machine | None:
    return None if machine.is_out_of_service else replace(machine, is_out_of_service=True)


def in_service(machine: Machine) -> Machine | None:
    return _free(replace(machine, is_out_of_service=False)) if machine.is_out_of_service else None


def _free(machine: Machine) -> Machine:
    """What still stands is told anew, as an occurrence of its own: an old acknowledgement cannot silence it."""
    if machine.is_suppressed or machine.base not in STANDING:
        return machine
    return replace(machine, base=BaseState.UNACKNOWLEDGED, occurrence=machine.occurrence + 1)
