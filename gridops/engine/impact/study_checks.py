"""What must hold between the runs of a study: the same tapes, no gain from nothing, nobody who knows the future."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from gridops.engine.impact.run import Act, ArmName, Check, Run

SAME_SHARE: Final = 1e-3  # of the energy demanded and of what renewables could give
SHOWN: Final = 3  # places that a sentence names
# What the tape decides, and no arm may change.
OF_THE_TAPE: Final = ("demanded_kwh", "renewable_available_kwh", "customers_served", "storage_kwh")
SECONDS_AN_HOUR: Final = 3600.0


def study_checks(runs: Sequence[Run]) -> tuple[Check, ...]:
    """Of all runs of a study together, the checks of single runs summed up."""
    return (
        _runs_hold(runs),
        _every_tape_by_both(runs),
        _same_tapes(runs),
        _same_length(runs),
        _same_chances(runs),
        _one_version(runs),
        _placebo(runs),
        _no_future(runs),
    )


def _runs_hold(runs: Sequence[Run]) -> Check:
    """A run without checks was not checked, and does not hold."""
    failed = [f"{run.arm} of seed {run.seed}: {check.name}" for run in runs for check in run.checks if not check.ok] + [
        f"{run.arm} of seed {run.seed}: not checked" for run in runs if not run.checks
    ]
    return _counted("runs_hold", failed, "Every check of every run holds.")


def _every_tape_by_both(runs: Sequence[Run]) -> Check:
    tapes = {run.tape_hash for run in runs}
    played = {(run.tape_hash, run.arm) for run in runs if run.is_plain}
    failed = [
        f"{arm} of tape {tape[:8]}"
        for tape in sorted(tapes)
        for arm in (ArmName.USUAL, ArmName.GRIDOPS)
        if (tape, arm) not in played
    ]
    if not tapes:
        failed = ["no tape at all"]
    return _counted(
        "every_tape_by_both", failed, "Every tape was played by both arms that are compared.", "Not played: "
    )


def _same_tapes(runs: Sequence[Run]) -> Check:
    """One seed is one tape: all arms of a seed name the same hash."""
    hashes: dict[int, set[str]] = {}
    for run in runs:
        hashes.setdefault(run.seed, set()).add(run.tape_hash)
    failed = [f"seed {seed}" for seed, found in sorted(hashes.items()) if len(found) > 1]
    return _counted("same_tapes", failed, "Arms that are compared played the same tapes.")


def _same_length(runs: Sequence[Run]) -> Check:
    """Nobody's clock ran shorter or longer than the tape."""
    failed = [
        f"{run.arm} of seed {run.seed}"
        for run in runs
        if not abs(run.figure("end_s") - run.days * 24 * SECONDS_AN_HOUR) <= 1.0
    ]
    return _counted("same_length", failed, "Every run lasts as long as its tape.")


def _same_chances(runs: Sequence[Run]) -> Check:
    failed = []
    for group in _by_tape(runs).values():
        for name in OF_THE_TAPE:
            values = np.array([run.figure(name) for run in group])
            if np.ptp(values) > SAME_SHARE * max(float(np.abs(values).max()), 1e-9) or np.isnan(values).any():
                failed.append(f"{name} of seed {group[0].seed}")
    return _counted("same_chances", failed, "Demand, plants, customers and stores are the same in every arm of a tape.")


def _one_version(runs: Sequence[Run]) -> Check:
    found = sorted({run.code_version for run in runs})
    words = "All runs are of one version of the code." if len(found) <= 1 else f"Versions: {', '.join(found)}."
    return Check("one_version", len(found) <= 1, float(len(found)), 1.0, words)


def _placebo(runs: Sequence[Run]) -> Check:
    """An arm whose acts are refused is doing nothing, bit for bit."""
    nothing = {run.tape_hash: run for run in runs if run.arm == ArmName.NOTHING and run.is_plain}
    failed, compared = [], 0
    for run in runs:
        base = nothing.get(run.tape_hash) if run.locked else None
        if base is None:
            continue
        compared += 1
        if not run.record_hash or run.record_hash != base.record_hash:
            failed.append(f"{run.arm} of seed {run.seed}")
    if not compared:
        return _missing(
            "placebo_is_nothing", "No placebo was played: play an arm with its acts refused, and A0, on a tape."
        )
    return _counted("placebo_is_nothing", failed, f"Placebos that equal doing nothing bit for bit: {compared}.")


def _no_future(runs: Sequence[Run]) -> Check:
    """With the future after an hour shuffled, the acts until then are the same."""
    plain = {
        (run.tape_hash, run.arm, run.without): run for run in runs if not run.locked and run.shuffle_after_h is None
    }
    failed, compared = [], 0
    for run in runs:
        base = plain.get((run.tape_hash, run.arm, run.without)) if run.shuffle_after_h is not None else None
        if base is None or run.shuffle_after_h is None:
            continue
        compared += 1
        if acts_until(run, run.shuffle_after_h) != acts_until(base, run.shuffle_after_h):
            failed.append(f"{run.arm} of seed {run.seed}")
    if not compared:
        return _missing(
            "future_is_not_known", "No future was shuffled: play A2 on a tape once plain and once shuffled."
        )
    return _counted(
        "future_is_not_known", failed, f"Shuffled futures that left the acts before them as they were: {compared}."
    )


def _missing(name: str, words: str) -> Check:
    """What was not tried does not hold."""
    return Check(name, False, 0.0, 1.0, words)


def acts_until(run: Run, hour: float) -> tuple[Act, ...]:
    """hour: since the beginning of the tape, itself included."""
    return tuple(act for act in run.acts if act.at_s <= hour * SECONDS_AN_HOUR)


def _by_tape(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """A shuffled run's tape is another one after its hour: it is not compared."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        if run.shuffle_after_h is None:
            groups.setdefault(run.tape_hash, []).append(run)
    return groups


def _counted(name: str, failed: Sequence[str], good: str, begin: str = "Does not hold for: ") -> Check:
    more = f" and {len(failed) - SHOWN} more" if len(failed) > SHOWN else ""
    words = f"{begin}{', '.join(failed[:SHOWN])}{more}." if failed else good
    return Check(name, not failed, float(len(failed)), 0.0, words)
