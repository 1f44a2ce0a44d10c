"""What a microgrid's loads and plants will do in the hours ahead, each by the best that is stored of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from apps.forecasts.choices import Horizon, Quantity, Subject
from apps.forecasts.models import ForecastRun, Series
from apps.forecasts.selectors.actual import step_of
from apps.forecasts.selectors.issues import issues_of_run
from apps.forecasts.selectors.measured import point_means
from apps.microgrids.adapters.readiness_courses import (
    LEVELS,
    STEPS_A_DAY,
    FloatArray,
    at_levels,
    carried_on,
    shaped,
    steady,
    usual_days,
)
from apps.microgrids.choices.microgrid import LoadPriority, MemberKind
from apps.microgrids.choices.readiness import STEP, STEPS
from apps.microgrids.rules.situation import MemberNow, Situation
from apps.telemetry.choices import Quantity as Measured
from apps.telemetry.models import MeasurementPoint

HISTORY_DAYS = 14
MIDDLE = int(np.argmin(np.abs(np.asarray(LEVELS) - 0.5)))  # the level of the median
HALF = 0.5  # of its rating: what a load that is cut is taken to want
_LOADS, _PLANTS = (Quantity.LOAD, Quantity.NET_LOAD), (Quantity.PV, Quantity.WIND)
_OWN, _USUAL, _SHAPE, _STEADY, _NONE = (
    "own forecast",
    "its past days at the same hour",
    "course of the whole system from its present level",
    "present level with an assumed spread",
    "nothing known, counted as none",
)


@dataclass(frozen=True, slots=True)
class CoursesAhead:
    """kW, steps x levels. `lacking`: loads of which not even the present is known."""

    starts_at: datetime
    load: Mapping[LoadPriority, FloatArray]
    renewable: FloatArray
    load_now_kw: float | None
    renewable_now_kw: float | None
    rated_renewable_kw: float
    load_history_kw: FloatArray  # of whole days, of the metered; may be empty
    renewable_history_kw: FloatArray
    basis: Mapping[str, int]  # how many members by which source
    lacking: tuple[str, ...]
    cut_kw: Mapping[str, float] = field(default_factory=dict)  # by priority: what cut loads would likely draw now


@dataclass(slots=True)
class _Sources:
    """What is stored of all members, read once."""

    starts_at: datetime
    own: dict[UUID, FloatArray] = field(default_factory=dict)
    history: dict[UUID, FloatArray] = field(default_factory=dict)
    system_load: FloatArray | None = None
    plants: list[tuple[FloatArray, float]] = field(default_factory=list)  # with their rating
    used: Counter[str] = field(default_factory=Counter)

    @property
    def first(self) -> int:
        return step_of(self.starts_at) % STEPS_A_DAY

    def load(self, member: MemberNow, now_kw: float) -> FloatArray:
        if member.element_mrid in self.own:
            return self._by(_OWN, self.own[member.element_mrid])
        usual = self._usual(member)
        if usual is not None:
            return self._by(_USUAL, usual)
        like = shaped(self.system_load, now_kw) if self.system_load is not None else None
        return self._by(_SHAPE, like) if like is not None else self._by(_STEADY, steady(now_kw, STEPS))

    def renewable(self, member: MemberNow) -> FloatArray:
        if member.element_mrid in self.own:
            return self._by(_OWN, self.own[member.element_mrid])
        usual = self._usual(member)
        if usual is not None:
            return self._by(_USUAL, np.minimum(usual, max(member.rated_kw, 0.0)))
        if self.plants:
            alike = np.mean([kw / rated for kw, rated in self.plants], axis=0) * member.rated_kw
            return self._by("course of the forecast plants by rating", alike)
        return self._by(_NONE, np.zeros((STEPS, len(LEVELS))))

    def _usual(self, member: MemberNow) -> FloatArray | None:
        found = self.history.get(member.element_mrid)
        return None if found is None else usual_days(found, first=self.first, steps=STEPS)

    def _by(self, source: str, kw: FloatArray) -> FloatArray:
        self.used[source] += 1
        return kw


def courses_ahead(situation: Situation, *, as_of: datetime) -> CoursesAhead:
    loads, plants = situation.of(MemberKind.LOAD), situation.of(MemberKind.RENEWABLE)
    sources = _sources([*loads, *plants], as_of)
    by_class = {priority: np.zeros((STEPS, len(LEVELS))) for priority in LoadPriority}
    lacking, now = [], 0.0
    cut = dict.fromkeys(LoadPriority, 0.0)
    for one in loads:
        kw = _wanted(one)
        if kw is None and one.element_mrid not in sources.own:
            lacking.append(one.name)
            continue
        priority, course = one.priority or LoadPriority.CRITICAL, sources.load(one, kw or 0.0)
        by_class[priority] += course
        cut[priority] += float(course[0, MIDDLE]) if one.is_cut else 0.0
        now += kw or 0.0
    renewable = np.zeros((STEPS, len(LEVELS)))
    for one in plants:
        renewable += sources.renewable(one)
    return CoursesAhead(
        sources.starts_at,
        by_class,
        renewable,
        now if not lacking else None,
        _given_now(plants),
        sum(one.rated_kw for one in plants),
        _together(sources, loads),
        _together(sources, plants),
        dict(sources.used),
        tuple(lacking),
        {str(int(priority)): kw for priority, kw in cut.items()},
    )


def _wanted(member: MemberNow) -> float | None:
    """What it would draw now; a load that is cut wants more than it has."""
    if member.is_cut:
        return HALF * member.rated_kw
    return None if member.p_kw.value is None else max(-member.p_kw.value, 0.0)


def _given_now(plants: Sequence[MemberNow]) -> float | None:
    """What they could give: one that is held back says so by its own reading."""
    told = [one.available_kw.value if one.available_kw.value is not None else one.p_kw.value for one in plants]
    known = [kw for kw in told if kw is not None]
    return sum(known) if known and len(known) == len(told) else None


def _together(sources: _Sources, members: Sequence[MemberNow]) -> FloatArray:
    found = [sources.history[one.element_mrid] for one in members if one.element_mrid in sources.history]
    return np.sum(found, axis=0) if found else np.zeros(0)


def _sources(members: Sequence[MemberNow], as_of: datetime) -> _Sources:
    step_s = STEP.total_seconds()
    starts_at = datetime.fromtimestamp(as_of.timestamp() // step_s * step_s, UTC)
    found = _Sources(starts_at)
    _read_forecasts(found, [one.element_mrid for one in members], as_of)
    found.history = _histories(members, as_of)
    return found


def _read_forecasts(found: _Sources, mrids: Sequence[UUID], as_of: datetime) -> None:
    own = {str(mrid): mrid for mrid in mrids}
    rows = list(Series.objects.in_use().filter(subject_mrid__in=own))
    system = Series.objects.in_use().filter(subject=Subject.SYSTEM, quantity=Quantity.LOAD).first()
    plants = list(Series.objects.in_use().filter(subject=Subject.PLANT, quantity=Quantity.PV, rated_kw__gt=0)[:20])
    told = _said([one.pk for one in [*rows, *plants, *([system] if system else [])]], found.starts_at, as_of)
    for one in sorted(rows, key=lambda row: row.quantity == Quantity.LOAD):
        if one.pk in told:
            sign = 1.0 if one.quantity in (*_LOADS, *_PLANTS) else -1.0
            found.own[own[one.subject_mrid]] = np.maximum(sign * told[one.pk], 0.0)
    found.system_load = told.get(system.pk) if system else None
    found.plants = [(told[one.pk], one.rated_kw) for one in plants if one.pk in told and one.rated_kw]


def _said(series: Sequence[int], starts_at: datetime, as_of: datetime) -> dict[int, FloatArray]:
    """Of the newest run of each horizon, the nearer one first; what reaches less than a day is left out."""
    found: dict[int, FloatArray] = {}
    for horizon in (Horizon.INTRADAY, Horizon.WEEK):
        run = ForecastRun.objects.filter(horizon=horizon, as_of__lte=as_of).order_by("-as_of").first()
        if run is None:
            continue
        for key, issue in issues_of_run(run, series).items():
            column = found.setdefault(key, np.full((STEPS, len(LEVELS)), np.nan))
            shift = step_of(starts_at) - issue.first
            part = at_levels(issue.quantiles[max(shift, 0) : max(shift + STEPS, 0)], issue.levels)
            place = slice(max(-shift, 0), max(-shift, 0) + len(part))
            part = part[: len(column[place])]
            column[place] = np.where(np.isnan(column[place]), part, column[place])
    whole = {key: carried_on(kw) for key, kw in found.items()}
    return {key: kw for key, kw in whole.items() if kw is not None}


def _histories(members: Sequence[MemberNow], as_of: datetime) -> dict[UUID, FloatArray]:
    """Whole days up to the last midnight, kW drawn by loads or given by plants."""
    kinds = {one.element_mrid: one.kind for one in members}
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=kinds, quantity=Measured.ACTIVE_POWER).order_by("id")
    points = {mrid: key for mrid, key in rows.values_list("equipment_mrid", "pk")}
    end = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    means = point_means(list(points.values()), start=end - timedelta(days=HISTORY_DAYS), end=end)
    found = {}
    for mrid, row in zip(points, means, strict=True):
        if np.isfinite(row).any():
            found[mrid] = np.maximum(row if kinds[mrid] == MemberKind.LOAD else -row, 0.0)
    return found
