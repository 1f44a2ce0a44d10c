"""Links to the field: what the gateway's process says of its link, and what its silence says."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.telemetry.choices import LinkState, Protocol
from apps.telemetry.models import Gateway


@transaction.atomic
def report_link(*, gateway_id: int, state: LinkState, reason: str, at: datetime) -> None:
    changed = Gateway.objects.filter(pk=gateway_id).exclude(link_state=state)
    changed.update(link_state=state, link_reason=reason[:200], link_since=at)


@transaction.atomic
def check_links(*, as_of: datetime) -> list[str]:
    """Raise or end COMM FAIL, one alarm a gateway and not one a point. Returns the names of those that are silent.

    Called by the estimator, which is outside the pipe that it watches: a gateway process that died tells nobody.
    """
    silent = []
    for gateway in Gateway.objects.filter(is_enabled=True, protocol=Protocol.IEC104).select_related("block"):
        heard_at = gateway.block.last_heard_at
        if heard_at is not None and as_of - heard_at <= timedelta(seconds=gateway.silence_limit_s):
            alarms.end_alarms(ends=[alarms.AlarmEnd(_source(gateway), Condition.COMM_FAIL, as_of)])
            continue
        silent.append(gateway.name)
        alarms.raise_alarms(facts=[_silence(gateway, heard_at, as_of)])
    return silent


def _source(gateway: Gateway) -> str:
    return f"gateway/{gateway.name}"


def _silence(gateway: Gateway, heard_at: datetime | None, as_of: datetime) -> alarms.AlarmFact:
    since = f"since {heard_at:%H:%M:%S} UTC" if heard_at else "since the start"
    return alarms.AlarmFact(
        source=_source(gateway),
        condition=Condition.COMM_FAIL,
        priority=Priority.HIGH,
        equipment_name=f"Gateway {gateway.name}",
        message=f"Nothing heard from gateway {gateway.name} {since}; its values are not current",
        at=as_of,
    )
