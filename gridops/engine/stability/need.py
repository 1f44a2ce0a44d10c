"""How much fast reserve the largest loss asks for, found by simulation and held against it once more."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.stability.area import Area, Fast
from gridops.engine.stability.swing import Response, after_loss

ROUNDS = 14
SECONDS = 20.0
SEARCH_STEP_S = 0.02
FINEST = 1e-3  # of the loss, added to what was found so that the finer simulation holds it too


@dataclass(frozen=True, slots=True)
class Answering:
    """How plants of the reserve answer."""

    full_hz: float  # deviation at which all of it is given
    deadband_hz: float
    delay_s: float
    lag_s: float

    def of(self, room_kw: FloatArray, energy_kwh: FloatArray | float = np.inf) -> Fast:
        """room_kw: (s, u)."""
        return Fast.full_at(
            room_kw,
            full_hz=self.full_hz,
            deadband_hz=self.deadband_hz,
            delay_s=self.delay_s,
            lag_s=self.lag_s,
            energy_kwh=energy_kwh,
        )


@dataclass(frozen=True, slots=True)
class Need:
    """(s,) each. `kw` is what is asked for; where `is_enough` is false even the most that was tried does not do."""

    kw: FloatArray
    is_enough: BoolArray
    without: Response
    with_it: Response


def needed(area: Area, loss_kw: FloatArray, *, limit_hz: float, answering: Answering) -> Need:
    """The least reserve with which the nadir stays at limit_hz or above, per scenario.

    Tried are sizes from none to the whole loss twice over: more makes no sense, since a plant that answers in
    proportion gives only what the frequency asks. Raises ValueError for a limit that is not below nominal.
    """
    if not limit_hz < area.nominal_hz:
        raise ValueError("limit_hz: give a frequency below the nominal one.")
    loss = np.asarray(loss_kw, np.float64)
    low, high = np.zeros(len(area)), 2 * loss
    none = after_loss(area, loss, answering.of(low[:, None]), seconds=SECONDS)
    holds_without = none.nadir_hz >= limit_hz
    holds_with = _nadir(area, loss, high, answering) >= limit_hz
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        holds = _nadir(area, loss, middle, answering) >= limit_hz
        low, high = np.where(holds, low, middle), np.where(holds, middle, high)
    found = np.where(holds_without, 0.0, np.where(holds_with, high + FINEST * loss, 2 * loss))
    checked = after_loss(area, loss, answering.of(found[:, None]), seconds=SECONDS)
    return Need(found, np.asarray(checked.nadir_hz >= limit_hz, np.bool_), none, checked)


def _nadir(area: Area, loss_kw: FloatArray, kw: FloatArray, answering: Answering) -> FloatArray:
    return after_loss(area, loss_kw, answering.of(kw[:, None]), seconds=SECONDS, step_s=SEARCH_STEP_S).nadir_hz
