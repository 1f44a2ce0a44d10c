"""Customers who lower what they draw when they are asked: the same people in every arm, and the same who stay away.

A call takes at most `ENROLLED_SHARE` of what a load draws; what was not drawn comes back to `REBOUND_SHARE` afterwards,
over as long a time. Who is asked is paid for each kWh not drawn.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.replay.gate import Gate
from gridops.replay.tape import DAY_S, Tape
from gridops.simulator.points import FloatArray
from gridops.simulator.sealed import SealedWorld
from gridops.simulator.world import SECOND_US

ENROLLED_SHARE: Final = 0.08
REBOUND_SHARE: Final = 0.6
PAID_EUR_PER_KWH: Final = 0.30
LONGEST_S: Final = 4 * 3600.0
SECONDS_AN_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Call:
    begin_us: int
    end_us: int
    share: FloatArray  # per load, of what it draws


class Response:
    """`given_kw`: not drawn now by agreement; below 0 while it comes back."""

    def __init__(self, tape: Tape, case: NetworkCase, gate: Gate) -> None:
        self._tape, self._case, self._gate = tape, case, gate
        self._place = {load.mrid: n for n, load in enumerate(case.loads)}
        self._calls: list[Call] = []
        self._told_us: int | None = None
        self.given_kw = 0.0
        self.payment_eur = 0.0

    def call(self, loads: dict[str, float], lasting_s: float, at_us: int) -> str:
        """Ask loads (mRID) for a share of what they draw, from 0 to 1; a text says why it is refused."""
        unknown = next((name for name in loads if name not in self._place), "")
        if unknown or not all(0 <= share <= 1 for share in loads.values()):
            return f"there is no load {unknown}" if unknown else "a share lies between 0 and 1"
        if not 0 < lasting_s <= LONGEST_S:
            return f"a call lasts up to {LONGEST_S / SECONDS_AN_HOUR:g} hours"
        element = next(iter(loads)) if len(loads) == 1 else f"{len(loads)} loads"
        return self._gate.through(
            lambda: self._take(loads, lasting_s, at_us),
            kind="response", element=element, value=f"{lasting_s:g} s", at_us=at_us,
        )  # fmt: skip

    def tell(self, world: SealedWorld, profile_time: datetime, at_us: int) -> None:
        """To the field, for the step that ends now."""
        lower, back = self._shares(at_us)
        step_h = 0.0 if self._told_us is None else (at_us - self._told_us) / SECOND_US / SECONDS_AN_HOUR
        self._told_us = at_us
        if not (lower.any() or back.any()):
            if self.given_kw:
                world.homes.tell({}, at_us)
            self.given_kw = 0.0
            return
        drawn = -world.demand_kw(profile_time, at_us)[: len(lower)]
        supplied = world.supply.has_supply
        less = np.where(supplied, drawn * (lower - back), 0.0)
        world.homes.tell(dict(zip(self._place, (-less).tolist(), strict=True)), at_us)
        self.given_kw = float(less.sum())
        self.payment_eur += PAID_EUR_PER_KWH * float(np.where(supplied, drawn * lower, 0.0).sum()) * step_h

    def _take(self, loads: dict[str, float], lasting_s: float, at_us: int) -> str:
        day = int((at_us - self._gate.begin_us) / SECOND_US // DAY_S)
        share = np.zeros(len(self._place))
        for name, asked in loads.items():
            if not self._tape.opts_out(name, day):
                share[self._place[name]] = min(asked, ENROLLED_SHARE)
        self._calls.append(Call(at_us, at_us + round(lasting_s * SECOND_US), share))
        return ""

    def _shares(self, at_us: int) -> tuple[FloatArray, FloatArray]:
        """(loads,) of what is not drawn, and of what is drawn besides because it comes back."""
        lower, back = np.zeros(len(self._place)), np.zeros(len(self._place))
        for call in self._calls:
            lasting_us = call.end_us - call.begin_us
            if call.begin_us < at_us <= call.end_us:
                lower = np.maximum(lower, call.share)
            elif call.end_us < at_us <= call.end_us + lasting_us:
                back += REBOUND_SHARE * call.share
        return lower, back
