"""What somebody should know who looks at a microgrid, the gravest first, each in one sentence."""

from collections.abc import Iterator

from apps.microgrids.choices.microgrid import ControllerMode, LoadPriority, MemberKind
from apps.microgrids.rules.situation import Situation

LOW_SOC = 0.2
LOW_TANK_H = 2.0  # of rated power
BAND_HZ = (49.5, 50.5)
BAND_PU = (0.9, 1.1)


def remarks(now: Situation) -> list[str]:
    return [*_cut(now), *_alone(now), *_unknown(now), *_stores(now)]


def _cut(now: Situation) -> Iterator[str]:
    for priority in LoadPriority:
        cut = [one for one in now.of(MemberKind.LOAD) if one.priority == priority and one.is_cut]
        if cut:
            words = "1 load" if len(cut) == 1 else f"{len(cut)} loads"
            yield f"{words} of priority {priority.value} ({priority.label.lower()}) cut."


def _alone(now: Situation) -> Iterator[str]:
    if now.coupling_closed is False and now.mode in (ControllerMode.CONNECTED, ControllerMode.OFF):
        yield f"The coupling is open and the controller says {now.mode.label.lower()}: nothing forms a grid inside."
    if now.coupling_closed and now.mode == ControllerMode.ISLANDED:
        yield "The controller says islanded and the coupling reads closed: one of the two is wrong, look on the spot."
    if now.is_alone:
        hz, pu = now.frequency_hz.value, now.voltage_pu.value
        if hz is not None and not BAND_HZ[0] <= hz <= BAND_HZ[1]:
            yield f"Frequency inside is {hz:.2f} Hz, beyond {BAND_HZ[0]:g} to {BAND_HZ[1]:g} Hz."
        if pu is not None and not BAND_PU[0] <= pu <= BAND_PU[1]:
            yield f"Voltage inside is {pu:.3f} pu, beyond {BAND_PU[0]:g} to {BAND_PU[1]:g} pu."


def _unknown(now: Situation) -> Iterator[str]:
    if now.mode is None:
        yield "Its controller is not heard: it cannot be led from here."
    elif now.mode == ControllerMode.OFF:
        yield "Its controller is off: it would not take over if the grid were lost."
    if now.coupling_closed is None:
        yield "Where the coupling switch stands is not known."


def _stores(now: Situation) -> Iterator[str]:
    kwh = now.soc_kwh
    if kwh is None and now.capacity_kwh > 0:
        yield "The charge of a battery is not known."
    elif kwh is not None and kwh < LOW_SOC * now.capacity_kwh:
        yield f"Its batteries hold {kwh:.0f} of {now.capacity_kwh:.0f} kWh."
    for one in now.of(MemberKind.GENERATOR):
        if one.fuel_kwh.value is not None and one.fuel_kwh.value < LOW_TANK_H * one.rated_kw:
            yield f"{one.name} has fuel for less than {LOW_TANK_H:g} h at full load."
