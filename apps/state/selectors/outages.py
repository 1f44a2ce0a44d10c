"""Reliability figures from the recorded outages alone."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Sum

from apps.assets.models import EnergyConsumer, Feeder, NetworkModel
from apps.state.adapters.outage_figures import Served, Span, StepRecord, figures
from apps.state.adapters.outage_file import written
from apps.state.models import OutageStep

FIT_YEARS = 5  # of records before the period, for the threshold of major-event days


def reliability(*, begin: datetime, end: datetime) -> dict[str, Any]:
    """By feeder and month, with and without major-event days; customers served are those of today's network."""
    span = _span(begin, end)
    return figures([_record(step) for step in _steps(span)], served_customers(), span)


def exported_outages(*, begin: datetime, end: datetime) -> Iterator[str]:
    """A CSV of everything that the figures of the period need, the years before for the threshold among it."""
    span, served = _span(begin, end), served_customers()
    return written([_row(step, served) for step in _steps(span)], served, span)


def served_customers() -> Served:
    model = NetworkModel.objects.current().first()
    if model is None:
        return Served(0, {})
    total = EnergyConsumer.objects.filter(model=model).aggregate(total=Sum("customers"))["total"]
    rows = Feeder.objects.filter(model=model).values_list("mrid", "name", "customers")
    return Served(int(total or 0), {str(mrid): (name, customers) for mrid, name, customers in rows})


def _span(begin: datetime, end: datetime) -> Span:
    return Span(begin, end, settings.TIME_ZONE)


def _steps(span: Span) -> list[OutageStep]:
    first = span.begin.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = OutageStep.objects.filter(
        outage__began_at__gte=first.replace(year=first.year - FIT_YEARS - 1), outage__began_at__lt=span.end
    )
    return list(rows.select_related("outage").order_by("outage__began_at", "outage_id", "began_at", "id"))


def _record(step: OutageStep) -> StepRecord:
    outage = step.outage
    return StepRecord(
        outage=str(outage.mrid),
        feeder=str(outage.feeder_mrid) if outage.feeder_mrid else outage.feeder_name,
        feeder_name=outage.feeder_name or str(outage.feeder_mrid or ""),
        cause=outage.cause,
        is_planned=outage.is_planned,
        outage_began_at=outage.began_at,
        began_at=step.began_at,
        restored_at=step.restored_at,
        customers=step.customers,
        lost_kw=step.lost_kw,
        consumers={str(mrid): int(count) for mrid, count in step.consumers.items()},
    )


def _row(step: OutageStep, served: Served) -> dict[str, object]:
    outage = step.outage
    key = str(outage.feeder_mrid) if outage.feeder_mrid else outage.feeder_name
    return {
        "outage": str(outage.mrid),
        "reference": outage.reference,
        "feeder_mrid": outage.feeder_mrid,
        "feeder": outage.feeder_name,
        "feeder_customers": served.feeders.get(key, ("", None))[1],
        "equipment_mrid": outage.equipment_mrid,
        "equipment": outage.equipment_name,
        "cause": outage.cause,
        "planned": outage.is_planned,
        "outage_began_at": outage.began_at,
        "began_at": step.began_at,
        "restored_at": step.restored_at,
        "customers": step.customers,
        "critical_customers": step.critical_customers,
        "lost_kw": step.lost_kw,
        "consumers": step.consumers,
    }
