"""Links to the field: what the gateway's process says of its link, and what its silence says."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.telemetry.choices import LinkState, Protocol
from apps.telemetry.models import Gateway, GatewayLink
from apps.telemetry.selectors import GatewayValues


@transaction.atomic
def report_link(*, gateway_id: int, state: LinkState, reason: str, at: datetime) -> None:
    changed = Gateway.objects.filter(pk=gateway_id).exclude(link_state=state)
    changed.update(link_state=state, link_reason=reason[:200], link_since=at)


@dataclass(frozen=True, slots=True)
class LinkReport:
    """How one link does; the name is empty for the gateway as a whole. Fields as of GatewayLink."""

    name: str
    state: LinkState
    is_active: bool = True
    reason: str = ""
    since: datetime | None = None
    last_heard_at: datetime | None = None
    frames_in: int = 0
    frames_out: int = 0
    values_in: int = 0
    values_per_s: float = 0.0
    refused: int = 0
    last_refusal: str = ""
    round_trip_ms: float | None = None
    switchovers: int = 0
    waiting: int = 0


@transaction.atomic
def write_figures(*, gateway_id: int, reports: Sequence[LinkReport], at: datetime) -> None:
    """The figures of a gateway are these; links that are configured no more go."""
    rows = [
        GatewayLink(gateway_id=gateway_id, written_at=at, **asdict(report) | _shortened(report)) for report in reports
    ]
    updated = [field.name for field in GatewayLink._meta.concrete_fields if field.name not in {"id", "gateway", "name"}]
    GatewayLink.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["gateway", "name"], update_fields=updated
    )
    GatewayLink.objects.filter(gateway_id=gateway_id).exclude(name__in=[row.name for row in rows]).delete()


def _shortened(report: LinkReport) -> dict[str, str]:
    return {name: getattr(report, name)[:200] for name in ("name", "reason", "last_refusal")}


def silent_masters(values: Sequence[GatewayValues], *, as_of: datetime) -> list[GatewayValues]:
    """Whoever holds a link should hear something; nobody waits for pushed samples."""
    return [one for one in values if one.protocol != Protocol.HTTP and one.is_silent(as_of)]


@transaction.atomic(savepoint=False)
def check_links(values: Sequence[GatewayValues], *, as_of: datetime) -> list[str]:
    """Raise or end COMM FAIL, one alarm a gateway and not one a point. Returns the names of those that are silent.

    Called by the estimator, which is outside the pipe that it watches: a gateway process that died tells nobody.
    """
    silent = silent_masters(values, as_of=as_of)
    told = {source for source, _ in standing_sources([Condition.COMM_FAIL])}
    heard = {_source(gateway) for gateway in values} - {_source(gateway) for gateway in silent}
    alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.COMM_FAIL, as_of) for source in sorted(heard & told)])
    alarms.raise_alarms(facts=[_silence(gateway, as_of) for gateway in silent if _source(gateway) not in told])
    return [gateway.name for gateway in silent]


def _source(gateway: GatewayValues) -> str:
    return f"gateway/{gateway.name}"


def _silence(gateway: GatewayValues, as_of: datetime) -> alarms.AlarmFact:
    heard_at = gateway.last_heard_at
    since = f"since {heard_at:%H:%M:%S} UTC" if heard_at else "since the start"
    return alarms.AlarmFact(
        source=_source(gateway),
        condition=Condition.COMM_FAIL,
        priority=Priority.HIGH,
        equipment_name=f"Gateway {gateway.name}",
        message=f"Nothing heard from gateway {gateway.name} {since}; its values are not current",
        at=as_of,
    )
