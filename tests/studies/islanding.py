"""Seeded transitions of one microgrid of the field's physics, with everything that goes wrong on the way.

The sequence is the engine's, as the live process has it. What it remembers between two rounds is one JSON document (the
rows); at random instants the process ends between two lines and begins anew from the document.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gridops.engine.microgrids.sequence import FIRST, next_action, objection
from gridops.engine.microgrids.stages import (
    Act,
    Aim,
    Command,
    Done,
    Enter,
    Failed,
    Give,
    Given,
    Kind,
    Outcome,
    Stage,
    View,
)
from tests.studies.islanding_field import Field, aim_for

TICK_S, ROUND_S = 0.2, 1.0
LONGEST_S = 900.0
MOST_VISITS = 30
VALUES_LOST = 0.10  # of a round
PROCESS_ENDS = 0.04  # of a line after which it may
STALE_S = 10.0


class ProcessEnded(Exception):
    """The process is no more, between two lines."""


class Process:
    """One process: everything that it knows is in `rows`, written line by line."""

    def __init__(self, rows: str, site: Field, aim: Aim, *, ends: float) -> None:
        self.rows: dict[str, Any] = json.loads(rows)
        self.site, self.aim, self._ends = site, aim, ends

    def _line(self) -> None:
        if self.site.seed.random() < self._ends:
            raise ProcessEnded

    def round(self) -> None:
        row, at_s = self.rows, self.site.at_s
        view = self._look(at_s)
        self._follow(at_s)
        holds = not objection(Stage(row["stage"]), view, self.aim)
        row["kept_since"] = (row["kept_since"] if row["kept_since"] is not None else at_s) if holds else None
        self._line()
        following = next_action(
            Stage(row["stage"]),
            view,
            self.aim,
            since_s=at_s - row["since"],
            kept_s=0.0 if row["kept_since"] is None else at_s - row["kept_since"],
            given=self._given(at_s),
        )
        self._do(following, at_s)

    def _look(self, at_s: float) -> View:
        """A lost round leaves the values of the one before; what is too old is not known."""
        if self.site.seed.random() >= VALUES_LOST:
            self.site.seen = (at_s, self.site.view())
        if self.site.seen is None or at_s - self.site.seen[0] > STALE_S:
            return View()
        return self.site.seen[1]

    def _follow(self, at_s: float) -> None:
        for step in self.rows["steps"]:
            if step["outcome"] not in (Outcome.PENDING, Outcome.UNKNOWN):
                continue
            if step["key"] not in self.site.orders:
                if step["visit"] == self.rows["visit"]:
                    self._give(step)
                else:
                    step |= {"outcome": Outcome.FAILED, "ended": at_s}
                continue
            told = self.site.outcome(step["key"])
            if told != step["outcome"]:
                step |= {"outcome": told, "ended": None if told is Outcome.UNKNOWN else at_s}

    def _give(self, step: dict[str, Any]) -> None:
        self._line()
        self.site.order(step["key"], Command(Act(step["act"]), step["unit"], step["value"]))
        self._line()

    def _given(self, at_s: float) -> dict[tuple[Act, int], Given]:
        found: dict[tuple[Act, int], Given] = {}
        for step in self.rows["steps"]:
            if step["visit"] == self.rows["visit"]:
                key = (Act(step["act"]), step["unit"])
                has_failed = key in found and found[key].outcome is Outcome.FAILED
                tries = found[key].tries + 1 if has_failed else 1
                ended_s = at_s - step["ended"] if step["ended"] is not None else 0.0
                found[key] = Given(Outcome(step["outcome"]), step["value"], tries, ended_s)
        return found

    def _do(self, following: object, at_s: float) -> None:
        row = self.rows
        if isinstance(following, Give):
            for command in following.commands:
                self._begin(command)
        elif isinstance(following, Enter) and row["visit"] < MOST_VISITS:
            row |= {"stage": following.stage, "since": at_s, "kept_since": None, "visit": row["visit"] + 1}
            row["way_back"] = following.way_back or row["way_back"]
            row["path"].append(following.stage)
        elif isinstance(following, Enter | Failed):
            row |= {"status": "stopped", "told": following.reason}
        elif isinstance(following, Done):
            goal = Stage.CONNECTED if row["kind"] == Kind.RECONNECT else Stage.ISLANDED
            reached = row["stage"] == goal or row["kind"] == Kind.BLACK_START
            row |= {"status": "done" if reached else "returned", "told": row["way_back"] or following.reason}

    def _begin(self, command: Command) -> None:
        row = self.rows
        number = len(row["steps"]) + 1
        step = {
            "key": f"{row['kind']} {number}",
            "visit": row["visit"],
            "act": command.act,
            "unit": command.unit,
            "value": command.value,
            "outcome": Outcome.PENDING,
            "ended": None,
        }
        row["steps"].append(step)
        self._line()  # the row is there, the order is not
        self._give(step)


@dataclass(frozen=True, slots=True)
class Told:
    kind: str
    status: str
    told: str
    restarts: int
    lost_steps: int
    sent_twice: int
    path: tuple[str, ...]
    seconds: float


def transit(site: Field, kind: Kind, *, delay_s: float, ends: float = PROCESS_ENDS, upset_s: float = -1.0) -> Told:
    """One transition to its end. upset_s: after so many seconds the grid is lost for a minute."""
    aim, begun_s = aim_for(site, delay_s=delay_s), site.at_s
    rows = json.dumps(
        {"kind": kind, "stage": FIRST[kind], "since": site.at_s, "kept_since": None, "visit": 1, "status": "running",
         "way_back": "", "told": "", "steps": [], "path": [FIRST[kind]]}
    )  # fmt: skip
    process, restarts = Process(rows, site, aim, ends=ends), 0
    while process.rows["status"] == "running" and site.at_s - begun_s < LONGEST_S + delay_s:
        for _ in range(round(ROUND_S / TICK_S)):
            passed_s = site.at_s - begun_s
            if upset_s >= 0:
                site.grid_live = not upset_s <= passed_s < upset_s + 60.0
            site.pass_time(TICK_S)
        try:
            process.round()
        except ProcessEnded:
            rows = json.dumps(process.rows)
            process, restarts = Process(rows, site, aim, ends=ends), restarts + 1
    for _ in range(60):  # what the last orders come to
        site.pass_time(TICK_S)
    process._ends = 0.0
    process._follow(site.at_s)
    row = process.rows
    lost = sum(step["outcome"] in (Outcome.PENDING, Outcome.UNKNOWN) for step in row["steps"])
    twice = sum(count > 1 for count in site.executed.values())
    status = row["status"] if row["status"] != "running" else "never ended"
    return Told(kind, status, row["told"], restarts, lost, twice, tuple(row["path"]), site.at_s - begun_s)


def trial(number: int, *, seed: int, delay_s: float) -> tuple[list[Told], Field]:
    """There and back: planned, unplanned, or from black in turns."""
    site = Field(np.random.default_rng((seed, number)))
    for _ in range(25):
        site.pass_time(TICK_S)
    told = [_there(site, number, delay_s)]
    site.grid_live = True
    if not site.site.controller.closed:
        upset = float(site.seed.uniform(0.0, 60.0)) if site.seed.random() < 0.2 else -1.0
        told.append(transit(site, Kind.RECONNECT, delay_s=delay_s, upset_s=upset))
        site.grid_live = True
    return told, site


def _there(site: Field, number: int, delay_s: float) -> Told:
    if number % 3 == 0:
        return transit(site, Kind.ISLAND, delay_s=delay_s)
    site.grid_live = False
    for _ in range(15):
        site.pass_time(TICK_S)
    if number % 3 == 1 and site.site.controller.is_live:
        return transit(site, Kind.UNPLANNED, delay_s=delay_s)
    site.site.controller.go_black("the instructor's")
    return transit(site, Kind.BLACK_START, delay_s=delay_s)


@dataclass
class Table:
    told: list[Told] = field(default_factory=list)
    closings: list[tuple[float, float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def safe(self) -> int:
        return sum(one.status in ("done", "returned") for one in self.told)

    @property
    def outside(self) -> int:
        """Of two live sides joined, those beyond table 5 of IEEE 1547-2018 for up to 500 kVA."""
        return sum(abs(df) > 0.3 or abs(dv) > 0.10 or abs(angle) > 20.0 for df, dv, angle in self.closings)


def study(trials: int, *, seed: int, delay_s: float = 30.0) -> Table:
    table = Table()
    for number in range(trials):
        told, site = trial(number, seed=seed, delay_s=delay_s)
        table.told += told
        table.closings += site.closings
        table.faults += site.faults
    return table


def run(arguments: argparse.Namespace) -> str:
    return written(study(arguments.draws, seed=arguments.seed), trials=arguments.draws)


def written(table: Table, *, trials: int) -> str:
    lines = [
        f"{trials} trials, {len(table.told)} transitions",
        "",
        "| kind | transitions | done | returned | stopped |",
    ]
    lines.append("|---|---|---|---|---|")
    for kind in Kind:
        rows = [one for one in table.told if one.kind == kind]
        counts = Counter(one.status for one in rows)
        stopped = len(rows) - counts["done"] - counts["returned"]
        lines.append(f"| {kind.value} | {len(rows)} | {counts['done']} | {counts['returned']} | {stopped} |")
    slips = np.abs(np.array(table.closings or [(0.0, 0.0, 0.0)])).max(axis=0)
    lines += [
        "",
        f"- safe: {table.safe} of {len(table.told)} ({table.safe / max(len(table.told), 1):.1%})",
        f"- restarts of the process: {sum(one.restarts for one in table.told)}; steps lost: "
        f"{sum(one.lost_steps for one in table.told)}; orders sent twice: {sum(one.sent_twice for one in table.told)}",
        f"- closings of two live sides: {len(table.closings)}, outside the window: {table.outside}; the widest: "
        f"{slips[0]:.3f} Hz, {100 * slips[1]:.2f} %, {slips[2]:.1f} degrees",
        f"- critical load cut while the island had voltage: {len(table.faults)} instants",
    ]
    bad = [one for one in table.told if one.status not in ("done", "returned")]
    lines += [f"- {one.kind}: {one.status}: {one.told} ({' > '.join(one.path)})" for one in bad]
    return "\n".join(lines)
