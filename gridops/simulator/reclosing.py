"""Feeder breakers that close again by themselves once, as most faults in the air are gone by then."""

import numpy as np

from gridops.simulator.chance import chance
from gridops.simulator.points import BoolArray
from gridops.simulator.sites import HIGH_VOLTAGE_KV
from gridops.simulator.truth import TrueNetwork

PAUSE_S = (0.5, 1.0)
BLOCKED_S = 15.0  # after any closing: a breaker that was just closed onto a fault stays open
SECOND_US = 1_000_000


class Reclosing:
    def __init__(self, truth: TrueNetwork, seed: int, *, sealed: bool = False) -> None:
        kv = truth.network.nominal_kv[truth.network.switches.from_node]
        self._may: BoolArray = np.asarray(truth.interrupts & (kv < HIGH_VOLTAGE_KV), np.bool_)
        self._closed_us = np.full(len(self._may), -(10**18), dtype=np.int64)
        self._chance = chance(seed, 63, sealed=sealed)

    def note_closing(self, index: int, at_us: int) -> None:
        self._closed_us[index] = at_us

    def pause_s(self, index: int, at_us: int) -> float | None:
        """How long a breaker that has just tripped stays open; nothing where it stays so."""
        if not self._may[index] or at_us - self._closed_us[index] < BLOCKED_S * SECOND_US:
            return None
        return float(self._chance.of(index, at_us).uniform(*PAUSE_S))
