"""Meters behind which energy may be lost: several kinds of evidence, weighed into a probability, told in words.

Each kind of evidence multiplies the odds by a bounded factor, so that none of them alone makes a suspicion likely: with
a prior of three in a hundred, the strongest single kind ends below `ONE_KIND_AT_MOST`.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.efficiency.suspects_jumps import Jumps, by_day, jumps, rises
from gridops.engine.efficiency.suspects_kinds import Evidence, Panel, Suspect, SuspectKind
from gridops.engine.efficiency.suspects_readings import (
    STOPPED_H,
    Calendar,
    Stands,
    filled,
    standing_still,
    without_usual,
)
from gridops.engine.efficiency.suspects_regression import (
    Courses,
    Lead,
    Taken,
    clock_lead,
    explained_by,
)
from gridops.engine.efficiency.suspects_voltage import Places, places_of_rises
from gridops.engine.efficiency.suspects_words import CLEAR, course_signs, kind_of, told_of_kind, weight_of
from gridops.engine.network.model import BoolArray, FloatArray, IntArray

PRIOR = 0.03
ONE_KIND_AT_MOST = 0.65
LEAST_PROBABILITY = 0.05  # below, nothing is told
JUMP_FROM, PLACE_FROM, NIGHT_FROM_SCORE, RISE_FROM = 3.0, 0.1, 3.0, 2.5
ZEROS_FROM, ZERO_BEGINS_A_DAY = 0.02, 0.1


@dataclass(frozen=True, slots=True)
class Found:
    suspects: tuple[Suspect, ...]  # the likeliest first
    filled_kwh: FloatArray  # hours x meters, as the balance took them
    lacking_kwh: FloatArray  # hours x meters: what each suspect is taken to lack


def suspects(panel: Panel) -> Found:
    """Rank the meters of one part. Without enough hours or a balance only what meters show by themselves is told."""
    stands = standing_still(panel.kwh)
    read = np.where(stands.stuck, np.nan, panel.kwh)
    kwh = np.nan_to_num(filled(read, panel.calendar))
    residual = panel.fed_kwh - kwh.sum(axis=1) - panel.technical_kwh
    used = np.asarray(np.isfinite(residual), np.bool_)
    rest = np.where(used, residual, 0.0)
    if not used.any():
        used = np.zeros(len(rest), np.bool_)
    looks, seen = _look(panel, kwh, rest, used), _Seen(kwh, rest, used, stands, panel.calendar)
    found = [one for n in range(kwh.shape[1]) if (one := _judge(n, seen, looks)) is not None]
    ordered = tuple(sorted(found, key=lambda one: (-round(one.probability, 3), -abs(one.kwh))))
    return Found(ordered, kwh, _spread(ordered, kwh, rest, used))


@dataclass(frozen=True, slots=True)
class _Seen:
    kwh: FloatArray  # hours x meters, filled
    rest: FloatArray  # hours: what lacks, 0 where not known
    used: BoolArray
    stands: Stands
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class _Looks:
    courses: Courses
    of_meter: dict[int, int]  # position in what was taken
    jumps: Jumps
    places: Places
    zeros: FloatArray  # shares of hours, in short runs
    night_score: FloatArray


def _look(panel: Panel, kwh: FloatArray, rest: FloatArray, used: BoolArray) -> _Looks:
    calendar = panel.calendar
    courses = explained_by(kwh, rest, calendar, used)
    daily = by_day(kwh, calendar.day, np.ones(len(kwh), np.bool_))
    daily_rest = by_day(rest, calendar.day, used)
    return _Looks(
        courses,
        {one.meter: n for n, one in enumerate(courses.taken)},
        jumps(daily, daily_rest),
        _places(panel, daily_rest, used),
        _zeros(kwh, calendar.day),
        _night_scores(kwh, calendar.is_night),
    )


def _places(panel: Panel, daily_rest: FloatArray, used: BoolArray) -> Places:
    found = rises(daily_rest, RISE_FROM) if used.any() else ()
    if panel.gap_pu is None or panel.modelled_pu is None or panel.sag_pu_per_kw is None or not found:
        none = np.zeros(panel.kwh.shape[1])
        return Places(none, none.astype(np.int32), none)
    return places_of_rises(
        gap_pu=panel.gap_pu,
        modelled_pu=panel.modelled_pu,
        sag_pu_per_kw=panel.sag_pu_per_kw,
        hour_day=panel.calendar.day,
        rises=found,
        used=used,
    )


def _zeros(kwh: FloatArray, day: IntArray) -> FloatArray:
    """By meter: share of hours in which it shows nothing, where it does so time and again, not for weeks at once."""
    zero = kwh <= 0
    begins = np.sum(zero[1:] & ~zero[:-1], axis=0)
    often = begins >= ZERO_BEGINS_A_DAY * (int(day.max()) + 1)
    return np.asarray(np.where(often, zero.mean(axis=0), 0.0), np.float64)


def _night_scores(kwh: FloatArray, is_night: BoolArray) -> FloatArray:
    """How far a meter's share of the night lies below that of its neighbours, in their usual spread."""
    whole = np.maximum(kwh.sum(axis=0), 1e-9)
    share = np.log(np.maximum(kwh[is_night].sum(axis=0) / whole, 1e-6))
    middle = float(np.median(share))
    spread = 1.4826 * float(np.median(np.abs(share - middle)))
    return np.asarray((middle - share) / max(spread, 0.02), np.float64)


def _judge(meter: int, seen: _Seen, looks: _Looks) -> Suspect | None:
    still = _standing(meter, seen)
    if still is not None:
        return still
    at = looks.of_meter.get(meter)
    taken = looks.courses.taken[at] if at is not None else None
    signs = _signs(meter, taken, looks)
    weight = sum(one.weight for one in signs)
    probability = 1.0 / (1.0 + np.exp(-(np.log(PRIOR / (1.0 - PRIOR)) + weight)))
    if probability < LEAST_PROBABILITY:
        return None
    lead = _lead(taken, at, seen, looks) if taken is not None and at is not None else Lead(0, 0.0, 0.0)
    since = _since(meter, taken, looks)
    kind = kind_of(taken, lead, since, has_zeros=bool(looks.zeros[meter] > ZEROS_FROM))
    return Suspect(
        meter,
        kind,
        float(probability),
        _kwh(kind, meter, seen, looks, since),
        since,
        (*signs, *told_of_kind(kind, lead)),
    )


def _lead(taken: Taken, at: int, seen: _Seen, looks: _Looks) -> Lead:
    mine = taken.share * without_usual(looks.courses.columns[:, at], seen.calendar.bins, seen.used)
    return clock_lead(seen.kwh[:, taken.meter], looks.courses.left + mine, seen.calendar, seen.used)


def _since(meter: int, taken: Taken | None, looks: _Looks) -> int | None:
    if looks.jumps.score[meter] >= CLEAR:
        return int(looks.jumps.day[meter])
    if looks.places.probability[meter] > PLACE_FROM:
        return int(looks.places.day[meter])
    return 7 * taken.since_week if taken is not None and taken.since_week else None


def _standing(meter: int, seen: _Seen) -> Suspect | None:
    """Stuck, or stopped while more lacks than before: seen in the readings themselves."""
    kwh, rest, used, stands = seen.kwh, seen.rest, seen.used, seen.stands
    if (stuck := stands.stuck[:, meter]).any():
        first = int(np.flatnonzero(stuck)[0])
        text = f"It shows the very same figure for {int(stuck.sum())} hours."
        sign = Evidence("standing still", 7.0, text)
        return Suspect(meter, SuspectKind.STUCK, 0.97, 0.0, int(seen.calendar.day[first]), (sign,))
    stopped = stands.stopped[:, meter]
    before = ~stopped & used
    lasts = stopped[-STOPPED_H:].any()
    if not lasts or not before.any() or not (stopped & used).any():
        return None
    usual = float(kwh[before, meter].mean())
    rise = float(rest[stopped & used].mean() - rest[before].mean())
    if usual <= 0 or not 0.3 < rise / usual < 3.0:
        return None
    first = int(np.flatnonzero(stopped)[0])
    text = (
        f"Since then {rise:.2f} kW more lack; it showed {usual:.2f} kW before, so somebody still draws. A dead meter "
        "and a full bypass look alike here."
    )
    signs = (
        Evidence("standing still", 4.0, f"It shows nothing for {int(stopped.sum()) // 24} days, up to the end."),
        Evidence("jump", 3.0, text),
    )
    kwh_lacking = min(rise, usual) * float(stopped.sum())
    return Suspect(meter, SuspectKind.STOPPED, 0.96, kwh_lacking, int(seen.calendar.day[first]), signs)


def _signs(meter: int, taken: Taken | None, looks: _Looks) -> tuple[Evidence, ...]:
    found = list(course_signs(taken)) if taken is not None else []
    if (jump := float(looks.jumps.score[meter])) > JUMP_FROM:
        fall, rise = looks.jumps.fall_kwh[meter], looks.jumps.rise_kwh[meter]
        text = (
            f"On day {int(looks.jumps.day[meter]) + 1} it fell by {fall:.1f} kWh a day and {rise:.1f} kWh a day more "
            "began to lack."
        )
        found.append(Evidence("jump", weight_of(jump - 1.0, 20.0), text))
    if (place := float(looks.places.probability[meter])) > PLACE_FROM:
        text = (
            f"On day {int(looks.places.day[meter]) + 1}, when {looks.places.rise_kwh[meter]:.1f} kWh a day more began "
            f"to lack, the voltages around sagged as if it were drawn at its place ({place:.0%} of all places)."
        )
        found.append(Evidence("voltage", float(np.log(1.0 + 39.0 * place)), text))
    zeros, usual = float(looks.zeros[meter]), float(np.quantile(looks.zeros, 0.9))
    if zeros > max(ZEROS_FROM, 3.0 * usual):
        text = f"It shows nothing in {zeros:.0%} of the hours, time and again; of its neighbours hardly any does."
        found.append(Evidence("zeros", float(np.log(20.0)), text))
    if (night := float(looks.night_score[meter])) > NIGHT_FROM_SCORE:
        text = f"Its share of the night is far below its neighbours' ({night:.1f} of their spread)."
        found.append(Evidence("night", float(np.log(3.0)), text))
    return tuple(found)


def _kwh(kind: SuspectKind, meter: int, seen: _Seen, looks: _Looks, since: int | None) -> float:
    if kind is SuspectKind.CLOCK:
        return 0.0
    if (at := looks.of_meter.get(meter)) is not None:
        return looks.courses.taken[at].share * float(looks.courses.columns[:, at].sum())
    days = int(seen.calendar.day.max()) + 1 - (since or 0)
    if since is None:
        return 0.0  # not known
    by_jump = looks.jumps.score[meter] >= CLEAR
    return float((looks.jumps.rise_kwh if by_jump else looks.places.rise_kwh)[meter]) * days


def _spread(found: tuple[Suspect, ...], kwh: FloatArray, rest: FloatArray, used: BoolArray) -> FloatArray:
    """What lacks in an hour goes to the suspects in proportion of what each lacks, the rest to all as they draw."""
    lacking = np.zeros(kwh.shape)
    for one in found:
        if one.kwh > 0 and one.probability >= 0.5:
            lacking[:, one.meter] = one.kwh / len(kwh)
    known = lacking.sum(axis=1)
    goes = np.where(used, np.clip(rest, 0.0, None), 0.0)
    lacking *= np.minimum(np.divide(goes, known, out=np.zeros(len(kwh)), where=known > 0), 1.0)[:, None]
    left = goes - lacking.sum(axis=1)
    drawn = np.maximum(kwh.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(lacking + left[:, None] * kwh / drawn, np.float64)
