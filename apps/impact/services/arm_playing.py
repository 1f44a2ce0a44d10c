"""A worker plays one run: it seals the tape if nobody has, starts the replay, listens, and keeps what it wrote."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from apps.impact.adapters.arm_process import (
    Playing,
    Told,
    listen,
    read_arrays,
    read_document,
    run_arguments,
    sealed_tape,
    tape_arguments,
    write_tape,
)
from apps.impact.adapters.code_version import code_version
from apps.impact.choices.study import BEAT_S
from apps.impact.models import ArmRun
from apps.impact.rules.study_plan import misplayed
from apps.impact.selectors.arm_runs import play_of, same_run_done
from apps.impact.services.arm_moves import Result, RunLost, fail_run, finish_run, hear_of_run, seal_tape, take_run
from apps.impact.services.study_judging import judge_where_played

Clock = Callable[[], datetime]


class NotPlayed(Exception):
    """The replay ended without a result that can be kept: why."""


def play_run(*, run_id: int, worker: str, clock: Clock) -> ArmRun | None:
    """None: there was nothing to play. What goes wrong in the replay stands in the row."""
    run = take_run(run_id=run_id, worker=worker, as_of=clock())
    if run is None:
        return None
    try:
        finish_run(run=run, result=_result(run, clock), as_of=clock())
    except NotPlayed as fault:
        fail_run(run=run, reason=str(fault), as_of=clock())
    except RunLost:
        return None
    judge_where_played(study_id=run.tape.study_id, as_of=clock())
    run.refresh_from_db()
    return run


def _result(run: ArmRun, clock: Clock) -> Result:
    settings.VAR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="arm-", dir=settings.VAR) as name:
        folder = Path(name)
        path = _tape(run, folder, clock)
        same = same_run_done(run, code_version())
        if same is not None:
            return Result({**same.record.document}, bytes(same.record.arrays), same)
        _listen_to(run, run_arguments(play_of(run), tape=str(path), out=str(folder)), clock)
        return _kept(run, folder)


def _tape(run: ArmRun, folder: Path, clock: Clock) -> Path:
    path, tape = folder / "tape.json", run.tape
    if not tape.tape_hash:
        study = tape.study
        wanted = tape_arguments(network=study.network, seed=tape.seed, days=study.days, out=str(path))
        _listen_to(run, wanted, clock)
        try:
            tape_hash, document = sealed_tape(path)
            begin_at = datetime.fromisoformat(document["begin"])
        except (OSError, ValueError, KeyError) as fault:
            raise NotPlayed(f"The replay made no tape ({fault}).") from fault
        seal_tape(tape=tape, tape_hash=tape_hash, document=document, begin_at=begin_at)
    write_tape(path, tape.tape_hash, tape.document or {})
    return path


def _listen_to(run: ArmRun, arguments: Sequence[str], clock: Clock) -> None:
    playing = Playing(arguments)
    try:
        while not playing.has_ended:
            told = [each for _, heard in listen([playing], BEAT_S) for each in heard]
            _beat(run, told[-1] if told else None, clock())
        if playing.fault:
            raise NotPlayed(playing.fault)
    finally:
        playing.stop()


def _beat(run: ArmRun, told: Told | None, now: datetime) -> None:
    """Not more often than it matters: a quick replay says a hundred lines in a second."""
    if told is not None or run.heard_at is None or (now - run.heard_at).total_seconds() >= BEAT_S:
        hear_of_run(run=run, told=told, as_of=now)
        run.heard_at = now


def _kept(run: ArmRun, folder: Path) -> Result:
    try:
        document, arrays = read_document(folder), read_arrays(folder)
    except (OSError, ValueError) as fault:
        raise NotPlayed(f"The replay wrote no result that can be read ({fault}).") from fault
    if fault_of_it := misplayed(document, tape_hash=run.tape.tape_hash, play=play_of(run)):
        raise NotPlayed(fault_of_it)
    missing = [name for name in ("code_version", "figures") if not document.get(name)]
    if missing:
        raise NotPlayed(f"The result of the replay lacks {missing[0]}.")
    return Result(document, arrays)
