"""The point map: which address of which gateway is which quantity of which equipment."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import CharField, F, Max, Value
from django.db.models.functions import Cast, Concat

from apps.alarms.choices import Condition, Priority
from apps.assets.choices import SwitchKind
from apps.assets.models import NetworkModel, Switch
from apps.telemetry.choices import Protocol, Quantity
from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint, PointLimit
from apps.telemetry.services.control_list import store_controls
from apps.telemetry.services.signal_list import read_listed_controls, read_signals

UPDATED = [
    "name",
    "equipment_mrid",
    "side",
    "quantity",
    "unit",
    "address",
    "scale",
    "deadband",
    "sigma",
    "max_silence_s",
]


@dataclass(frozen=True, slots=True)
class PointMapOutcome:
    created: int
    updated: int
    removed: int


@transaction.atomic
def import_points(
    *,
    gateway_name: str,
    rows: Iterable[str],
    protocol: Protocol = Protocol.IEC104,
    host: str = "",
    port: int = 2404,
) -> PointMapOutcome:
    """Make the gateway's points those of the CSV. A point that keeps its mRID keeps its slot and its history."""
    lines = list(rows)
    points = read_signals(lines, gateway_name=gateway_name, protocol=protocol)
    controls = read_listed_controls(lines, protocol=protocol)
    gateway, _ = Gateway.objects.update_or_create(
        name=gateway_name, defaults={"protocol": protocol, "host": host, "port": port}
    )
    LatestBlock.objects.get_or_create(gateway=gateway)
    LatestBlock.objects.select_for_update().get(gateway=gateway)
    known = {point.mrid: point for point in gateway.points.all()}
    vanished = known.keys() - {point.mrid for point in points}
    MeasurementPoint.objects.filter(gateway=gateway, mrid__in=vanished).delete()
    new = [point for point in points if point.mrid not in known]
    kept = [_onto(known[point.mrid], point) for point in points if point.mrid in known]
    _free_addresses(gateway)
    MeasurementPoint.objects.bulk_update(kept, UPDATED, batch_size=2000)
    _create(gateway, new)
    if controls is not None:
        store_controls(gateway, controls)
    _watch_breakers(gateway)
    _watch_indicators(gateway)
    configuration_changed(gateway=gateway)
    return PointMapOutcome(created=len(new), updated=len(kept), removed=len(vanished))


@transaction.atomic
def configuration_changed(*, gateway: Gateway) -> None:
    """Ingest, gateway and estimator read points and limits anew when this version moves."""
    LatestBlock.objects.get_or_create(gateway=gateway)
    LatestBlock.objects.filter(gateway=gateway).update(config_version=F("config_version") + 1)


def _onto(known: MeasurementPoint, point: MeasurementPoint) -> MeasurementPoint:
    for name in UPDATED:
        setattr(known, name, getattr(point, name))
    return known


def _free_addresses(gateway: Gateway) -> None:
    """Points may swap addresses; moving all out of the way first keeps the constraint satisfied on the way."""
    gateway.points.update(address=Concat(Value("\n"), Cast("slot", CharField())))


def _create(gateway: Gateway, points: list[MeasurementPoint]) -> None:
    last = gateway.points.aggregate(last=Max("slot"))["last"]
    taken = len(bytes(LatestBlock.objects.get(gateway=gateway).at_us)) // 8  # a slot is never given to another point
    for slot, point in enumerate(points, start=max(taken, 0 if last is None else last + 1)):
        point.gateway, point.slot = gateway, slot
    MeasurementPoint.objects.bulk_create(points, batch_size=2000)


def _watch_breakers(gateway: Gateway) -> None:
    """A breaker that leaves its normal closed position without having been told to is an alarm of the first order."""
    breakers = Switch.objects.filter(
        model__in=NetworkModel.objects.current(), kind=SwitchKind.BREAKER, normal_closed=True
    )
    closed = dict(breakers.values_list("mrid", "name"))
    watched = gateway.points.filter(quantity=Quantity.SWITCH_STATE, limits__isnull=True)
    PointLimit.objects.bulk_create(
        [
            PointLimit(
                point=point,
                condition=Condition.OFF_NORMAL,
                is_high=False,
                limit=0.5,
                priority=Priority.CRITICAL,
                message=f"Breaker {closed[point.equipment_mrid]} opened",
            )
            for point in watched
            if point.equipment_mrid in closed
        ]
    )


def _watch_indicators(gateway: Gateway) -> None:
    """One that shows says where a fault's current went."""
    watched = gateway.points.filter(quantity=Quantity.FAULT_INDICATOR, limits__isnull=True)
    PointLimit.objects.bulk_create(
        [
            PointLimit(
                point=point,
                condition=Condition.FAULT_PASSED,
                is_high=True,
                limit=0.5,
                priority=Priority.LOW,
                message=f"Fault current passed: {point.name}"[:200],
            )
            for point in watched
        ]
    )
