"""A call that was sent and is over, and the meters of those who were asked."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from apps.demand_response.choices import DESK, MeterQuality, MeterSource
from apps.demand_response.models import CustomerUsagePoint, DemandProgram, Enrolment, MeterDay, Participation
from apps.dispatch.choices.call import CallAim, CallStatus, StageStatus
from apps.dispatch.models import Call, CallStage

BEGIN = datetime(2026, 11, 20, 16, tzinfo=UTC)  # a Friday, 17 h in Berlin
END = BEGIN + timedelta(hours=2)
AFTER = END + timedelta(hours=9)
PAST_DAYS = 66
STEPS = 96
BASE_KW = 1.0


def call_of(
    enrolments: list[Enrolment], *, stages: int = 1, apart: timedelta = timedelta(minutes=30), promised_kw: float = 0.4
) -> Call:
    """One that was sent, stage after stage; its customers in turn."""
    count = len(enrolments)
    call = Call.objects.create(
        desk=DESK, program_name=enrolments[0].program.title, title="Evening peak", aim=CallAim.PEAK,
        status=CallStatus.COMPLETED, starts_at=BEGIN, ends_at=END + (stages - 1) * apart,
        settled_at=END + (stages - 1) * apart + timedelta(hours=4), customers=count, approval_above_customers=count,
        expected_kw_p10=0.2 * count, expected_kw_p50=promised_kw * count, expected_kw_p90=0.6 * count, cost_eur=3.0,
        created_at=BEGIN - timedelta(hours=3),
    )  # fmt: skip
    for number in range(stages):
        members = enrolments[number::stages]
        stage = CallStage.objects.create(
            call=call, number=number + 1, status=StageStatus.COMPLETED, starts_at=BEGIN + number * apart,
            ends_at=END + number * apart, intervals=[], customers=len(members), expected_kw_p10=0.1,
            expected_kw_p50=promised_kw * len(members), expected_kw_p90=0.9, response={}, published_at=BEGIN,
        )  # fmt: skip
        rows = [
            Participation(stage=stage, enrolment=one, ven_id=one.pk, kw_p10=0.2, kw_p50=promised_kw, kw_p90=0.6)
            for one in members
        ]
        Participation.objects.bulk_create(rows)
    return call


def metered(
    enrolments: list[Enrolment],
    *,
    saved_kw: float = 0.0,
    rebound_kw: float = 0.0,
    noise: float = 0.05,
    seed: int = 1,
    during: tuple[datetime, datetime] = (BEGIN, END),
    until: date | None = None,
) -> None:
    """Whole local days of 1 kW with noise up to the day of the call; less in the event, more in the hour after."""
    rng, zone = np.random.default_rng(seed), ZoneInfo(settings.TIME_ZONE)
    last = until or BEGIN.astimezone(zone).date()
    links = CustomerUsagePoint.objects.filter(customer__in=[one.customer_id for one in enrolments])
    rows = []
    for point in links.values_list("usage_point_id", flat=True):
        for back in range(PAST_DAYS, -1, -1):
            day = last - timedelta(days=back)
            begin = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            next_day = day + timedelta(days=1)
            end = datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone).astimezone(UTC)
            at = begin + np.arange(int((end - begin).total_seconds()) // 900) * timedelta(minutes=15)
            kw = BASE_KW + rng.normal(0, noise, len(at))
            kw -= saved_kw * ((at >= during[0]) & (at < during[1]))
            kw += rebound_kw * ((at >= during[1]) & (at < during[1] + timedelta(hours=1)))
            rows.append(_day(point, day, begin, kw))
    MeterDay.objects.bulk_create(rows, batch_size=500)


def _day(point: int, day: date, begin: datetime, kw: np.ndarray) -> MeterDay:
    return MeterDay(
        usage_point_id=point, day=day, starts_at=begin, step_s=900, kwh=list(kw / 4), source=MeterSource.CSV,
        quality=MeterQuality.MEASURED, received_at=END + timedelta(hours=5),
    )  # fmt: skip


def paying(program: DemandProgram) -> DemandProgram:
    program.energy_eur_per_kwh, program.bill_credit_eur_per_event = 0.5, 2.0
    program.penalty_eur_per_kwh, program.capacity_eur_per_kw_month = 0.25, 1.5
    program.save()
    return program
