"""Forged readings against the detector of false data, which has never seen any.

    python -m tests.studies attacks --days 7 --seed 1 [--grid simbench:1-MV-urban--1-sw]

The detector learns from the 28 clean days before and anew each week; `--days` days from the 50th on are judged. It
learns nothing from attacks: its windows and lines were settled on clean days before the 50th, before any attack was
laid. Each attack is laid upon the clean readings of its time, alone. What counts, fixed before the runs:

- an attack is found if an alarm stands in one of its minutes;
- a false alarm is a run of alarms on clean readings, those less than half an hour apart being one;
- F1 over windows: as many clean windows as attacked ones, of the same lengths, drawn from the clean days; and F1 over
  minutes, with the clean minutes weighted so that one in ten is attacked.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridops.engine.anomaly.detector import Assessment, Model, Settings, assess, assess_echo, learn
from gridops.engine.anomaly.relations import CurrentLaw
from gridops.simulator.points import Quantity
from tests.studies.attack_world import MINUTES_A_DAY, FloatArray, Recording, record
from tests.studies.attacks import Attack, Kind, Wanted, forge

GRID = "simbench:1-MV-urban--1-sw"
LEARNT_DAYS, RELEARNT_DAYS = 28, 7
FIRST_DAY = 49  # of what is judged: the weeks before were looked at while the detector was made
SLOTS_A_DAY, SLOT_MINUTES, WEEKEND = 96, 15, 5
WARM_UP, AFTER = 240, 30
ECHO_BACK = 2 * MINUTES_A_DAY
ATTACKS_A_DAY = 8
LENGTHS = (60, 240)
ATTACKED_SHARE = 0.1
JOINED_MINUTES = 30
PLAIN = (Kind.ONE_SCALED, Kind.COORDINATED, Kind.FREEZE)  # a test was made for them; the others are held out
SMALL = (-0.45, -0.4, -0.3, -0.2, -0.1, 0.0, 0.25)  # of the sizes of stealth attacks: 2 to 30 % of the loads
SMALL_EACH = 6


@dataclass(frozen=True)
class Judged:
    attack: Attack
    minutes: int  # attacked, alarmed
    delay: int | None  # minutes to the first alarm; None: never


class Judge:
    """The models of each week, and what they say of clean and forged readings."""

    def __init__(self, recording: Recording, days: int) -> None:
        self.recording, self.days = recording, days
        self.values = np.asarray(recording.values, float)
        minute = np.arange(len(self.values))
        weekend = (minute // MINUTES_A_DAY) % 7 >= WEEKEND
        self.slot = (minute % MINUTES_A_DAY) // SLOT_MINUTES + SLOTS_A_DAY * weekend
        self.law = current_law(recording)
        self._models: dict[int, Model] = {}
        self.learning_s = self.judging_us = 0.0

    def model_at(self, minute: int) -> Model:
        week = (minute // MINUTES_A_DAY - LEARNT_DAYS) // RELEARNT_DAYS
        if week not in self._models:
            part = slice(week * RELEARNT_DAYS * MINUTES_A_DAY, (week * RELEARNT_DAYS + LEARNT_DAYS) * MINUTES_A_DAY)
            begun = time.process_time()
            settings = Settings(slots=2 * SLOTS_A_DAY)
            self._models[week] = learn(self.values[part], self.slot[part], self.law, settings)
            self.learning_s = time.process_time() - begun
        return self._models[week]

    def alarms(self, values: FloatArray, begin: int, end: int) -> np.ndarray:
        """(end - begin,) whether an alarm stands; `values` are those of all time."""
        model, part = self.model_at(begin), slice(begin - WARM_UP, end)
        begun = time.process_time()
        judged: Assessment = assess(model, values[part], self.slot[part])
        self.judging_us = 1e6 * (time.process_time() - begun) / (end - begin + WARM_UP)
        return judged.alarmed()[WARM_UP:] | self._echoes(model, values, begin, end)

    def _echoes(self, model: Model, values: FloatArray, begin: int, end: int) -> np.ndarray:
        found, every = np.zeros(end - begin, bool), model.settings.echo_every
        for minute in range(begin - begin % every + every, end, every):
            part = slice(minute - ECHO_BACK, minute)
            told, _ = assess_echo(model, values[part], self.slot[part])
            if max(told.values()) > 1:
                found[minute - begin : minute - begin + every] = True
        return found


def current_law(recording: Recording) -> CurrentLaw:
    at = {(p.column, p.index): n for n, p in enumerate(recording.table.points[i] for i in recording.points)}
    volts = {p.node: n for n, p in enumerate(recording.table.points[i] for i in recording.points)
             if p.quantity is Quantity.VOLTAGE}  # fmt: skip
    rows = []
    for (column, index), place in at.items():
        point = recording.table.points[recording.points[place]]
        if point.quantity is Quantity.CURRENT:
            row = [place, at.get((column - 2, index)), at.get((column - 1, index)), volts.get(point.node)]
            rows += [row] if None not in row else []
    return CurrentLaw(*np.array(rows, np.int64).reshape(-1, 4).T)


def judge_attack(judge: Judge, wanted: Wanted, rng: np.random.Generator) -> Judged:
    whole = judge.values[: wanted.begin + wanted.minutes].copy()
    attack = forge(judge.recording, whole, wanted, rng)
    alarmed = judge.alarms(whole, attack.begin, attack.end)
    return Judged(attack, int(alarmed.sum()), int(np.argmax(alarmed)) if alarmed.any() else None)


def drawn(judge: Judge, kinds: Sequence[Kind], rng: np.random.Generator) -> list[Wanted]:
    first = FIRST_DAY * MINUTES_A_DAY
    found = []
    for number in range(judge.days * ATTACKS_A_DAY):
        minutes = int(rng.integers(*LENGTHS))
        begin = first + int(rng.integers(WARM_UP, judge.days * MINUTES_A_DAY - minutes))
        found.append(Wanted(kinds[number % len(kinds)], begin, minutes, float(rng.random())))
    return found


def clean_alarms(judge: Judge) -> np.ndarray:
    first = FIRST_DAY
    parts = [
        judge.alarms(judge.values, day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY)
        for day in range(first, first + judge.days)
    ]
    return np.concatenate(parts)


def episodes(alarmed: np.ndarray) -> int:
    places = np.flatnonzero(alarmed)
    return int(len(places) > 0) + int((np.diff(places) > JOINED_MINUTES).sum())


def f1(true: float, false: float, missed: float) -> float:
    return 2 * true / max(2 * true + false + missed, 1e-9)


def window_f1(found: Sequence[Judged], clean: np.ndarray, rng: np.random.Generator) -> float:
    false = 0
    for one in found:
        length = one.attack.end - one.attack.begin
        begin = int(rng.integers(0, len(clean) - length))
        false += bool(clean[begin : begin + length].any())
    hits = sum(one.delay is not None for one in found)
    return f1(hits, false, len(found) - hits)


def minute_f1(found: Sequence[Judged], clean: np.ndarray) -> float:
    attacked = sum(one.attack.end - one.attack.begin for one in found)
    true = sum(one.minutes for one in found)
    false = float(clean.mean()) * attacked * (1 - ATTACKED_SHARE) / ATTACKED_SHARE
    return f1(true, false, attacked - true)


def row(name: str, found: Sequence[Judged], clean: np.ndarray, seed: int) -> str:
    hits = [one.delay for one in found if one.delay is not None]
    delay = f"{np.median(hits):.0f}, {np.quantile(hits, 0.9):.0f}" if hits else "-"
    windows = window_f1(found, clean, np.random.default_rng((seed, 99)))
    return (
        f"| {name} | {len(found)} | {len(hits) / len(found):.1%} | {delay} | {windows:.3f} "
        f"| {minute_f1(found, clean):.3f} |"
    )


def small_ones(judge: Judge, seed: int) -> list[str]:
    rng, rows = np.random.default_rng((seed, 7)), []
    for kind in (Kind.STEALTH,):
        for size in SMALL:
            wanted = [Wanted(kind, one.begin, 120, size) for one in drawn(judge, [kind], rng)[:SMALL_EACH]]
            found = [judge_attack(judge, one, rng) for one in wanted]
            hits = sum(one.delay is not None for one in found)
            rows.append(f"| {kind} | {0.2 + 0.4 * size:.0%} | {hits} of {len(found)} |")
    return rows


def run(arguments: argparse.Namespace) -> str:
    days, seed = arguments.days, arguments.seed
    recording = record(arguments.grid or GRID, arguments.cache, days=FIRST_DAY + days, seed=seed)
    return judged(Judge(recording, days), seed)


def judged(judge: Judge, seed: int) -> str:
    days, recording = judge.days, judge.recording
    clean = clean_alarms(judge)
    judging_us = judge.judging_us
    rng = np.random.default_rng((seed, 11))
    found = [judge_attack(judge, one, rng) for one in drawn(judge, list(Kind), rng)]
    held_out = [one for one in found if one.attack.kind not in PLAIN]
    lines = [
        f"{len(recording.points)} meters, {days} days judged, seed {seed}: {episodes(clean) / days:.2f} false alarms a "
        f"day; {judging_us:.0f} us a scan of all meters, {judge.learning_s:.0f} s to learn",
        "",
        "| attacks | drawn | found | minutes to the alarm, median and 9 of 10 | F1, windows | F1, minutes |",
        "|---|---|---|---|---|---|",
        *(row(kind, [one for one in found if one.attack.kind is kind], clean, seed) for kind in Kind),
        row("plain types", [one for one in found if one.attack.kind in PLAIN], clean, seed),
        row("types held out", held_out, clean, seed),
        row("all", found, clean, seed),
        "",
        "| smaller ones | size | found |",
        "|---|---|---|",
        *small_ones(judge, seed),
    ]
    return "\n".join(lines)
