"""What a customer sees of the own part in a program: events that were sent, what was saved, what is paid."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.demand_response.choices import DeviceKind
from apps.demand_response.models import CustomerOutcome, Enrolment, Participation, SettlementLine, Survey
from apps.dispatch.choices.call import CallStatus

SHOWN = (CallStatus.SCHEDULED, CallStatus.ACTIVE, CallStatus.COMPLETED, CallStatus.CANCELLED)
NEWEST = 30
WHAT_HAPPENS: Mapping[str, str] = {
    DeviceKind.THERMOSTAT: "Heating or cooling is turned down a little.",
    DeviceKind.EV_CHARGER: "Your car charges later; it is full in the morning.",
    DeviceKind.WATER_HEATER: "Hot water is heated later.",
    DeviceKind.BATTERY: "Your battery supplies your home.",
    DeviceKind.INDUSTRIAL: "Part of your process waits.",
}


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """saved_kwh and amount_eur are None until they are worked out."""

    id: int
    starts_at: datetime
    ends_at: datetime
    is_over: bool
    is_running: bool
    is_cancelled: bool
    is_out: bool
    out_at: datetime | None
    saved_kwh: float | None
    amount_eur: Decimal | None
    reasons: Sequence[str]
    is_answered: bool

    @property
    def may_opt_out(self) -> bool:
        return not (self.is_over or self.is_out or self.is_cancelled)

    @property
    def may_answer(self) -> bool:
        return self.is_over and not (self.is_answered or self.is_out or self.is_cancelled)


@dataclass(frozen=True, slots=True)
class OwnPage:
    events: Sequence[OwnEvent]
    saved_kwh: float
    earned_eur: Decimal
    what_happens: Sequence[str]

    @property
    def coming(self) -> list[OwnEvent]:
        return sorted((one for one in self.events if not one.is_over), key=lambda one: one.starts_at)

    @property
    def past(self) -> list[OwnEvent]:
        return [one for one in self.events if one.is_over]


def participations_of(enrolment: Enrolment) -> list[Participation]:
    """Of events that customers were told of, the newest first."""
    told = {"stage__call__status__in": SHOWN, "stage__published_at__isnull": False}
    rows = Participation.objects.filter(enrolment=enrolment, **told)
    return list(rows.select_related("stage__call").order_by("-stage__starts_at")[:NEWEST])


def own_page(enrolment: Enrolment, *, as_of: datetime) -> OwnPage:
    rows = participations_of(enrolment)
    keys = [one.pk for one in rows]
    outcomes = CustomerOutcome.objects.filter(participation__in=keys, evaluation__is_newest=True)
    saved = dict(outcomes.values_list("participation_id", "delivered_kwh"))
    answered = set(Survey.objects.filter(participation__in=keys).values_list("participation_id", flat=True))
    lines = _lines(keys)
    events = [_event(one, saved.get(one.pk), lines[one.pk], one.pk in answered, as_of) for one in rows]
    earned = sum((one.amount_eur for one in events if one.amount_eur is not None), Decimal(0))
    kinds = dict.fromkeys(enrolment.customer.devices.filter(is_active=True).values_list("kind", flat=True))
    return OwnPage(
        events=events,
        saved_kwh=sum(max(one.saved_kwh or 0.0, 0.0) for one in events),
        earned_eur=earned,
        what_happens=[WHAT_HAPPENS[kind] for kind in kinds if kind in WHAT_HAPPENS],
    )


def _lines(keys: Sequence[int]) -> dict[int, list[SettlementLine]]:
    found: dict[int, list[SettlementLine]] = defaultdict(list)
    for line in SettlementLine.objects.filter(participation__in=keys):
        found[line.participation_id or 0].append(line)
    return found


def _event(
    row: Participation, saved_kwh: float | None, lines: Sequence[SettlementLine], is_answered: bool, as_of: datetime
) -> OwnEvent:
    stage = row.stage
    known = bool(lines) and all(line.amount_eur is not None for line in lines)
    return OwnEvent(
        id=row.pk,
        starts_at=stage.starts_at,
        ends_at=stage.ends_at,
        is_over=stage.ends_at <= as_of or stage.call.status == CallStatus.CANCELLED,
        is_running=stage.starts_at <= as_of < stage.ends_at and stage.call.status == CallStatus.ACTIVE,
        is_cancelled=stage.call.status == CallStatus.CANCELLED,
        is_out=row.opted_out_at is not None,
        out_at=row.opted_out_at,
        saved_kwh=saved_kwh,
        amount_eur=sum((line.amount_eur or Decimal(0) for line in lines), Decimal(0)) if known else None,
        reasons=[line.reason for line in lines],
        is_answered=is_answered,
    )
