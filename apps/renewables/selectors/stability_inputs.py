"""What a look at the area's frequency starts from: plants that may be lost, batteries that can answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import Q

from apps.assets.choices import GeneratorKind
from apps.assets.models import BatteryUnit, EnergyConsumer, GeneratingUnit
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Course
from apps.dispatch.selectors.held import Held, held_ahead
from apps.forecasts.choices import Quantity as SeriesQuantity
from apps.forecasts.choices import Subject
from apps.forecasts.models import Series
from apps.forecasts.selectors.actual import step_of
from apps.forecasts.selectors.desk import newest_run
from apps.forecasts.selectors.issues import Issue, issues_of_run
from apps.renewables.adapters.stability_parts import Answerer, Losable
from apps.renewables.choices import STABILITY_HOURS, STEPS_A_DAY
from apps.renewables.models import RenewablePlant, StabilityArea
from apps.renewables.selectors.headroom import newest
from apps.telemetry.choices import ControlKind, Quantity
from apps.telemetry.models import ControlPoint

FloatArray = npt.NDArray[np.float64]
HIGH_LEVEL = 0.9  # a plant is counted with what it will hardly exceed
LOW_LEVEL = 0.1
OFF_PERCENT = 50.0
LARGEST_LOADS = 20
TURNING = (GeneratorKind.HYDRO.value, GeneratorKind.THERMAL.value)
EMPTY_SHARE = 0.1  # of a battery's energy is not counted on
PERCENT = 100.0
HOUR = timedelta(hours=1)
QUARTERS = STEPS_A_DAY // 24
NOTHING_HELD = Held(*(np.zeros(STABILITY_HOURS) for _ in range(4)))


def active_area() -> StabilityArea | None:
    return StabilityArea.objects.filter(is_active=True).first()


def plants_ahead(model_id: int, *, as_of: datetime, starts_at: datetime) -> list[Losable]:
    """Generating units with a rating; where a forecast stands by it, else by the rating."""
    return _hourly(
        list(GeneratingUnit.objects.filter(model_id=model_id, rated_s_kva__gt=0)),
        as_of,
        starts_at,
        level=HIGH_LEVEL,
        otherwise=1.0,
    )


def loads_ahead(model_id: int, *, as_of: datetime, starts_at: datetime) -> list[Losable]:
    """The largest consumers; where a forecast stands by it, else by what the network has of them."""
    rows = EnergyConsumer.objects.filter(model_id=model_id, p_kw__gt=0).order_by("-p_kw", "mrid")[:LARGEST_LOADS]
    mrids = [str(row.mrid) for row in rows]
    series = Series.objects.in_use().filter(
        subject=Subject.CUSTOMER, quantity=SeriesQuantity.LOAD, subject_mrid__in=mrids
    )
    key_of = {UUID(mrid): pk for mrid, pk in series.values_list("subject_mrid", "pk")}
    issues = _issues(key_of.values(), as_of)
    return [
        _losable(_Size(row.mrid, row.name, row.p_kw), issues.get(key_of.get(row.mrid, 0)), starts_at, HIGH_LEVEL)
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Size:
    """`otherwise`: share of the rating that is counted where nothing is foreseen."""

    mrid: UUID
    name: str
    rated_kw: float
    turns: bool = False
    otherwise: float = 1.0


def _hourly(
    rows: Sequence[GeneratingUnit], as_of: datetime, starts_at: datetime, *, level: float, otherwise: float
) -> list[Losable]:
    series = dict(RenewablePlant.objects.filter(is_active=True).values_list("mrid", "series_id"))
    issues = _issues(series.values(), as_of)
    sizes = [
        _Size(row.mrid, row.name, max(row.rated_s_kva, abs(row.p_kw)), row.kind in TURNING, otherwise) for row in rows
    ]
    return [_losable(one, issues.get(series.get(one.mrid, 0)), starts_at, level) for one in sizes]


def _issues(keys: Collection[int], as_of: datetime) -> dict[int, Issue]:
    run = newest_run(as_of=as_of)
    return issues_of_run(run, keys) if run is not None else {}


def _losable(size: _Size, issue: Issue | None, starts_at: datetime, level: float) -> Losable:
    plain = size.otherwise * size.rated_kw
    steps = step_of(starts_at) + np.arange(STABILITY_HOURS * QUARTERS)
    if issue is None or not ((steps >= issue.first) & (steps < issue.end)).any():
        basis = "its rating" if size.otherwise else "no forecast, so with nothing"
        return Losable(size.mrid, size.name, size.rated_kw, np.full(STABILITY_HOURS, plain), basis, size.turns)
    said = issue.at_level(level)
    known = np.clip(steps - issue.first, 0, len(said) - 1)
    quarters = np.abs(said[known]).reshape(STABILITY_HOURS, QUARTERS)
    hourly = quarters.max(axis=1) if size.otherwise else quarters.min(axis=1)
    kw = np.minimum(np.nan_to_num(hourly, nan=plain), size.rated_kw)
    return Losable(size.mrid, size.name, size.rated_kw, kw, "its forecast", size.turns)


def answerers_ahead(model_id: int, *, as_of: datetime, starts_at: datetime) -> list[Answerer]:
    controls = _controls(StepQuantity.FREQUENCY_DROOP)
    voltage = _controls(StepQuantity.VOLT_VAR)
    units = BatteryUnit.objects.filter(model_id=model_id, mrid__in=controls.keys(), rated_s_kva__gt=0).order_by("name")
    rows = list(units)
    mrids = [row.mrid for row in rows]
    told = {
        quantity: newest(mrids, quantity, as_of)
        for quantity in (Quantity.ACTIVE_POWER, Quantity.STATE_OF_CHARGE, Quantity.FREQUENCY_DROOP)
    }
    held = held_ahead(mrids, starts_at=starts_at, hours=STABILITY_HOURS, as_of=as_of)
    facts = _Facts(told, _plans(mrids, as_of), voltage.keys(), starts_at, held)
    found = [_answerer(row, controls[row.mrid], facts) for row in rows]
    return [*found, *_generating(model_id, controls, voltage, as_of, starts_at)]


@dataclass(frozen=True, slots=True)
class _Facts:
    told: Mapping[Quantity, Mapping[UUID, float]]
    plans: Mapping[UUID, Course]
    volt_var: Collection[UUID]
    starts_at: datetime
    held: Mapping[UUID, Held]


def _generating(
    model_id: int,
    controls: Mapping[UUID, ControlPoint],
    voltage: Collection[UUID],
    as_of: datetime,
    starts_at: datetime,
) -> list[Answerer]:
    """Plants of sun and wind that take a setting. With a droop they give less when the frequency rises, and hold
    nothing back for a fall; counted is what they will hardly fall short of."""
    rows = list(
        GeneratingUnit.objects.filter(model_id=model_id, mrid__in=[*controls, *voltage], rated_s_kva__gt=0)
        .exclude(kind__in=TURNING)
        .order_by("name")
    )
    mrids = [row.mrid for row in rows]
    droop, power = (newest(mrids, one, as_of) for one in (Quantity.FREQUENCY_DROOP, Quantity.ACTIVE_POWER))
    foreseen = {one.mrid: one for one in _hourly(rows, as_of, starts_at, level=LOW_LEVEL, otherwise=0.0)}
    nothing, endless = np.zeros(STABILITY_HOURS), np.full(STABILITY_HOURS, np.inf)
    return [
        Answerer(
            mrid=row.mrid,
            name=row.name,
            rated_kw=row.rated_s_kva,
            room_kw=nothing,
            energy_kwh=nothing,
            room_down_kw=foreseen[row.mrid].kw if row.mrid in controls else nothing,
            energy_down_kwh=endless,
            held_kw=(0.0, 0.0),
            low_percent=_bound(controls.get(row.mrid), "low"),
            high_percent=_bound(controls.get(row.mrid), "high"),
            droop_percent=droop.get(row.mrid),
            takes_volt_var=row.mrid in voltage,
            power_kw=-power.get(row.mrid, 0.0),
            words=f"gives less by {foreseen[row.mrid].basis}",
        )
        for row in rows
    ]


def _bound(control: ControlPoint | None, name: str) -> float:
    """Of its droop; without a control it is off, whatever is wanted."""
    return OFF_PERCENT if control is None else float(getattr(control, name) or 0.0)


def _controls(quantity: StepQuantity) -> dict[UUID, ControlPoint]:
    rows = ControlPoint.objects.filter(
        Q(low__isnull=False) & Q(high__isnull=False), point__quantity=quantity, kind=ControlKind.SETPOINT
    )
    return {one.point.equipment_mrid: one for one in rows.select_related("point")}


def _plans(mrids: Sequence[UUID], as_of: datetime) -> dict[UUID, Course]:
    rows = Course.objects.filter(
        device_mrid__in=mrids, quantity=StepQuantity.ACTIVE_POWER, status=CourseStatus.RUNNING, ends_at__gt=as_of
    )
    return {row.device_mrid: row for row in rows}


def _answerer(row: BatteryUnit, control: ControlPoint, facts: _Facts) -> Answerer:
    drawn = facts.told[Quantity.ACTIVE_POWER].get(row.mrid)
    charge = facts.told[Quantity.STATE_OF_CHARGE].get(row.mrid)
    plan = facts.plans.get(row.mrid)
    planned = _planned_kw(plan, 0.0 if drawn is None else drawn, facts.starts_at)
    hourly = planned.reshape(STABILITY_HOURS, QUARTERS)
    energy, space = _energy_kwh(row.capacity_kwh, charge, hourly)
    words, held = "its course" if plan else "as it stands now", facts.held.get(row.mrid, NOTHING_HELD)
    return Answerer(
        mrid=row.mrid,
        name=row.name,
        rated_kw=row.rated_s_kva,
        room_kw=np.maximum(row.rated_s_kva + hourly.min(axis=1) - held.up_kw, 0.0),
        energy_kwh=np.maximum(energy - held.up_kwh, 0.0),
        room_down_kw=np.maximum(row.rated_s_kva - hourly.max(axis=1) - held.down_kw, 0.0),
        energy_down_kwh=np.maximum(space - held.down_kwh, 0.0),
        held_kw=(float(held.up_kw.max()), float(held.down_kw.max())),
        low_percent=float(control.low or 0.0),
        high_percent=float(control.high or 0.0),
        droop_percent=facts.told[Quantity.FREQUENCY_DROOP].get(row.mrid),
        takes_volt_var=row.mrid in facts.volt_var,
        power_kw=-(drawn or 0.0),
        words=words if charge is not None else "its charge is not told, so nothing is counted on",
    )


def _planned_kw(plan: Course | None, drawn_kw: float, starts_at: datetime) -> FloatArray:
    """As its meter will read, by quarter hour."""
    quarters = [starts_at + n * HOUR / QUARTERS for n in range(STABILITY_HOURS * QUARTERS)]
    values = np.full(len(quarters), drawn_kw)
    for number, at in enumerate(quarters):
        if plan is not None:
            step = plan.due(at) if at < plan.ends_at else None
            values[number] = float(plan.steps[step]["value"]) if step is not None else plan.rest
    return values


def _energy_kwh(
    capacity_kwh: float, charge_percent: float | None, hourly_kw: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What can be given and taken, the least of each hour, beyond what is never counted on."""
    if charge_percent is None:
        return np.zeros(STABILITY_HOURS), np.zeros(STABILITY_HOURS)
    moved = np.concatenate([[0.0], np.cumsum(hourly_kw.mean(axis=1))])
    stored = np.clip(capacity_kwh * charge_percent / PERCENT + moved, 0.0, capacity_kwh)
    least, most = np.minimum(stored[:-1], stored[1:]), np.maximum(stored[:-1], stored[1:])
    edge = EMPTY_SHARE * capacity_kwh
    return np.maximum(least - edge, 0.0), np.maximum(capacity_kwh - edge - most, 0.0)
