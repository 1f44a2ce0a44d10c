"""Requests of commands and their results. Only dispatch may ask: nothing goes to the field past it.

A request is sent at most once. The row says that it is being sent before anything is sent; who finds it so, and is not
the process that wrote it, cannot know more than that.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.telemetry.choices import RequestState
from apps.telemetry.models import ControlPoint, ControlRequest
from apps.telemetry.rules.protocols import rules_of

ASKED = "gridops_control_asked"  # channel of Postgres
# Longer than any protocol waits for an answer: the process is gone, or has lost the database.
LOST_AFTER = timedelta(seconds=60)
NO_WAY = "This link cannot be controlled."


class CannotControl(Exception):
    """The point's gateway has no way to send a command; the message says why."""


def check_way(control: ControlPoint) -> None:
    """Raises CannotControl."""
    gateway = control.point.gateway
    if not rules_of(gateway.protocol).can_control:
        raise CannotControl(f"{NO_WAY} {gateway.get_protocol_display()} takes no commands.")
    if not gateway.is_enabled:
        raise CannotControl(f"{NO_WAY} Gateway {gateway.name} is disabled.")


@transaction.atomic
def request_control(
    *, key: UUID, control: ControlPoint, value: float, not_after: datetime, at: datetime
) -> ControlRequest:
    """Asked again with the same key it is the same request. Raises CannotControl."""
    check_way(control)
    request, is_new = ControlRequest.objects.get_or_create(
        key=key,
        defaults={
            "gateway": control.point.gateway,
            "control": control,
            "value": value,
            "requested_at": at,
            "not_after": not_after,
        },
    )
    if is_new:
        _wake_gateways()
    return request


@transaction.atomic
def withdraw_request(*, key: UUID, reason: str, at: datetime) -> bool:
    """False: too late, it is being sent or was."""
    waiting = ControlRequest.objects.filter(key=key, state=RequestState.WAITING)
    return bool(_finish(waiting, RequestState.NOT_SENT, reason, at))


@transaction.atomic
def take_requests(*, gateway_id: int, holder: UUID, at: datetime) -> list[ControlRequest]:
    """Those that this process is to send now. Once this has returned, their state says that they are being sent."""
    waiting = ControlRequest.objects.filter(gateway_id=gateway_id, state=RequestState.WAITING, not_after__gt=at)
    rows = waiting.select_for_update(of=("self",), skip_locked=True).select_related("control__point").order_by("id")
    taken = list(rows)
    ControlRequest.objects.filter(pk__in=[row.pk for row in taken]).update(
        state=RequestState.SENDING, holder=holder, taken_at=at
    )
    return taken


@transaction.atomic
def finish_request(*, request_id: int, holder: UUID, state: RequestState, reason: str, at: datetime) -> bool:
    """False: somebody has judged it already, because this process was not heard of."""
    own = ControlRequest.objects.filter(pk=request_id, holder=holder, state=RequestState.SENDING)
    return bool(_finish(own, state, reason, at))


@transaction.atomic
def forsake_requests(*, gateway_id: int, holder: UUID, at: datetime) -> int:
    """A process that begins finds what the one before it was sending: whether it arrived, nobody knows."""
    others = ControlRequest.objects.filter(gateway_id=gateway_id, state=RequestState.SENDING).exclude(holder=holder)
    return _finish(others, RequestState.UNKNOWN, "The gateway's process ended while it was sending.", at)


@transaction.atomic
def sweep_requests(*, as_of: datetime) -> int:
    """What no process took in time is never sent; what was not answered for long is not known."""
    stale = ControlRequest.objects.filter(state=RequestState.WAITING, not_after__lte=as_of)
    lost = ControlRequest.objects.filter(state=RequestState.SENDING, taken_at__lte=as_of - LOST_AFTER)
    return _finish(
        stale, RequestState.NOT_SENT, "The gateway's process did not take it in time; nothing was sent.", as_of
    ) + _finish(lost, RequestState.UNKNOWN, "The gateway's process was not heard of again.", as_of)


def _finish(rows: QuerySet[ControlRequest], state: RequestState, reason: str, at: datetime) -> int:
    return rows.update(state=state, reason=reason[:300], finished_at=at)


def _wake_gateways() -> None:
    """A hint that goes out with the commit; who misses it looks by himself a moment later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [ASKED])
