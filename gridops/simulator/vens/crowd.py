"""What people and their devices make of what they are asked: some opt out, some are away, some change their mind."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.documents import Event
from gridops.simulator.vens.orders import EMERGENCY, NORMAL, Orders
from gridops.simulator.vens.town import Town

OPT_OUT, DEAF, MUTE = 0.04, 0.03, 0.04  # of the homes at an event: refuse, do not act, do not report
TEMPER_SIGMA = 0.6  # some refuse more often than others
BEARABLE_K, OVERRIDES_PER_K_H = 1.5, 0.25
DELAY_S = (2.0, 45.0)  # until a device does as it was told


@dataclass
class Answer:
    """Of one home to one event."""

    event: Event
    is_out: bool
    is_deaf: bool
    is_mute: bool
    delay_s: float

    @property
    def acts(self) -> bool:
        return not (self.is_out or self.is_deaf)


@dataclass
class Home:
    answers: dict[str, Answer] = field(default_factory=dict)
    known: frozenset[str] = frozenset()  # events that the control room still shows

    def current(self, wall_s: float) -> Answer | None:
        """To the event with the highest priority of those that run now."""
        running = (self.answers[one] for one in self.known if self.answers[one].event.at(wall_s) is not None)
        return min(running, key=lambda answer: (answer.event.priority, answer.event.begin_s), default=None)


class Crowd:
    def __init__(self, town: Town, seed: int) -> None:
        self._town, self._seed = town, seed
        self._movable_kw = town.battery_kw + town.process_kw
        self._temper = np.random.default_rng((seed, 53)).lognormal(-(TEMPER_SIGMA**2) / 2, TEMPER_SIGMA, len(town))
        self.homes = [Home() for _ in range(len(town))]

    def learn(self, place: int, events: Iterable[Event]) -> list[Answer]:
        """All that a home is shown now; answers to what it had not seen before."""
        home, fresh = self.homes[place], []
        found = {event.id: event for event in events}
        for event in found.values():
            if event.id not in home.answers:
                home.answers[event.id] = self._answer(place, event)
                fresh.append(home.answers[event.id])
            home.answers[event.id].event = event
        home.known = frozenset(found)
        return fresh

    def orders(self, wall_s: float) -> Orders:
        orders = Orders.none(len(self.homes))
        for place, home in enumerate(self.homes):
            answer = home.current(wall_s) if home.known else None
            if answer is None or not answer.acts or wall_s < answer.event.begin_s + answer.delay_s:
                continue
            asked = answer.event.at(wall_s)
            if asked is None:
                continue
            orders.level[place] = min(max(asked.level, NORMAL), EMERGENCY)
            if asked.percent is not None and self._movable_kw[place] > 0:
                orders.less_kw[place] = max(-asked.percent / 100, 0.0) * self._movable_kw[place]
        return orders

    def feel(self, discomfort_k: FloatArray, wall_s: float, dt_s: float) -> list[int]:
        """Who has had enough within a step and switches back; they stay out of that event."""
        hazard = OVERRIDES_PER_K_H * np.maximum(discomfort_k - BEARABLE_K, 0.0) * self._temper
        tired = []
        for place in np.flatnonzero(hazard > 0).tolist():
            answer = self.homes[place].current(wall_s)
            if answer is not None and answer.acts:
                chance = 1 - math.exp(-hazard[place] * dt_s / 3600)
                if self._drawn(f"{answer.event.id}/{wall_s:.0f}", place).random() < chance:
                    answer.is_out = True
                    tired.append(place)
        return tired

    def forget(self, wall_s: float) -> None:
        """Answers to events that are long over."""
        for home in self.homes:
            over = [key for key, one in home.answers.items() if one.event.end_s < wall_s - 86_400]
            for key in over:
                del home.answers[key]
            home.known -= frozenset(over)

    def _answer(self, place: int, event: Event) -> Answer:
        rng = self._drawn(event.id, place)
        out, deaf, mute, delay = rng.random(4)
        return Answer(
            event=event,
            is_out=bool(out < min(OPT_OUT * self._temper[place], 0.5)),
            is_deaf=bool(deaf < DEAF),
            is_mute=bool(mute < MUTE),
            delay_s=float(DELAY_S[0] + (DELAY_S[1] - DELAY_S[0]) * delay),
        )

    def _drawn(self, key: str, place: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, 54, crc32(key.encode()), place))
