"""Sites and their readings, the catalogue, and measures on their way. Every step is audited and told."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.efficiency.adapters.program_readings import read_site
from apps.efficiency.adapters.program_shapes import potentials
from apps.efficiency.choices.cvr import EFFICIENCY
from apps.efficiency.choices.programs import BY_HAND, NEXT_MEASURE_STATUS, STARTING_CATALOGUE, MeasureStatus
from apps.efficiency.models.programs import EfficiencyMeasure, EfficiencySite, MeasureEnrolment, SiteDay
from apps.efficiency.selectors.programs import shape_now
from apps.live import services as live


@dataclass(frozen=True, slots=True)
class SiteReadings:
    """What an import did."""

    days: int
    first_day: date
    last_day: date
    hours_known: int
    notes: tuple[str, ...]


@transaction.atomic
def define_site(*, site: EfficiencySite | None, by: User, as_of: datetime, **fields: Any) -> EfficiencySite:
    """A new one, or another wording of one."""
    row = site or EfficiencySite(made_at=as_of)
    for name, value in fields.items():
        setattr(row, name, value)
    taken = EfficiencySite.objects.filter(name=row.name).exclude(pk=row.pk)
    if taken.exists():
        raise Refused(f"There is a site named {row.name} already; give this one another name.")
    row.save()
    _tell(f"efficiency-site/{row.pk}", "site.defined", {"name": row.name}, by=by, as_of=as_of)
    return row


@transaction.atomic
def import_site_readings(*, site: EfficiencySite, content: bytes, name: str, by: User, as_of: datetime) -> SiteReadings:
    """Days that are in the file replace those that were there. Raises FileRefused."""
    rows, notes = read_site(content, name, ZoneInfo(site.time_zone))
    if not rows:
        raise Refused(f"{name} holds no whole hour with a reading; give hours or parts of them, all of an hour.")
    SiteDay.objects.bulk_create(
        [SiteDay(site=site, day=one.day, kwh=one.kwh, temperature_c=one.temperature_c) for one in rows],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["site", "day"],
        update_fields=["kwh", "temperature_c"],
    )
    known = sum(value is not None for one in rows for value in one.kwh)
    done = SiteReadings(len(rows), rows[0].day, rows[-1].day, known, notes)
    told = {"file": name, "days": done.days, "hours": known}
    _tell(f"efficiency-site/{site.pk}", "site.readings", told, by=by, as_of=as_of)
    return done


@transaction.atomic
def set_measure(*, measure: EfficiencyMeasure | None, by: User, as_of: datetime, **fields: Any) -> EfficiencyMeasure:
    row = measure or EfficiencyMeasure()
    for name, value in fields.items():
        setattr(row, name, value)
    if EfficiencyMeasure.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise Refused(f"There is a measure named {row.name} already; give this one another name.")
    row.save()
    _tell(f"efficiency-measure/{row.pk}", "measure.set", {"name": row.name, **fields}, by=by, as_of=as_of)
    return row


@transaction.atomic
def take_catalogue(*, by: User, as_of: datetime) -> int:
    """The starting measures whose names are not there yet. How many were added."""
    there = set(EfficiencyMeasure.objects.values_list("name", flat=True))
    rows = [
        EfficiencyMeasure(
            name=one.name, kind=one.kind, driver=one.driver, share=one.share, saving=one.saving,
            cost_per_kwh=one.cost_per_kwh, life_years=one.life_years, source=one.source,
        )
        for one in STARTING_CATALOGUE
        if one.name not in there
    ]  # fmt: skip
    EfficiencyMeasure.objects.bulk_create(rows)
    _tell("efficiency-measures", "measure.catalogue", {"added": len(rows)}, by=by, as_of=as_of)
    return len(rows)


@transaction.atomic
def propose_measure(*, site: EfficiencySite, measure: EfficiencyMeasure, by: User, as_of: datetime) -> MeasureEnrolment:
    """With what the site's shape promises today."""
    found = shape_now(site, as_of=as_of)
    if isinstance(found, str):
        raise Refused(found)
    ((_, of),) = potentials([measure], found[1])
    if not of.yearly_kwh or of.cost is None or of.levelised is None:
        raise Refused(of.reason or "It would save nothing there; choose another measure.")
    if MeasureEnrolment.objects.filter(site=site, measure=measure).exists():
        raise Refused(f"{measure} is in the pipeline of {site} already; move that one on.")
    row = MeasureEnrolment.objects.create(
        site=site, measure=measure, status_since=as_of, expected_kwh=of.yearly_kwh, expected_cost=of.cost,
        levelised_cost=of.levelised,
    )  # fmt: skip
    _note(row, by=by, as_of=as_of)
    return row


@transaction.atomic
def move_measure(
    *,
    enrolment: MeasureEnrolment,
    status: MeasureStatus,
    reason: str,
    work_from: date | None,
    work_to: date | None,
    paid: float | None,
    by: User,
    as_of: datetime,
) -> MeasureEnrolment:
    """A person's step; verified is none of them. Raises Refused."""
    old = MeasureStatus(enrolment.status)
    if status not in NEXT_MEASURE_STATUS[old] & BY_HAND:
        ways = ", ".join(one.label.lower() for one in sorted(NEXT_MEASURE_STATUS[old] & BY_HAND)) or "nothing by hand"
        raise Refused(f"A measure that is {old.label.lower()} can become: {ways}.")
    fields: dict[str, Any] = {"status_since": as_of, "status_reason": reason}
    if status is MeasureStatus.INSTALLED:
        if work_from is None or work_to is None or work_from > work_to:
            raise Refused(
                "Say on which day the work began and the first day after it: a saving is measured around them."
            )
        fields |= {"work_from": work_from, "work_to": work_to, "paid": paid}
    if not MeasureEnrolment.objects.move(enrolment.pk, old, status, **fields):
        raise Refused("Somebody moved this measure meanwhile; look at it again.")
    enrolment.refresh_from_db()
    _note(enrolment, by=by, as_of=as_of)
    return enrolment


def _note(row: MeasureEnrolment, *, by: User, as_of: datetime) -> None:
    told = {"site": row.site_id, "measure": row.measure_id, "status": row.status, "reason": row.status_reason}
    _tell(f"efficiency-enrolment/{row.pk}", f"measure.{row.status}", told, by=by, as_of=as_of)


def _tell(target: str, action: str, detail: dict[str, Any], *, by: User, as_of: datetime) -> None:
    live.record(stream=EFFICIENCY, kind=action, subject=target, payload=detail)
    audit.record(actor=by, action=f"efficiency.{action}", target=target, detail=detail, at=as_of)
