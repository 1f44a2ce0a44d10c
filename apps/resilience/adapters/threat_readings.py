"""Minutes of meters <-> arrays of the anomaly engine, and what it learnt, packed."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from apps.telemetry.adapters import Rows
from apps.telemetry.choices import Quantity
from gridops.engine.anomaly.balance import Balance
from gridops.engine.anomaly.courses import echo, still_for
from gridops.engine.anomaly.detector import Check, Model, Settings, assess, learn
from gridops.engine.anomaly.habit import Factors, Habit
from gridops.engine.anomaly.relations import CurrentLaw, Relations
from gridops.engine.anomaly.thresholds import Line

FloatArray = npt.NDArray[np.float64]

MINUTE_US = 60_000_000
SLOTS_A_DAY, SLOT_MINUTES = 96, 15
WEEKEND = 5
HELD_MINUTES = 3  # a meter that sends only changes is taken to stand where it stood for so long
STILL_MINUTES, STILL_TIMES = 20, 4  # so long, and so many times longer than ever in the course before
MOVED_SHARE = 0.5  # of the minutes before in which a meter must have told something new
ECHO_MINUTES, ECHO_LEAST_AGO, ECHO_LIKENESS = 60, 90, 0.97
CHART_MINUTES = 180
WORDS: dict[Check, str] = {
    Check.HABIT_NOW: "off its habit at this time of the day",
    Check.HABIT_HALF_HOUR: "off its habit for half an hour",
    Check.HABIT_HOURS: "off its habit for two hours",
    Check.OTHERS_NOW: "contradicts the meters that move with it",
    Check.OTHERS_HALF_HOUR: "contradicts the meters that move with it for half an hour",
    Check.OTHERS_HOURS: "contradicts the meters that move with it for two hours",
    Check.TOGETHER_HABIT: "several meters off their habits at once",
    Check.BALANCE_NOW: "does not fit what all other meters together say",
    Check.BALANCE_HALF_HOUR: "for half an hour has not fitted what all other meters together say",
    Check.BALANCE_HOURS: "for two hours has not fitted what all other meters together say",
    Check.TOGETHER_BALANCE: "several meters do not fit what all others say",
    Check.STEP: "a step that its habit does not know",
    Check.CURRENT: "its current does not fit power and voltage",
    Check.STILL: "stands still for longer than ever",
}
NEEDED = Check.BALANCE_NOW.value  # what was learnt before there was such a line is learnt anew
_LAW_KEY = "law_"


@dataclass(frozen=True, slots=True)
class Meter:
    key: int
    name: str
    equipment_mrid: str
    side: str
    quantity: str
    unit: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A meter and why: `excess` is how far beyond its line, 1 is on it."""

    meter: Meter
    words: str
    excess: float
    since_minute: int
    read: float | None
    usual: float | None


def minute_grid(rows: Mapping[int, Rows], meters: Sequence[Meter], start: datetime, minutes: int) -> FloatArray:
    """Minutes x meters; a value is held for a few minutes, then it is not known."""
    grid = np.full((minutes, len(meters)), np.nan)
    first_us = int(start.timestamp()) * 1_000_000
    for column, meter in enumerate(meters):
        found = rows.get(meter.key)
        if found is not None and len(found):
            place = (found.at_us - first_us) // MINUTE_US
            inside = (place >= 0) & (place < minutes) & np.isfinite(found.mean)
            grid[place[inside], column] = found.mean[inside]
    for _ in range(HELD_MINUTES):
        gap = np.isnan(grid[1:]) & np.isfinite(grid[:-1])
        grid[1:][gap] = grid[:-1][gap]
    return grid


def slots(start: datetime, minutes: int, zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """Quarter hour of the local day; those of the weekend come after those of working days."""
    quarters = [start + timedelta(minutes=SLOT_MINUTES * n) for n in range(minutes // SLOT_MINUTES + 2)]
    local = [one.astimezone(zone) for one in quarters]
    of_quarter = [one.hour * 4 + one.minute // SLOT_MINUTES + SLOTS_A_DAY * (one.weekday() >= WEEKEND) for one in local]
    offset = start.minute % SLOT_MINUTES
    return np.array(of_quarter, np.int64)[(np.arange(minutes) + offset) // SLOT_MINUTES]


def learnt(grid: FloatArray, slot: npt.NDArray[np.int64], meters: Sequence[Meter]) -> Model:
    return learn(grid, slot, current_law(meters), Settings(slots=2 * SLOTS_A_DAY))


def current_law(meters: Sequence[Meter]) -> CurrentLaw:
    """Ammeters that have power and voltage beside them, at the same end of the same equipment."""
    at = {(one.equipment_mrid, one.side, one.quantity): column for column, one in enumerate(meters)}
    wanted = (Quantity.CURRENT, Quantity.ACTIVE_POWER, Quantity.REACTIVE_POWER, Quantity.VOLTAGE)
    rows = [
        [at.get((mrid, side, quantity.value)) for quantity in wanted]
        for mrid, side, quantity in at
        if quantity == Quantity.CURRENT
    ]
    whole = np.array([row for row in rows if None not in row], np.int64).reshape(-1, len(wanted))
    return CurrentLaw(*whole.T)


def suspects(model: Model, grid: FloatArray, slot: npt.NDArray[np.int64], meters: Sequence[Meter]) -> list[Suspect]:
    """Meters beyond a line in the newest minute, the furthest first."""
    judged = assess(model, grid, slot)
    worst: dict[int, Check] = {}
    for test, scores in judged.scores.items():
        for column in np.flatnonzero(scores[-1] > 1).tolist():
            if column not in worst or scores[-1, column] > judged.scores[worst[column]][-1, column]:
                worst[column] = test
    found = []
    for column, test in worst.items():
        course = judged.scores[test][:, column]
        inside = np.flatnonzero(course <= 1)
        since = int(inside[-1]) + 1 if len(inside) else 0
        usual = _known(model.habit.centre[slot[-1], column])
        reading = _known(grid[-1, column])
        found.append(Suspect(meters[column], WORDS[test], float(course[-1]), since, reading, usual))
    # Means hold each reading within bounds, so that a liar's neighbours can look as bad as he; the newest tells.
    now = judged.scores[Check.HABIT_NOW][-1] + judged.scores[Check.OTHERS_NOW][-1]
    size = {meter.key: float(now[column]) for column, meter in enumerate(meters)}
    return sorted(found, key=lambda one: -size[one.meter.key])


def standing_still(grid: FloatArray, meters: Sequence[Meter]) -> list[Suspect]:
    """Meters that tell the very same minute after minute, and never did in the course before."""
    still = still_for(grid)
    now = still[-1]
    found = []
    for column in np.flatnonzero(now >= STILL_MINUTES).tolist():
        before = still[: len(grid) - int(now[column]), column]
        if len(before) < 2 * STILL_MINUTES or (before == 0).mean() < MOVED_SHARE:
            continue
        longest = int(before.max())
        if now[column] >= STILL_TIMES * (longest + 1):
            words = f"has told the same for {int(now[column])} minutes; never longer than {longest + 1} before"
            since = len(grid) - int(now[column]) - 1
            excess = float(now[column]) / (STILL_TIMES * (longest + 1))
            found.append(Suspect(meters[column], words, excess, since, _known(grid[-1, column]), None))
    return found


def echoes(grid: FloatArray, meters: Sequence[Meter]) -> list[tuple[Suspect, int]]:
    """Meters whose newest noise was there before, with the minutes that lie between."""
    told = echo(grid, window=ECHO_MINUTES, least_ago=ECHO_LEAST_AGO)
    moved = (np.diff(np.nan_to_num(grid[-ECHO_MINUTES:]), axis=0) != 0).mean(axis=0) >= MOVED_SHARE
    found = []
    for column in np.flatnonzero((told.likeness >= ECHO_LIKENESS) & moved).tolist():
        ago, alike = int(told.scans_ago[column]), float(told.likeness[column])
        words = f"its last hour is that of {ago / 60:.1f} h ago: correlation of the noise {alike:.3f}"
        reading = _known(grid[-1, column])
        found.append((Suspect(meters[column], words, alike, len(grid) - ECHO_MINUTES, reading, None), ago))
    return found


def chart(grid: FloatArray, column: int, start: datetime, usual: FloatArray | None = None) -> dict[str, Any]:
    """The newest hours of a meter, for the evidence."""
    tail = min(len(grid), CHART_MINUTES)
    first = start + timedelta(minutes=len(grid) - tail)
    return {
        "t0": first.timestamp(),
        "step_s": 60,
        "read": [_known(value) for value in grid[-tail:, column]],
        "usual": [] if usual is None else [_known(value) for value in usual[-tail:]],
    }


def usual_course(model: Model, slot: npt.NDArray[np.int64], column: int) -> FloatArray:
    return np.asarray(model.habit.centre[slot, column])


def line_values(model: Model) -> dict[str, float | None]:
    return {test.value: _known(line.threshold) for test, line in model.lines.items()}


def pack(model: Model) -> bytes:
    """Single precision is enough: lines are drawn to a per cent."""
    arrays: dict[str, Any] = {
        "centre": model.habit.centre.astype(np.float32),
        "scale": model.habit.scale.astype(np.float32),
        "loading": model.factors.loading.astype(np.float32),
        "leverage": model.factors.leverage,
        "teller": model.relations.teller,
        "factor": model.relations.factor.astype(np.float32),
        "precision": model.balance.precision,  # small differences of large figures: double precision
        "moved": np.array([model.balance.centre, model.balance.spread, model.balance.left]),
        "stands_still": model.stands_still,
        "tests": np.array([test.value for test in model.lines]),
        "lines": np.array([[line.threshold, line.tail] for line in model.lines.values()]),
        "normal_of": np.array([test.value for test in model.normal]),
        "normal": np.array(list(model.normal.values())),
        "slots": np.array(model.settings.slots),
    }
    arrays |= {_LAW_KEY + one.name: getattr(model.law, one.name) for one in fields(CurrentLaw)}
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def unpack(raw: bytes) -> Model:
    with np.load(io.BytesIO(raw), allow_pickle=False) as told:
        law = CurrentLaw(*(told[_LAW_KEY + one.name] for one in fields(CurrentLaw)))
        lines = {
            Check(str(test)): Line(*map(float, row)) for test, row in zip(told["tests"], told["lines"], strict=True)
        }
        normal = {Check(str(test)): row for test, row in zip(told["normal_of"], told["normal"], strict=True)}
        return Model(
            settings=Settings(slots=int(told["slots"])),
            habit=Habit(told["centre"].astype(float), told["scale"].astype(float)),
            factors=Factors(told["loading"].astype(float), told["leverage"]),
            relations=Relations(told["teller"], told["factor"].astype(float)),
            balance=Balance(told["moved"][0], told["moved"][1], told["precision"], told["moved"][2]),
            law=law,
            normal=normal,
            stands_still=told["stands_still"],
            lines=lines,
        )


def _known(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
