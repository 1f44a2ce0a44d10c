"""A study in a folder, without a database: tapes and runs are files, and what is there already is not played again."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.impact.adapters.arm_process import (
    DOCUMENT,
    Playing,
    listen,
    read_arrays,
    read_document,
    run_arguments,
    sealed_tape,
    tape_arguments,
)
from apps.impact.adapters.claim_judging import judged
from apps.impact.adapters.code_version import code_version
from apps.impact.choices.study import BEAT_S, Purpose
from apps.impact.rules.study_plan import Play, Terms, misplayed, plays

Report = Callable[[str], None]
_TELL_S = 10.0
_DAYS_A_WEEK = 7.0
TAPE = "tape"  # its label where it could not be made
WALLS = ("plant", "services", "solvers")


@dataclass(frozen=True, slots=True)
class Tape:
    seed: int
    path: Path
    tape_hash: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    play: Play
    tape: Tape
    folder: Path
    document: dict[str, Any]
    was_there: bool


@dataclass(frozen=True, slots=True)
class Failed:
    label: str
    seed: int
    reason: str


@dataclass(frozen=True, slots=True)
class PlayedStudy:
    terms: Terms
    tapes: tuple[Tape, ...]
    played: tuple[Played, ...]
    failed: tuple[Failed, ...]
    workers: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class _Job:
    label: str
    seed: int
    arguments: Sequence[str]
    part: Path
    whole: Path


class StudyFolder:
    """Results of one program: another one's lie beside them and are never taken."""

    def __init__(self, root: Path, *, workers: int, report: Report) -> None:
        self.root, self._workers, self._report = root / code_version(), workers, report
        self._failed: list[Failed] = []

    def play(self, terms: Terms) -> PlayedStudy:
        begun = time.perf_counter()
        self.root.mkdir(parents=True, exist_ok=True)
        self._failed = []
        self._do([self._tape_job(terms, seed) for seed in terms.seeds])
        tapes = {seed: _read_tape(self._tape_path(terms, seed), seed) for seed in terms.seeds}
        wanted = [(play, tapes[terms.seeds[play.tape]]) for play in plays(terms)]
        jobs = [self._run_job(play, tape) for play, tape in wanted if tape is not None]
        there = {job.whole for job in jobs if (job.whole / DOCUMENT).exists()}
        self._do(jobs)
        played = [self._read(play, tape, there) for play, tape in wanted if tape is not None]
        return PlayedStudy(
            terms=terms,
            tapes=tuple(tape for tape in tapes.values() if tape is not None),
            played=tuple(each for each in played if each is not None),
            failed=tuple(self._failed),
            workers=self._workers,
            elapsed_s=time.perf_counter() - begun,
        )

    def _tape_path(self, terms: Terms, seed: int) -> Path:
        name = re.sub(r"[^\w.+-]+", "_", terms.network)
        return self.root / "tapes" / f"{name}-{terms.days}d-{seed}.json"

    def _tape_job(self, terms: Terms, seed: int) -> _Job:
        whole = self._tape_path(terms, seed)
        part = whole.with_suffix(".part")
        arguments = tape_arguments(network=terms.network, seed=seed, days=terms.days, out=str(part))
        return _Job(TAPE, seed, arguments, part, whole)

    def _run_job(self, play: Play, tape: Tape) -> _Job:
        name = "-".join(part for part in (play.arm, play.without, *_purpose(play)) if part)
        whole = self.root / tape.tape_hash[:16] / name
        part = whole.with_name(f"{name}.part")
        return _Job(play.label, tape.seed, run_arguments(play, tape=str(tape.path), out=str(part)), part, whole)

    def _read(self, play: Play, tape: Tape, there: set[Path]) -> Played | None:
        job = self._run_job(play, tape)
        if not job.whole.exists():
            return None
        try:
            document = read_document(job.whole)
            fault = misplayed(document, tape_hash=tape.tape_hash, play=play)
        except (OSError, ValueError) as unreadable:
            document, fault = {}, f"Its result cannot be read ({unreadable})."
        if fault:
            self._failed.append(Failed(job.label, job.seed, fault))
            return None
        return Played(play, tape, job.whole, document, job.whole in there)

    def _do(self, jobs: Sequence[_Job]) -> None:
        """As many at once as there are workers, from one thread; what is there already is left alone."""
        waiting = iter([job for job in jobs if not job.whole.exists()])
        under_way: dict[Playing, _Job] = {}
        try:
            told_at = time.monotonic()
            while self._fill(under_way, waiting):
                shares = {under_way[one].label: said[-1].done for one, said in listen(under_way, BEAT_S) if said}
                for one in [each for each in under_way if each.has_ended]:
                    self._end(one, under_way.pop(one))
                if shares and time.monotonic() - told_at > _TELL_S:
                    told_at = time.monotonic()
                    self._report(", ".join(f"{label} {share:.0%}" for label, share in shares.items()))
        finally:
            for each in under_way:
                each.stop()

    def _fill(self, under_way: dict[Playing, _Job], waiting: Iterator[_Job]) -> bool:
        while len(under_way) < self._workers and (job := next(waiting, None)) is not None:
            job.whole.parent.mkdir(parents=True, exist_ok=True)
            under_way[Playing(job.arguments)] = job
        return bool(under_way)

    def _end(self, playing: Playing, job: _Job) -> None:
        fault = playing.fault
        playing.stop()
        if not fault and job.part.exists():
            job.part.replace(job.whole)
            self._report(f"{job.label} of seed {job.seed}: done")
            return
        reason = fault or "It ended without a result."
        self._failed.append(Failed(job.label, job.seed, reason))
        self._report(f"{job.label} of seed {job.seed}: failed: {reason}")


def arrays_of(played: Played) -> bytes:
    return read_arrays(played.folder)


def study_file(study: PlayedStudy, command: str) -> dict[str, Any]:
    """What `--json` writes. Raises NotJudged."""
    terms = study.terms
    return {
        "network": terms.network,
        "days": terms.days,
        "seeds": list(terms.seeds),
        "arms": [str(arm) for arm in terms.arms],
        "without": list(terms.without),
        "code_version": code_version(),
        "command": command,
        "workers": study.workers,
        "elapsed_s": round(study.elapsed_s, 1),
        "tapes": [
            {"seed": tape.seed, "begin": tape.document["begin"], "tape_hash": tape.tape_hash} for tape in study.tapes
        ],
        "runs": [_run_row(each) for each in study.played],
        "failed": [{"run": each.label, "seed": each.seed, "reason": each.reason} for each in study.failed],
        "wall_by_arm": _walls(study),
        "study": judged(each.document for each in study.played),
    }


def _run_row(played: Played) -> dict[str, Any]:
    document, play = played.document, played.play
    return {
        "seed": played.tape.seed,
        "arm": str(play.arm),
        "without": play.without,
        "purpose": str(play.purpose),
        "tape_hash": played.tape.tape_hash,
        "code_version": document.get("code_version"),
        "record_hash": document.get("record_hash"),
        "was_there": played.was_there,
        "wall_s": document.get("wall_s", {}),
        "acts": len(document.get("acts", [])),
        "checks": document.get("checks", {}),
        "figures": document.get("figures", {}),
    }


def _walls(study: PlayedStudy) -> dict[str, dict[str, float | None]]:
    """By arm: seconds of a computer for a simulated week, and what they went into."""
    told = {}
    for arm in sorted({each.play.arm for each in study.played}):
        walls = [one.document["wall_s"] for one in study.played if one.play == Play(one.play.tape, arm)]
        total = sum(wall["total"] for wall in walls)
        shares = {
            f"{name}_share": sum(wall.get(name, 0.0) for wall in walls) / total if total else None for name in WALLS
        }
        weeks = len(walls) * study.terms.days / _DAYS_A_WEEK
        told[str(arm)] = {"runs": len(walls), "wall_s_per_week": total / weeks if weeks else None, **shares}
    return told


def _purpose(play: Play) -> tuple[str, ...]:
    return () if play.purpose == Purpose.MEASURED else (str(play.purpose),)


def _read_tape(path: Path, seed: int) -> Tape | None:
    try:
        return Tape(seed, path, *sealed_tape(path))
    except (OSError, ValueError, KeyError, json.JSONDecodeError):
        return None
