"""Who of a program could be asked at a time, what each would give, and why the others are not asked."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from apps.demand_response.adapters.people import Certainty, Member
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import (
    CustomerUsagePoint,
    DemandProgram,
    EnrolledDevice,
    Enrolment,
    Participation,
)
from apps.demand_response.selectors.places import places
from apps.dispatch.choices.call import CALLS_THAT_COUNT

MONTH = "the limit of events a month"
HOURS = "the limit of hours a day"
REST = "the days of rest after an event"
BUSY = "another event at that time"
NO_PLACE = "their place in the network is not known"
NO_DEVICE = "they have no equipment that could be moved"
ELSEWHERE = "they are not on the feeders that are meant"


@dataclass(frozen=True, slots=True)
class Members:
    rows: Sequence[Member]
    not_at_all: Mapping[str, int]  # enrolled customers who can never be asked, by reason

    def callable(self) -> list[Member]:
        return [row for row in self.rows if not row.left_out]


@dataclass(slots=True)
class _Past:
    """Of a customer, in the month of the time and the days of rest before it."""

    events: int = 0
    hours_that_day: float = 0.0
    last: datetime | None = None
    rests: bool = False
    is_busy: bool = False


def members(
    program: DemandProgram,
    certainty: Mapping[str, Certainty],
    *,
    starts_at: datetime,
    ends_at: datetime,
    feeders: Sequence[UUID] = (),
) -> Members:
    """feeders: empty means all. A handful of queries, however many customers there are."""
    rows = list(
        Enrolment.objects.callable_now()
        .filter(program=program, ven__withdrawn_at__isnull=True)
        .values_list("pk", "customer_id", "ven_id", "most_events_a_month", "most_hours_a_day")
    )
    devices, where = _devices(program), _places(program)
    past = _past(program, starts_at=starts_at, ends_at=ends_at)
    found, gone = [], Counter(_never(program))
    hours = (ends_at - starts_at).total_seconds() / 3600
    for enrolment, customer, ven, events_cap, hours_cap in rows:
        place, own = where.get(customer), devices.get(customer)
        if place is None or not own:
            gone[NO_PLACE if place is None else NO_DEVICE] += 1
            continue
        if feeders and place[1] not in feeders:
            gone[ELSEWHERE] += 1
            continue
        kind, kw, rated = _gives(own, certainty)
        told = past.get(customer, _Past())
        why = _left_out(program, told, hours, events_cap, hours_cap)
        found.append(Member(enrolment, customer, ven, kind, kw, rated, *place, told.events, told.last, why))
    return Members(found, dict(gone))


def _left_out(
    program: DemandProgram, past: _Past, hours: float, events_cap: int | None, hours_cap: float | None
) -> str:
    events = min((cap for cap in (program.most_events_a_month, events_cap) if cap is not None), default=None)
    most = min((cap for cap in (program.most_hours_a_day, hours_cap) if cap is not None), default=None)
    objections = (
        (past.is_busy, BUSY),
        (events is not None and past.events >= events, MONTH),
        (most is not None and past.hours_that_day + min(hours, most) > most + 1e-9, HOURS),
        (past.rests, REST),
    )
    return next((why for holds, why in objections if holds), "")


def _gives(
    own: Sequence[tuple[str, float]], certainty: Mapping[str, Certainty]
) -> tuple[str, tuple[float, float, float], float]:
    """Equipment of one customer falls short together."""
    kw = [tuple(share * rated for share in certainty[kind].share) for kind, rated in own if kind in certainty]
    kinds = [kind for kind, _ in own if kind in certainty]
    if not kw:
        return own[0][0], (0.0, 0.0, 0.0), 0.0
    most = max(range(len(kw)), key=lambda n: kw[n][1])
    low, middle, high = (sum(one[level] for one in kw) for level in range(3))
    return kinds[most], (low, middle, high), sum(rated for _, rated in own)


def _devices(program: DemandProgram) -> dict[int, list[tuple[str, float]]]:
    rows = EnrolledDevice.objects.filter(customer__enrolments__program=program, is_active=True, rated_kw__gt=0)
    if program.equipment:
        rows = rows.filter(kind__in=program.equipment)
    found: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for customer, kind, rated in rows.values_list("customer_id", "kind", "rated_kw"):
        found[customer].append((kind, rated))
    return found


def _places(program: DemandProgram) -> dict[int, tuple[UUID, UUID | None]]:
    """The first known of a customer's usage points."""
    rows = CustomerUsagePoint.objects.filter(
        customer__enrolments__program=program, until__isnull=True, usage_point__is_active=True
    ).order_by("-usage_point_id")
    points = dict(rows.values_list("customer_id", "usage_point__consumer_mrid"))
    known = places(points.values())
    return {
        customer: (mrid, known[mrid].feeder_mrid)
        for customer, mrid in points.items()
        if mrid is not None and mrid in known
    }


def _past(program: DemandProgram, *, starts_at: datetime, ends_at: datetime) -> dict[int, _Past]:
    """Events of other programs tire a customer as well."""
    local = timezone.localtime(starts_at)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    month, rest_from = midnight.replace(day=1), midnight - timedelta(days=program.rest_days)
    rows = Participation.objects.filter(
        enrolment__customer__enrolments__program=program,
        stage__call__status__in=CALLS_THAT_COUNT,
        stage__starts_at__gte=min(month, rest_from),
        stage__starts_at__lt=max(midnight + timedelta(days=1), ends_at),
        opted_out_at__isnull=True,
    )
    found: dict[int, _Past] = defaultdict(_Past)
    spans = rows.values_list("enrolment__customer_id", "stage__starts_at", "stage__ends_at", "stage__call_id")
    for customer, begin, end, _ in spans.distinct():
        past = found[customer]
        past.events += begin >= month
        past.last = max(begin, past.last) if past.last else begin
        past.is_busy |= begin < ends_at and end > starts_at
        past.rests |= rest_from <= begin < midnight
        if begin >= midnight:
            past.hours_that_day += (end - begin).total_seconds() / 3600
    return found


def _never(program: DemandProgram) -> dict[str, int]:
    """Of those who have consented."""
    rows = Enrolment.objects.filter(program=program)
    enrolled = rows.filter(status=EnrolmentStatus.ENROLLED)
    critical = enrolled.filter(
        customer__usage_links__until__isnull=True, customer__usage_links__usage_point__is_critical=True
    ).distinct()
    counts = {
        "they have paused": rows.filter(status=EnrolmentStatus.PAUSED).count(),
        "they have no identity in the field": enrolled.filter(ven__isnull=True).count(),
        "a connection is critical (life support, hospital)": critical.count(),
    }
    return {why: count for why, count in counts.items() if count}
