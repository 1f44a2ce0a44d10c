"""Who was asked in a call, with what counts for its measurement; and whom they can be compared with."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.demand_response.choices import PRESENT, Answer
from apps.demand_response.models import CustomerUsagePoint, EnrolledDevice, Enrolment, Participation
from apps.dispatch.choices.call import StageStatus
from apps.dispatch.models import Call

MOST_OTHERS = 1000
SENT = (StageStatus.PUBLISHED, StageStatus.ACTIVE, StageStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer in a stage. rated_kw: of its active devices, None without any; kind: of the largest."""

    participation: Participation
    customer_id: int
    points: tuple[int, ...]
    rated_kw: float | None
    kind: str

    @property
    def opted_out_before(self) -> bool:
        at = self.participation.opted_out_at
        return at is not None and at <= self.participation.stage.starts_at

    @property
    def opted_out(self) -> bool:
        return self.participation.opted_out_at is not None or self.participation.answer == Answer.OPTED_OUT


def asked_in(call: Call) -> list[Asked]:
    """By stage. Five queries, however many they are."""
    rows = Participation.objects.filter(stage__call=call, stage__status__in=SENT).select_related("stage", "enrolment")
    found = list(rows.order_by("stage__number", "pk"))
    keys = [row.enrolment.customer_id for row in found]
    points, devices = usage_points(keys, at=call.starts_at), _devices(keys)
    return [
        Asked(row, key, tuple(points[key]), *_size(devices.get(key, [])))
        for row, key in ((row, row.enrolment.customer_id) for row in found)
    ]


def others_of(call: Call, program_id: int) -> list[int]:
    """Customers of the same program who were not asked in this call."""
    asked = Participation.objects.filter(stage__call=call).values("enrolment_id")
    rows = Enrolment.objects.filter(program=program_id, status__in=PRESENT).exclude(pk__in=asked)
    return list(rows.order_by("pk").values_list("customer_id", flat=True)[:MOST_OTHERS])


def days_called(
    customers: Collection[int], *, before: datetime, since: timedelta, zone: ZoneInfo
) -> dict[int, set[date]]:
    """By customer, of every program: days on which an event of theirs began."""
    rows = Participation.objects.filter(
        enrolment__customer__in=customers,
        stage__status__in=SENT,
        stage__starts_at__gte=before - since,
        stage__starts_at__lt=before,
    )
    found: dict[int, set[date]] = defaultdict(set)
    for key, at in rows.values_list("enrolment__customer_id", "stage__starts_at"):
        found[key].add(at.astimezone(zone).date())
    return found


def usage_points(customers: Collection[int], *, at: datetime) -> dict[int, list[int]]:
    """Those that were theirs at that instant."""
    rows = CustomerUsagePoint.objects.filter(customer__in=customers, since__lte=at)
    rows = rows.filter(Q(until__isnull=True) | Q(until__gt=at)).order_by("usage_point_id")
    found: dict[int, list[int]] = defaultdict(list)
    for key, point in rows.values_list("customer_id", "usage_point_id"):
        found[key].append(point)
    return found


def _devices(customers: Iterable[int]) -> dict[int, list[tuple[float, str]]]:
    rows = EnrolledDevice.objects.filter(customer__in=set(customers), is_active=True)
    found: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for key, kw, kind in rows.values_list("customer_id", "rated_kw", "kind"):
        found[key].append((kw, kind))
    return found


def _size(devices: list[tuple[float, str]]) -> tuple[float | None, str]:
    return (sum(kw for kw, _ in devices), max(devices)[1]) if devices else (None, "")
