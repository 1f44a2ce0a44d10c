"""A measure's saving: asked for by a person, worked out from the readings by a worker, and kept."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.efficiency.adapters.program_savings import Periods, SiteSaving, periods_around, site_saving
from apps.efficiency.choices.cvr import EFFICIENCY
from apps.efficiency.choices.programs import CAN_BE_VERIFIED, LONGEST_PROGRAM_TEXT, MeasureStatus, SavingMethod
from apps.efficiency.models.programs import MeasureEnrolment, VerifiedSaving
from apps.efficiency.selectors.programs import enrolments, site_hours
from apps.live import services as live
from apps.markets.selectors import Emissions, emissions

HOUR = timedelta(hours=1)
LEFT_BEHIND = timedelta(minutes=5)  # a queue takes what is asked at once
PATIENCE = timedelta(days=1)


@transaction.atomic
def ask_verification(*, enrolment: MeasureEnrolment, method: SavingMethod, by: User, as_of: datetime) -> None:
    """Raises Refused where it is plain that nothing can be said, or where it is being worked out."""
    _periods(enrolment)
    waiting = MeasureEnrolment.objects.filter(pk=enrolment.pk, asked_at__isnull=True)
    if not waiting.update(asked_at=as_of, asked_method=method, asked_by=by, refused=""):
        raise Refused("Its saving is being worked out; wait for that one.")
    target, told = f"efficiency-enrolment/{enrolment.pk}", {"method": method}
    live.record(stream=EFFICIENCY, kind="measure.asked", subject=target, payload=told)
    audit.record(actor=by, action="efficiency.measure.asked", target=target, detail=told, at=as_of)


def carry_out_verification(*, enrolment_id: int, as_of: datetime) -> bool:
    """Whether a saving was kept. Two workers may come to it, one answers; what is refused is kept with its reason."""
    row = enrolments().select_related("asked_by").filter(pk=enrolment_id).first()
    if row is None or row.asked_at is None or row.asked_by is None:
        return False
    try:
        if as_of - row.asked_at > PATIENCE:
            raise Refused("No worker came to it within a day; see that one runs, and ask again.")
        verify_measure(enrolment=row, method=SavingMethod(row.asked_method), by=row.asked_by, as_of=as_of)
    except Refused as refusal:
        _refuse(row, row.asked_at, str(refusal))
        return False
    return True


def carry_out_asked(*, as_of: datetime) -> int:
    """Those that a lost worker left behind, or that no queue took."""
    left = MeasureEnrolment.objects.asked().filter(asked_at__lt=as_of - LEFT_BEHIND).values_list("pk", flat=True)
    return sum(carry_out_verification(enrolment_id=pk, as_of=as_of) for pk in left)


@transaction.atomic
def _refuse(row: MeasureEnrolment, asked_at: datetime, reason: str) -> None:
    if MeasureEnrolment.objects.answer(row.pk, asked_at, reason[:LONGEST_PROGRAM_TEXT]):
        target = f"efficiency-enrolment/{row.pk}"
        live.record(stream=EFFICIENCY, kind="measure.refused", subject=target, payload={"reason": reason})


def verify_measure(
    *, enrolment: MeasureEnrolment, method: SavingMethod, by: User, as_of: datetime
) -> VerifiedSaving | None:
    """None where another worker answered meanwhile. Raises Refused with the reason why nothing can be said yet."""
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
) -> VerifiedSaving | None:
    asked_at = enrolment.asked_at
    if asked_at is not None and not MeasureEnrolment.objects.answer(enrolment.pk, asked_at, ""):
        return None
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
