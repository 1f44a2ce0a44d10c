"""Readings that are false, frozen or were there before: what the estimator contradicts, and what was learnt of meters.

What stands still and what comes back needs no learning; whether a value is within its habit needs days of history.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.resilience.adapters import threat_readings as readings
from apps.resilience.adapters.threat_readings import FloatArray, Meter, Suspect
from apps.resilience.choices.threat import FindingKind, LearningOutcome
from apps.resilience.models import Finding, ReadingHabit
from apps.resilience.selectors.threat_readings import first_minute, meters_by_place, minutes_of
from apps.resilience.services.findings import Found, note
from apps.state.models import Solution

WINDOW_MIN = 240
ECHO_WINDOW_MIN = 26 * 60
LEARN_FOR = timedelta(days=28)
LEAST_HISTORY = timedelta(days=7)
KEPT_HABITS = timedelta(days=2)
LAGS = timedelta(minutes=2)  # minutes are whole by then
MOST_CHARTS = 6
CONTRADICTED_FOR = timedelta(minutes=10)
CONTRADICTED, STANDS_STILL, ECHO_ONE, ECHO_MANY, MANY = 0.5, 0.75, 0.8, 0.95, 3
LEAST_LIKELY, MOST_LIKELY = 0.6, 0.97
NOT_MORE = "a value outside of every clean day that was learnt; the cause may also be a broken meter or an unusual day"


def look_at_readings(*, as_of: datetime) -> list[Finding]:
    start = _start(as_of, WINDOW_MIN)
    found: list[Found] = []
    frozen: list[Found] = []
    habits = newest_habits()
    for place, meters in meters_by_place().items():
        grid = minutes_of(meters, start=start, minutes=WINDOW_MIN)
        frozen += _frozen(place, meters, grid, start)
        found += _off(place, meters, grid, start, habits.get(place))
    found += _contradicted(as_of)
    new = note(found=found, kinds=(FindingKind.FALSE_DATA,), as_of=as_of)
    return new + note(found=frozen, kinds=(FindingKind.FROZEN,), as_of=as_of)


def look_for_echoes(*, as_of: datetime) -> list[Finding]:
    start, found = _start(as_of, ECHO_WINDOW_MIN), []
    for place, meters in meters_by_place().items():
        grid = minutes_of(meters, start=start, minutes=ECHO_WINDOW_MIN)
        told = readings.echoes(grid, meters)
        if told:
            found.append(_replay(place, told, meters, grid, start))
    return note(found=found, kinds=(FindingKind.REPLAY,), as_of=as_of)


def learn_readings(*, as_of: datetime) -> list[ReadingHabit]:
    """Each feeder's meters, from the days before; what was learnt earlier is forgotten."""
    rows = [_learnt(place, meters, as_of) for place, meters in meters_by_place().items()]
    if not rows:
        rows = [ReadingHabit(as_of=as_of, outcome=LearningOutcome.NOTHING, reason="No meter is imported.")]
    ReadingHabit.objects.bulk_create(rows)
    ReadingHabit.objects.filter(as_of__lt=as_of - KEPT_HABITS).delete()
    return rows


def newest_habits() -> dict[str, ReadingHabit]:
    """By place: the newest that has learnt something."""
    rows = ReadingHabit.objects.filter(outcome=LearningOutcome.LEARNT, lines__has_key=readings.NEEDED).order_by("id")
    return {row.lines["place"]: row for row in rows}


def _learnt(place: str, meters: list[Meter], as_of: datetime) -> ReadingHabit:
    end = _start(as_of, 0)
    first = first_minute(meters, since=end - LEARN_FOR, until=end)
    row = ReadingHabit(as_of=as_of, learnt_from=first, learnt_to=end, lines={"place": place})
    row.points = [meter.key for meter in meters]
    if first is None or end - first < LEAST_HISTORY:
        kept = (end - first) / timedelta(days=1) if first else 0.0
        row.outcome = LearningOutcome.TOO_LITTLE
        row.reason = f"{kept:.1f} days of minutes are kept; habits are learnt from {LEAST_HISTORY.days} days on."
        return row
    minutes = int((end - first) / timedelta(minutes=1))
    model = readings.learnt(minutes_of(meters, start=first, minutes=minutes), _slots(first, minutes), meters)
    row.outcome, row.packed = LearningOutcome.LEARNT, readings.pack(model)
    row.lines |= readings.line_values(model)
    return row


def _off(
    place: str, meters: list[Meter], grid: FloatArray, start: datetime, habit: ReadingHabit | None
) -> Iterator[Found]:
    if habit is None or habit.points != [meter.key for meter in meters]:
        return
    model, slot = readings.unpack(bytes(habit.packed)), _slots(start, len(grid))
    told = readings.suspects(model, grid, slot, meters)
    if not told:
        return
    charts = []
    for one in told[:MOST_CHARTS]:
        column = meters.index(one.meter)
        charts.append(
            _row(one, start) | readings.chart(grid, column, start, readings.usual_course(model, slot, column))
        )
    worst = told[0]
    likelihood = min(MOST_LIKELY, LEAST_LIKELY + 0.1 * (worst.excess - 1) + 0.05 * (len(told) - 1))
    yield Found(
        key=f"false-data/{place}",
        kind=FindingKind.FALSE_DATA,
        title=f"{_named(told)}: {worst.words}",
        likelihood=round(likelihood, 2),
        basis=f"{worst.excess:.1f} times the line, which all tests cross on one clean day in four; {NOT_MORE}.",
        began_at=start + timedelta(minutes=worst.since_minute),
        evidence={"meters": charts, "count": len(told)},
        mrids=[one.meter.equipment_mrid for one in told],
    )


def _frozen(place: str, meters: list[Meter], grid: FloatArray, start: datetime) -> Iterator[Found]:
    told = readings.standing_still(grid, meters)
    if told:
        yield Found(
            key=f"frozen/{place}",
            kind=FindingKind.FROZEN,
            title=f"{_named(told)}: {told[0].words}",
            likelihood=STANDS_STILL,
            basis="Noise never stands still; a link that repeats, a stuck meter or somebody who forges values does.",
            began_at=start + timedelta(minutes=min(one.since_minute for one in told)),
            evidence={"meters": _charts(told, meters, grid, start), "count": len(told)},
            mrids=[one.meter.equipment_mrid for one in told],
        )


def _replay(
    place: str, told: Sequence[tuple[Suspect, int]], meters: list[Meter], grid: FloatArray, start: datetime
) -> Found:
    ones = [one for one, _ in told]
    return Found(
        key=f"replay/{place}",
        kind=FindingKind.REPLAY,
        title=f"{_named(ones)}: {ones[0].words}",
        likelihood=ECHO_MANY if len(told) >= MANY else ECHO_ONE,
        basis="Noise is never the same twice; the same minutes came again.",
        began_at=start + timedelta(minutes=min(one.since_minute for one in ones)),
        evidence={
            "meters": _charts(ones, meters, grid, start),
            "count": len(told),
            "minutes_ago": sorted({ago for _, ago in told}),
        },
        mrids=[one.meter.equipment_mrid for one in ones],
    )


def _contradicted(as_of: datetime) -> Iterator[Found]:
    """Meters that all the others contradicted in nearly every scan of the last ten minutes."""
    rows = Solution.objects.filter(as_of__gt=as_of - CONTRADICTED_FOR, as_of__lte=as_of).order_by("id")
    scans = list(rows.values_list("as_of", "bad_data"))
    seen: dict[str, list[tuple[datetime, dict[str, Any]]]] = {}
    for at, bad in scans:
        for one in bad:
            seen.setdefault(one["point_mrid"], []).append((at, one))
    span = scans[-1][0] - scans[0][0] if scans else timedelta(0)
    for mrid, times in sorted(seen.items()):
        if span >= CONTRADICTED_FOR / 2 and len(times) >= 0.8 * len(scans):
            yield _contradiction(mrid, times)


def _contradiction(mrid: str, times: Sequence[tuple[datetime, dict[str, Any]]]) -> Found:
    one = times[-1][1]
    return Found(
        key=f"contradicted/{mrid}",
        kind=FindingKind.FALSE_DATA,
        title=f"{one['point_name']} reads {one['measured']:.4g} {one['unit']}, the others say {one['estimated']:.4g}",
        likelihood=CONTRADICTED,
        basis=f"Physics: its normalised residual is {abs(one['normalised_residual']):.1f}, and it was named in "
        f"{len(times)} scans. A broken meter looks the same.",
        began_at=times[0][0],
        evidence={
            "residuals": {
                "t": [at.timestamp() for at, _ in times],
                "measured": [bad["measured"] for _, bad in times],
                "estimated": [bad["estimated"] for _, bad in times],
                "unit": one["unit"],
            }
        },
        mrids=[one["equipment_mrid"]],
    )


def _charts(told: Sequence[Suspect], meters: list[Meter], grid: FloatArray, start: datetime) -> list[dict[str, Any]]:
    return [_row(one, start) | readings.chart(grid, meters.index(one.meter), start) for one in told[:MOST_CHARTS]]


def _row(one: Suspect, start: datetime) -> dict[str, Any]:
    return {
        "name": one.meter.name,
        "equipment_mrid": one.meter.equipment_mrid,
        "unit": one.meter.unit,
        "words": one.words,
        "excess": round(one.excess, 2),
        "since": start + timedelta(minutes=one.since_minute),
        "value": one.read,
        "expected": one.usual,
    }


def _named(told: Sequence[Suspect]) -> str:
    first = told[0].meter.name
    return first if len(told) == 1 else f"{first} and {len(told) - 1} more"


def _start(as_of: datetime, minutes: int) -> datetime:
    whole = (as_of - LAGS).replace(second=0, microsecond=0)
    return whole - timedelta(minutes=minutes)


def _slots(start: datetime, minutes: int) -> Any:
    return readings.slots(start, minutes, timezone.get_default_timezone())
