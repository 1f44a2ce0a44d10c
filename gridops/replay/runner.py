"""Plays one arm through a tape and writes what came of it: `run.npz`, the record, and `run.json`, all else."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np

from apps.impact.adapters.code_version import code_version
from gridops.cases.case import NetworkCase
from gridops.engine.impact.checks import checks_of
from gridops.engine.impact.figures import figures_of
from gridops.engine.impact.record import RunRecord, arrays_of, record_hash, record_of
from gridops.engine.impact.run import Check
from gridops.replay.arms.arm import Arm, ArmNotes, Options, make_arm
from gridops.replay.plant import Plant
from gridops.replay.tape import BrokenTape, Tape, tape_hash
from gridops.simulator.names import Report, silent

RUN: Final = "run.json"
RECORD: Final = "run.npz"
Progress = Callable[[float, str], None]  # share done, instant of the tape


@dataclass(frozen=True, slots=True)
class Played:
    record: RunRecord
    document: dict[str, Any]


def play(
    tape: Tape,
    case: NetworkCase,
    sealed: str,
    *,
    arm: str,
    options: Options,
    progress: Progress,
    report: Report = silent,
) -> Played:
    """Raises BrokenTape where the tape does not lead to what it was sealed with; NoSuchArm."""
    began = perf_counter()
    if (found := tape_hash(tape, case)) != sealed:
        raise BrokenTape(
            f"The tape was sealed as {sealed[:12]} and plays as {found[:12]}: the tape, the network or the code of its "
            "factors has changed. Make it anew with `python -m gridops.replay tape`."
        )
    player = make_arm(arm, tape, case, options)
    plant = Plant(tape, case, locked=options.locked, reads=player.reads, report=report)
    notes = _played(plant, player, progress)
    record = plant.record(notes.noted, notes.planned_kw)
    wall = {"plant": plant.wall_s, "services": 0.0, "solvers": 0.0, **notes.wall_s, "total": perf_counter() - began}
    head = {
        "tape_hash": sealed,
        "arm": arm,
        "without": list(options.without),
        "locked": options.locked,
        "shuffle_after_h": options.shuffle_after_h,
    }
    checks = {check.name: check.document() for check in (*checks_of(record), worked(notes))}
    told = {
        "checks": checks,
        "wall_s": {name: round(value, 3) for name, value in wall.items()},
        "told": dict(notes.told),
    }
    return Played(record, head | _document(tape, plant, record) | told)


def _played(plant: Plant, arm: Arm, progress: Progress) -> ArmNotes:
    arm.begin(plant)
    told = 0
    while not plant.is_over:
        wanted = arm.act(plant, plant.now)
        ahead = plant.next_grid if wanted is None else min(wanted, plant.next_grid)
        plant.advance(max(ahead, plant.now))
        done = plant.since_begin_s(plant.now) / plant.tape.end_s
        if int(100 * done) > told:
            told = int(100 * done)
            progress(done, plant.now.isoformat())
    return arm.end(plant)


def worked(notes: ArmNotes) -> Check:
    """An arm in which something ended early did not do what it would have done."""
    failures = notes.told.get("failures")
    times = sum(failures.values()) if isinstance(failures, Mapping) else 0
    words = f"{times} times a part of the arm ended early." if times else "No part of the arm ended early."
    return Check("arm_worked", not times, float(times), 0.0, words)


def _document(tape: Tape, plant: Plant, record: RunRecord) -> dict[str, Any]:
    return {
        "code_version": code_version(),
        "network": tape.network,
        "seed": tape.seed,
        "begin": tape.begin.isoformat(),
        "days": tape.days,
        "record_hash": record_hash(record),
        "figures": {name: _finite(value) for name, value in figures_of(record).items()},
        "acts": [asdict(act) for act in plant.gate.acts],
    }


def write_run(folder: Path, played: Played) -> None:
    """Each file whole or not at all; `run.json` last, so that where it is the run is done."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{RECORD}"
    with part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays_of(played.record))
    part.replace(folder / RECORD)
    part = folder / f".{RUN}"
    part.write_text(json.dumps(played.document, indent=1, allow_nan=False) + "\n")
    part.replace(folder / RUN)


def read_record(folder: Path) -> RunRecord:
    """Raises OSError; KeyError for a record that lacks a series."""
    with np.load(folder / RECORD, allow_pickle=False) as found:
        return record_of(dict(found))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
