"""Whom the study asks, in which stages, and what is foretold: by the product's engine, from the meters alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gridops.engine.flexibility.response import Told, foretold_share
from gridops.engine.optimization.calls import Asked, Segments, Wanted, asked, together
from gridops.simulator.points import BoolArray, FloatArray
from gridops.simulator.vens.orders import HIGH
from gridops.simulator.vens.town import Town
from tests.studies.response_world import SLOTS, Day, ResponseWorld, Stage

KINDS = ("thermostat", "ev_charger", "water_heater", "battery", "industrial")
STATED = (0.05, 0.20, 0.35)  # before any event, of every kind: the trial events are there to learn
COUNTS_AS = 0.5  # of an event
WANTED = 0.6  # of what there is
BACK, BACK_STEPS = 0.6, 8  # before any event: of the energy saved, over two hours
ROOMS = (0.25, 0.4, 0.6, np.inf)  # of what is wanted: how much more may be drawn afterwards, the first that can be
LATER, LONGEST_MORE = 16, 4


@dataclass(frozen=True)
class Plan:
    stages: Sequence[Stage]
    kw: tuple[float, float, float]  # P10, P50, P90, mean of the homes' own stages
    hour: float
    temperature_c: float

    @property
    def homes(self) -> list[int]:
        return sorted(home for stage in self.stages for home in stage.homes)

    @property
    def first(self) -> int:
        return min(stage.first for stage in self.stages)

    @property
    def end(self) -> int:
        return max(stage.end for stage in self.stages)

    def asked_slots(self, homes: int) -> BoolArray:
        found = np.zeros((homes, SLOTS), dtype=np.bool_)
        for stage in self.stages:
            found[list(stage.homes), stage.first : stage.end] = True
        return found


@dataclass
class Learned:
    """By kind of the equipment that is rated most; how often each home was asked."""

    town: Town
    told: dict[str, list[tuple[float, float, float]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def __post_init__(self) -> None:
        devices = [self.town.devices(n) for n in range(len(self.town))]
        self.rated = np.array([sum(one.values()) for one in devices])
        self.kind = np.array([max(one, key=lambda kind: one[kind]) if one else "" for one in devices])
        self.asked = np.zeros(len(self.town), dtype=np.int64)

    def share(self, kind: str, hour: float, temperature_c: float) -> tuple[float, float, float]:
        told = np.array(self.told[kind], dtype=np.float64).reshape(-1, 3).T
        return foretold_share(Told(*told), hour=hour, temperature_c=temperature_c, stated=STATED, counts_as=COUNTS_AS)

    def note(self, plan: Plan, saved_kw: FloatArray, day: Day) -> None:
        for kind in KINDS:
            here = np.isfinite(saved_kw) & (self.kind == kind)
            if here.any():
                share = float(saved_kw[here].sum() / self.rated[here].sum())
                self.told[kind].append((share, plan.hour, _mean_c(day.temperature_c, plan.first, plan.end)))
        self.asked[plan.homes] += 1


def planned(learned: Learned, *, first: int, slots: int, rng: np.random.Generator, world: ResponseWorld) -> Plan:
    hour, expected_c = (first + slots / 2) / 4, _mean_c(world.temperature(), first, first + slots)
    shares = {kind: learned.share(kind, hour, expected_c) for kind in KINDS}
    found = _asked(learned, shares, slots)
    stages = _stages(learned, found, first, rng)
    homes = [home for stage in stages for home in stage.homes]
    kw = np.array([[learned.rated[home] * share for share in shares[learned.kind[home]]] for home in homes])
    group = np.array([KINDS.index(learned.kind[home]) for home in homes])
    return Plan(stages, together(kw, group), hour, expected_c)


def _asked(learned: Learned, shares: dict[str, tuple[float, float, float]], slots: int) -> Asked:
    """The least room for what comes back that can be kept."""
    rated = np.array([learned.rated[learned.kind == kind].sum() for kind in KINDS])
    count = np.array([(learned.kind == kind).sum() for kind in KINDS])
    middle = np.array([shares[kind][1] for kind in KINDS])
    segments = Segments(
        customers=count,
        kw=middle * rated / np.maximum(count, 1),
        eur_per_event=np.zeros(len(KINDS)),
        eur_per_kwh=np.full(len(KINDS), 0.45),
        asked_before=np.array(
            [learned.asked[learned.kind == kind].mean() if count[n] else 0.0 for n, kind in enumerate(KINDS)]
        ),
        feeder=np.zeros(len(KINDS), dtype=np.int32),
        rebound_share=np.full(len(KINDS), BACK),
        rebound_steps=np.full(len(KINDS), BACK_STEPS),
    )
    wanted_kw = WANTED * float((middle * rated).sum())
    for room in ROOMS:
        after = np.full((1, slots + LATER), np.inf)
        after[0, slots:] = room * wanted_kw
        wanted = Wanted(
            kw=np.full(slots, wanted_kw),
            room_kw=after,
            step_hours=0.25,
            shortest=4,
            longest=slots + LONGEST_MORE,
            asked_again_eur=0.05,
        )
        found = asked(segments, wanted, is_room_kept=bool(np.isfinite(room)))
        if found.ok:
            return found
    raise RuntimeError(f"nothing can be asked: {found.reason}")


def _stages(learned: Learned, found: Asked, first: int, rng: np.random.Generator) -> list[Stage]:
    """Of each kind who was asked least, by lot among equals."""
    chosen: dict[tuple[int, int], list[int]] = {}
    for row, kind in enumerate(KINDS):
        homes = np.flatnonzero(learned.kind == kind)
        waiting = homes[np.lexsort((rng.random(len(homes)), learned.asked[homes]))].tolist()
        for place, span in enumerate(found.spans):
            taken, waiting = waiting[: found.count[row, place]], waiting[found.count[row, place] :]
            if taken:
                chosen.setdefault(span, []).extend(taken)
    return [Stage(first + begin, first + end, HIGH, homes) for (begin, end), homes in sorted(chosen.items())]


def _mean_c(temperature_c: FloatArray, first: int, end: int) -> float:
    return float(temperature_c[first:end].mean())
