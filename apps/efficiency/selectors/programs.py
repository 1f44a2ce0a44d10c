"""Sites, their shapes, what would be saved there, and how far measures have come."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, QuerySet

from apps.efficiency.adapters.program_readings import SiteClock, SiteHours, grid_of, on_local_hours, starts_at
from apps.efficiency.adapters.program_shapes import SiteShape, days_document, potentials, shape_document, site_shape
from apps.efficiency.choices.programs import (
    AGREED,
    BY_HAND,
    DISCOUNT_RATE,
    NEXT_MEASURE_STATUS,
    MeasureStatus,
)
from apps.efficiency.models.programs import (
    EfficiencyMeasure,
    EfficiencySite,
    MeasureEnrolment,
    SiteDay,
    VerifiedSaving,
)
from apps.weather.choices import Variable
from apps.weather.selectors.observed import observed

SHAPE_DAYS = 366
HOUR_S = 3600


def sites() -> QuerySet[EfficiencySite]:
    return EfficiencySite.objects.select_related("price_zone", "weather")


def enrolments() -> QuerySet[MeasureEnrolment]:
    return MeasureEnrolment.objects.select_related("site__price_zone", "measure")


def site_hours(site: EfficiencySite, *, first: date, end: date, as_of: datetime) -> tuple[SiteClock, SiteHours]:
    """Of whole local days; the temperatures of the readings go before those of the weather's place."""
    clock = grid_of(first, end, ZoneInfo(site.time_zone))
    rows = SiteDay.objects.filter(site=site, day__gte=first - timedelta(days=1), day__lte=end)
    told = list(rows.values_list("day", "kwh", "temperature_c"))
    return clock, on_local_hours(told, clock, _observed(site, clock, as_of))


def _observed(site: EfficiencySite, clock: SiteClock, as_of: datetime) -> Any:
    found = observed(
        location_id=site.weather_id or 0,  # of no place there is no row
        variables=[Variable.TEMPERATURE_C],
        starts_at=starts_at(clock),
        steps=clock.size,
        step_s=HOUR_S,
        as_of=as_of,
    )
    return found[:, 0]


def shape_now(site: EfficiencySite, *, as_of: datetime) -> tuple[SiteHours, SiteShape] | str:
    """Of the last year of its readings; or why there is none."""
    last = site.days.aggregate(last=Max("day"))["last"]
    if last is None:
        return "There are no readings yet; import them."
    end = last + timedelta(days=1)
    _, hours = site_hours(site, first=end - timedelta(days=SHAPE_DAYS), end=end, as_of=as_of)
    shape = site_shape(hours)
    return shape if isinstance(shape, str) else (hours, shape)


def measure_documents() -> list[dict[str, Any]]:
    return [measure_document(one) for one in EfficiencyMeasure.objects.all()]


def measure_document(one: EfficiencyMeasure) -> dict[str, Any]:
    names = ("id", "name", "kind", "driver", "share", "saving", "cost_per_kwh", "upkeep_per_kwh", "life_years",
             "source", "is_active")  # fmt: skip
    labels = {"kind_label": one.get_kind_display(), "driver_label": one.get_driver_display()}
    return {name: getattr(one, name) for name in names} | labels


def pipeline_document(*, as_of: datetime) -> dict[str, Any]:
    """Everything that stands in the pipeline, with the sums of each step."""
    rows = list(enrolments().prefetch_related("savings"))
    told = sites().annotate(readings=Count("days"), first=Min("days__day"), last=Max("days__day"))
    return {
        "as_of": as_of,
        "sites": [_site_line(one, one.readings, one.first, one.last) for one in told],
        "steps": [_step(status, rows) for status in MeasureStatus],
        "totals": _totals(rows),
        "enrolments": [enrolment_document(one) for one in rows],
        "discount_rate": DISCOUNT_RATE,
    }


def _site_line(one: EfficiencySite, readings: int, first: date | None, last: date | None) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.name,
        "kind": one.kind,
        "kind_label": one.get_kind_display(),
        "time_zone": one.time_zone,
        "price_zone": one.price_zone.code if one.price_zone else "",
        "weather": one.weather.name if one.weather else "",
        "days": readings,
        "first_day": first,
        "last_day": last,
    }


def _step(status: MeasureStatus, rows: Sequence[MeasureEnrolment]) -> dict[str, Any]:
    here = [one for one in rows if one.status == status]
    return {
        "status": status,
        "label": status.label,
        "count": len(here),
        "expected_kwh": sum(one.expected_kwh for one in here),
        "cost": sum(one.expected_cost if one.paid is None else one.paid for one in here),
    }


def _totals(rows: Sequence[MeasureEnrolment]) -> dict[str, Any]:
    """Of one site the newest saving counts once: measures there share the meter."""
    newest: dict[int, VerifiedSaving] = {}
    for one in rows:
        for saving in list(one.savings.all())[:1]:
            before = newest.get(one.site_id)
            if before is None or saving.worked_out_at > before.worked_out_at:
                newest[one.site_id] = saving
    verified = list(newest.values())
    agreed = [one for one in rows if MeasureStatus(one.status) in AGREED]
    known = [saving.band_kwh for saving in verified if saving.band_kwh is not None]
    return {
        "expected_kwh": sum(
            one.expected_kwh for one in rows if MeasureStatus(one.status) is not MeasureStatus.DECLINED
        ),
        "agreed_kwh": sum(one.expected_kwh for one in agreed),
        "verified_kwh": sum(saving.saved_kwh for saving in verified) if verified else None,
        # Errors of meters that have nothing to do with each other: their squares add up.
        "verified_band_kwh": sum(one**2 for one in known) ** 0.5 if verified and len(known) == len(verified) else None,
        "average_kg": _sum(saving.average_kg for saving in verified),
        "marginal_kg": _sum(saving.marginal_kg for saving in verified),
        "sites_verified": len(verified),
    }


def _sum(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) if known else None


def enrolment_document(one: MeasureEnrolment) -> dict[str, Any]:
    status = MeasureStatus(one.status)
    newest = next(iter(one.savings.all()), None)
    return {
        "id": one.pk,
        "site": one.site_id,
        "site_name": one.site.name,
        "measure": one.measure_id,
        "measure_name": one.measure.name,
        "kind_label": one.measure.get_kind_display(),
        "status": status,
        "status_label": status.label,
        "status_since": one.status_since,
        "status_reason": one.status_reason,
        "expected_kwh": one.expected_kwh,
        "expected_cost": one.expected_cost,
        "levelised_cost": one.levelised_cost,
        "work_from": one.work_from,
        "work_to": one.work_to,
        "paid": one.paid,
        "next": sorted(NEXT_MEASURE_STATUS[status] & BY_HAND),
        "can_be_verified": one.work_to is not None,
        "asked_at": one.asked_at,
        "refused": one.refused,
        "saving": saving_line(newest) if newest else None,
    }


def saving_line(one: VerifiedSaving) -> dict[str, Any]:
    names = ("worked_out_at", "method", "counterfactual_kwh", "observed_kwh", "saved_kwh", "band_kwh", "days", "passes",
             "average_kg", "marginal_kg", "emissions_note")  # fmt: skip
    return {name: getattr(one, name) for name in names}


def site_document(site: EfficiencySite, *, as_of: datetime) -> dict[str, Any]:
    """Shape, ranking and savings of one site."""
    found = shape_now(site, as_of=as_of)
    span = site.days.aggregate(count=Count("id"), first=Min("day"), last=Max("day"))
    told = _site_line(site, span["count"], span["first"], span["last"]) | {
        "reason": found if isinstance(found, str) else "",
        "shape": None,
        "by_day": [],
        "ranking": [],
        "enrolments": [_with_savings(one) for one in enrolments().filter(site=site).prefetch_related("savings")],
    }
    if isinstance(found, str):
        return told
    hours, shape = found
    taken = {one["measure"] for one in told["enrolments"]}
    active = EfficiencyMeasure.objects.filter(is_active=True)
    return told | {
        "shape": shape_document(shape),
        "by_day": days_document(hours, shape),
        "ranking": [
            {
                "measure": one.pk, "name": one.name, "kind_label": one.get_kind_display(),
                "driver_label": one.get_driver_display(), "yearly_kwh": of.yearly_kwh, "cost": of.cost,
                "levelised_cost": of.levelised, "life_years": one.life_years, "reason": of.reason,
                "source": one.source, "is_taken": one.pk in taken,
            }
            for one, of in potentials(active, shape)
        ],
    }  # fmt: skip


def _with_savings(one: MeasureEnrolment) -> dict[str, Any]:
    newest = next(iter(one.savings.all()), None)
    detail = {"document": newest.document, "by_day": newest.by_day} if newest else None
    return enrolment_document(one) | {"verified": detail}
