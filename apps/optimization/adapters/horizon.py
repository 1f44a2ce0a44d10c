"""Powers of a network of a file over a horizon: by its own profiles, by a table, or as they stand.

Rows are steps, columns the injections of `CaseNetwork` (loads, generators, storages), positive into the network.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from apps.assets.adapters.case_network import CaseNetwork
from gridops.cases.case import Generator, Load, Profile, Storage
from gridops.engine.network.model import FloatArray

DAY_H = 24.0
SECONDS_PER_HOUR = 3600.0
KINDS = ("loads", "generators", "storages")


class BadProfiles(ValueError):
    """What is wrong with the profiles and what to do, in one sentence."""


@dataclass(frozen=True, slots=True)
class Horizon:
    p_kw: FloatArray
    q_kvar: FloatArray
    step_hours: float
    told: str  # where the powers come from


def at_hand(here: CaseNetwork) -> Horizon:
    """One hour with every element at its own power."""
    return Horizon(here.p_kw[None, :], here.q_kvar[None, :], 1.0, "one hour at the powers of the file")


def own_day(here: CaseNetwork, *, day: int, steps: int) -> Horizon:
    """A day of the file's own profiles, counted from 1, in so many equal steps, each at its beginning.

    Raises BadProfiles where the file has none, or the steps are no part of its own.
    """
    profiles = {profile.name: profile for profile in here.case.profiles}
    if not profiles:
        raise BadProfiles("profiles: the network has none of its own; give a CSV file, or 'none'.")
    first = here.case.profiles[0]
    a_day = int(DAY_H * SECONDS_PER_HOUR) // first.step_s
    if not 1 <= day <= len(first.p) // a_day:
        raise BadProfiles(f"day: {day} is not in the profiles; they have days 1 to {len(first.p) // a_day}.")
    if steps < 1 or a_day % steps:
        raise BadProfiles(f"steps: {steps} do not divide the day's {a_day} values; give a part of that.")
    rows = (day - 1) * a_day + np.arange(0, a_day, a_day // steps)
    factor_p, factor_q = _factors(here, profiles, rows)
    told = f"day {day} of the network's own profiles"
    return Horizon(here.p_kw * factor_p, here.q_kvar * factor_q, DAY_H / steps, told)


def _elements(here: CaseNetwork) -> list[Load | Generator | Storage]:
    return [*here.case.loads, *here.case.generators, *here.case.storages]


def _factors(here: CaseNetwork, profiles: dict[str, Profile], rows: np.ndarray) -> tuple[FloatArray, FloatArray]:
    names = [element.profile for element in _elements(here)]
    p, q = (np.ones((len(rows), len(names))) for _ in range(2))
    known: dict[str, tuple[FloatArray, FloatArray]] = {
        name: (np.asarray(each.p[rows], np.float64), np.asarray(each.q[rows], np.float64))
        for name, each in profiles.items()
        if name in set(names)
    }
    for column, name in enumerate(names):
        if name in known:
            p[:, column], q[:, column] = known[name]
    return p, q


def of_table(here: CaseNetwork, path: Path, *, steps: int | None) -> Horizon:
    """From a CSV file: a column `time`, and factors in columns named as elements or as a kind of them.

    An element's own column counts before that of its kind. Raises BadProfiles.
    """
    times, columns = _read(path)
    count = len(times) if steps is None else steps
    if not 1 <= count <= len(times):
        raise BadProfiles(f"steps: the file has {len(times)} rows; ask for 1 to {len(times)}.")
    factor = np.ones((count, len(here.p_kw)))
    for kind in KINDS:
        if kind in columns:
            factor[:, getattr(here, kind)] = columns[kind][:count, None]
    names = [element.name for element in _elements(here)]
    unknown = set(columns) - set(names) - set(KINDS)
    if unknown:
        raise BadProfiles(
            f"profiles: column '{min(unknown)}' names no load, generator or storage of the network, nor {KINDS}."
        )
    for place, name in enumerate(names):
        if name in columns:
            factor[:, place] = columns[name][:count]
    told = f"{count} rows of {path.name}"
    return Horizon(here.p_kw * factor, here.q_kvar * factor, _step_hours(times), told)


def _read(path: Path) -> tuple[list[datetime], dict[str, FloatArray]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadProfiles(f"profiles: {path} cannot be read ({error}); give a CSV file in UTF-8.") from None
    if not rows or "time" not in rows[0]:
        raise BadProfiles("profiles: the file needs a first line with a column 'time', and a row for each step.")
    columns = {name: np.zeros(len(rows)) for name in rows[0] if name and name != "time"}
    times = []
    for number, row in enumerate(rows, start=2):
        try:
            times.append(datetime.fromisoformat(row["time"]))
            for name, values in columns.items():
                values[number - 2] = float(row[name])
        except (TypeError, ValueError):
            raise BadProfiles(
                f"profiles: line {number} has a time that is not ISO 8601, or a factor that is no number."
            ) from None
    if not all(np.isfinite(values).all() for values in columns.values()):
        raise BadProfiles("profiles: a factor is not finite; give numbers.")
    return times, columns


def _step_hours(times: list[datetime]) -> float:
    if len(times) == 1:
        return 1.0
    try:
        gaps = {(after - before).total_seconds() for before, after in pairwise(times)}
    except TypeError:
        raise BadProfiles("profiles: some times have an offset and others none; write them alike.") from None
    if len(gaps) > 1 or min(gaps) <= 0:
        raise BadProfiles("profiles: the times are not in equal steps; fill the gaps.")
    return float(gaps.pop() / SECONDS_PER_HOUR)
