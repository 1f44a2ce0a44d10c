"""What people did and what moved, as audit, orders, requests and state changes keep it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.audit.models import AuditEvent
from apps.dispatch.models import Order, SwitchingStep
from apps.resilience.rules.threat_moves import CLOSED, OPEN, PROTECTING, Move
from apps.resilience.rules.threat_people import Act, Failure
from apps.telemetry.choices import Quantity, RequestState
from apps.telemetry.models import ControlRequest, StateChange

SIGN_IN, FAILED, LOCKED, OBJECTION = "sign_in", "sign_in.failed", "sign_in.locked", "order.objection"
HABIT = timedelta(days=90)
MOST_BEFORE = 500
MOVES_WITHIN, CLOCKS_DIFFER_BY = timedelta(seconds=120), timedelta(seconds=10)
FAULT_WITHIN = timedelta(minutes=5)
RECLOSES_WITHIN = timedelta(minutes=10)
_GIVEN = (RequestState.SENDING, RequestState.ACCEPTED, RequestState.UNKNOWN)
_FAULTS = (Condition.FAULT_PASSED, Condition.SUPPLY_FAULT, Condition.LOSS_OF_SUPPLY)


@dataclass(frozen=True, slots=True)
class Person:
    """One act, with the same person's acts before it."""

    row: int
    name: str
    act: Act
    before: list[Act]
    words: str = ""
    mrid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    change: StateChange
    move: Move


def sign_ins(since: datetime, until: datetime) -> list[Person]:
    rows = AuditEvent.objects.filter(action=SIGN_IN, at__gte=since, at__lt=until).order_by("id")
    return [
        Person(row.pk, row.actor_name, Act(timezone.localtime(row.at), row.source_ip or ""), _sign_ins_before(row))
        for row in rows
    ]


def _sign_ins_before(row: AuditEvent) -> list[Act]:
    rows = AuditEvent.objects.filter(
        action=SIGN_IN, actor_name=row.actor_name, at__gte=row.at - HABIT, at__lte=row.at, id__lt=row.pk
    )
    told = rows.order_by("-at").values_list("at", "source_ip")[:MOST_BEFORE]
    return [Act(timezone.localtime(at), address or "") for at, address in told]


def failures(since: datetime, until: datetime) -> list[Failure]:
    rows = AuditEvent.objects.filter(action__in=(FAILED, LOCKED), at__gte=since, at__lt=until).order_by("id")
    return [Failure(timezone.localtime(row.at), row.target, row.source_ip or "") for row in rows]


def ordered(since: datetime, until: datetime) -> list[Person]:
    """Orders that a person gave; what a rule gave has no address."""
    rows = Order.objects.filter(selected_at__gte=since, selected_at__lt=until, source_ip__isnull=False)
    return [
        Person(
            order.pk,
            order.selected_by.get_username(),
            Act(timezone.localtime(order.selected_at), order.source_ip or ""),
            _orders_before(order),
            str(order),
            order.device_mrid,
        )
        for order in rows.select_related("selected_by").order_by("id")
    ]


def _orders_before(order: Order) -> list[Act]:
    rows = Order.objects.filter(
        selected_by=order.selected_by_id, selected_at__gte=order.selected_at - HABIT, id__lt=order.pk
    )
    told = rows.filter(source_ip__isnull=False).values_list("selected_at", "source_ip")[:MOST_BEFORE]
    return [Act(timezone.localtime(at), address or "") for at, address in told]


def risky_orders(since: datetime, until: datetime) -> list[Order]:
    """Sent although a limit would break, as the look-ahead told beforehand."""
    rows = Order.objects.filter(ordered_at__gte=since, ordered_at__lt=until).select_related("selected_by")
    return [order for order in rows.order_by("id") if limits_gained(order)]


def limits_gained(order: Order) -> list[dict[str, Any]]:
    return list((order.look_ahead.get("effect") or {}).get("limits_gained") or [])


def objections(since: datetime, until: datetime) -> list[AuditEvent]:
    """Orders that interlocks or the look-ahead refused."""
    rows = AuditEvent.objects.filter(action=OBJECTION, at__gte=since, at__lt=until)
    return list(rows.filter(detail__add_cause__startswith="blocked-by").order_by("id"))


def moves(since: datetime, until: datetime, class_of: dict[UUID, str]) -> list[Moved]:
    rows = StateChange.objects.filter(
        quantity=Quantity.SWITCH_STATE, received_at__gte=since, received_at__lt=until, value__in=(OPEN, CLOSED)
    )
    changes = [change for change in rows.order_by("id") if change.previous not in (None, change.value)]
    return [Moved(change, _move(change, class_of.get(change.equipment_mrid, ""))) for change in changes]


def changed_equipment(since: datetime, until: datetime) -> set[UUID]:
    rows = StateChange.objects.filter(quantity=Quantity.SWITCH_STATE, received_at__gte=since, received_at__lt=until)
    return set(rows.values_list("equipment_mrid", flat=True))


def _move(change: StateChange, class_name: str) -> Move:
    return Move(
        class_name=class_name,
        value=change.value,
        is_ordered=_is_ordered(change),
        is_by_crew=_is_by_crew(change),
        has_fault=class_name in PROTECTING and _has_fault(change),
        opened_before=_opened_before(change),
    )


def _is_ordered(change: StateChange) -> bool:
    return ControlRequest.objects.filter(
        control__point__equipment_mrid=change.equipment_mrid,
        state__in=_GIVEN,
        taken_at__gte=change.at - MOVES_WITHIN,
        taken_at__lte=change.at + CLOCKS_DIFFER_BY,
    ).exists()


def _is_by_crew(change: StateChange) -> bool:
    told = SwitchingStep.objects.filter(equipment_mrid=change.equipment_mrid, instructed_at__lte=change.at)
    return told.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=change.at - CLOCKS_DIFFER_BY)).exists()


def _has_fault(change: StateChange) -> bool:
    around = (change.at - FAULT_WITHIN, change.at + FAULT_WITHIN)
    return Alarm.objects.filter(condition__in=_FAULTS, raised_at__range=around).exists()


def _opened_before(change: StateChange) -> bool:
    return StateChange.objects.filter(
        point_id=change.point_id, value=OPEN, at__gte=change.at - RECLOSES_WITHIN, at__lt=change.at
    ).exists()
