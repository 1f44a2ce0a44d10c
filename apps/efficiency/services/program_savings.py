"""A measure's saving, worked out from the readings and kept."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.efficiency.adapters.program_savings import Periods, SiteSaving, periods_around, site_saving
from apps.efficiency.choices.cvr import EFFICIENCY
from apps.efficiency.choices.programs import CAN_BE_VERIFIED, LONGEST_PROGRAM_TEXT, MeasureStatus, SavingMethod
from apps.efficiency.models.programs import MeasureEnrolment, VerifiedSaving
from apps.efficiency.selectors.programs import site_hours
from apps.live import services as live
from apps.markets.selectors import Emissions, emissions

HOUR = timedelta(hours=1)


def verify_measure(*, enrolment: MeasureEnrolment, method: SavingMethod, by: User, as_of: datetime) -> VerifiedSaving:
    """Raises Refused with the reason why nothing can be said yet."""
    periods = _periods(enrolment)
    site = enrolment.site
    clock, hours = site_hours(site, first=periods.baseline_from, end=periods.reporting_to, as_of=as_of)
    found = site_saving(hours, clock, periods, method)
    if isinstance(found, str):
        raise Refused(found)
    return _keep(enrolment, found, method, _avoided(enrolment, found, as_of), by=by, as_of=as_of)


def _periods(enrolment: MeasureEnrolment) -> Periods:
    status = MeasureStatus(enrolment.status)
    if status not in CAN_BE_VERIFIED or enrolment.work_from is None or enrolment.work_to is None:
        raise Refused(f"A measure that is {status.label.lower()} has saved nothing yet; install it first.")
    newest = enrolment.site.days.order_by("-day").first()
    if newest is None or newest.day < enrolment.work_to:
        raise Refused(f"There are no readings after the work ended on {enrolment.work_to}; import them first.")
    return periods_around(enrolment.work_from, enrolment.work_to, newest.day)


def _avoided(enrolment: MeasureEnrolment, found: SiteSaving, as_of: datetime) -> Emissions:
    zone = enrolment.site.price_zone
    return emissions(found.hourly_kwh, found.begins_at, HOUR, zone.code if zone else "", as_of)


@transaction.atomic
def _keep(
    enrolment: MeasureEnrolment,
    found: SiteSaving,
    method: SavingMethod,
    avoided: Emissions,
    *,
    by: User,
    as_of: datetime,
) -> VerifiedSaving:
    old = MeasureStatus(enrolment.status)
    moved = {"status_since": as_of, "status_reason": ""}
    if old is MeasureStatus.INSTALLED and not MeasureEnrolment.objects.move(
        enrolment.pk, old, MeasureStatus.VERIFIED, **moved
    ):
        raise Refused("Somebody moved this measure meanwhile; look at it again.")
    saving = VerifiedSaving.objects.create(
        enrolment=enrolment,
        worked_out_at=as_of,
        method=method,
        counterfactual_kwh=found.counterfactual_kwh,
        observed_kwh=found.observed_kwh,
        band_kwh=found.band_kwh,
        days=found.days,
        passes=found.passes,
        average_kg=avoided.average_kg,
        marginal_kg=avoided.marginal_kg,
        emissions_note=avoided.missing[:LONGEST_PROGRAM_TEXT],
        document=found.document,
        by_day=found.by_day,
    )
    told = {"saved_kwh": saving.saved_kwh, "band_kwh": saving.band_kwh, "method": method, "days": found.days}
    target = f"efficiency-enrolment/{enrolment.pk}"
    live.record(stream=EFFICIENCY, kind="measure.verified", subject=target, payload=told)
    audit.record(actor=by, action="efficiency.measure.verified", target=target, detail=told, at=as_of)
    return saving
