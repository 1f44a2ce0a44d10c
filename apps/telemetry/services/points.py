"""The point map: which address of which gateway is which quantity of which equipment."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max

from apps.alarms.choices import Condition, Priority
from apps.assets.choices import SwitchKind
from apps.assets.models import Switch
from apps.telemetry.choices import DISCRETE, Protocol, Quantity
from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint, PointLimit

_REQUIRED = ("mrid", "name", "equipment_mrid", "side", "quantity", "unit", "common_address", "ioa", "asdu_type")
_UPDATED = [
    "name",
    "equipment_mrid",
    "side",
    "quantity",
    "unit",
    "common_address",
    "ioa",
    "asdu_type",
    "scale",
    "deadband",
    "sigma",
    "max_silence_s",
]
_ANALOG_SILENCE_S, _DISCRETE_SILENCE_S = 120.0, 3600.0


class PointMapRefused(Exception):
    """The point map has faults; nothing was imported. `problems` names the rows."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems[:5]))
        self.problems = problems


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
    points = _parsed(rows)
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
    MeasurementPoint.objects.bulk_update(kept, _UPDATED, batch_size=2000)
    _create(gateway, new)
    _watch_breakers(gateway)
    configuration_changed(gateway=gateway)
    return PointMapOutcome(created=len(new), updated=len(kept), removed=len(vanished))


@transaction.atomic
def configuration_changed(*, gateway: Gateway) -> None:
    """Ingest, gateway and estimator read points and limits anew when this version moves."""
    LatestBlock.objects.get_or_create(gateway=gateway)
    LatestBlock.objects.filter(gateway=gateway).update(config_version=F("config_version") + 1)


def _parsed(rows: Iterable[str]) -> list[MeasurementPoint]:
    reader = csv.DictReader(rows)
    missing = [name for name in _REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        raise PointMapRefused([f"The header lacks the columns {', '.join(missing)}."])
    points: list[MeasurementPoint] = []
    problems: list[str] = []
    for number, row in enumerate(reader, start=2):
        try:
            points.append(_point(row))
        except (ValueError, ValidationError) as error:
            problems.append(f"row {number} ({row.get('name') or 'no name'}): {_sentence(error)}")
    problems += _doubles(points)
    if problems:
        raise PointMapRefused(problems)
    return points


def _point(row: dict[str, Any]) -> MeasurementPoint:
    quantity = Quantity(row["quantity"])
    silence_s = _DISCRETE_SILENCE_S if quantity in DISCRETE else _ANALOG_SILENCE_S
    point = MeasurementPoint(
        mrid=UUID(row["mrid"]),
        name=row["name"],
        equipment_mrid=UUID(row["equipment_mrid"]),
        side=row["side"],
        quantity=quantity,
        unit=row["unit"],
        common_address=int(row["common_address"]),
        ioa=int(row["ioa"]),
        asdu_type=int(row["asdu_type"]),
        scale=float(row.get("scale") or 1.0),
        deadband=float(row.get("deadband") or 0.0),
        sigma=float(row.get("sigma") or 0.0),
        max_silence_s=float(row.get("max_silence_s") or silence_s),
        slot=0,
    )
    point.clean_fields(exclude={"gateway"})
    return point


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
    return str(error)


def _doubles(points: list[MeasurementPoint]) -> list[str]:
    problems, addresses, mrids = [], set(), set()
    for point in points:
        address = (point.common_address, point.ioa)
        if address in addresses or point.mrid in mrids:
            problems.append(f"{point.name}: address {address} or mRID {point.mrid} is used twice")
        addresses.add(address)
        mrids.add(point.mrid)
    return problems


def _onto(known: MeasurementPoint, point: MeasurementPoint) -> MeasurementPoint:
    for name in _UPDATED:
        setattr(known, name, getattr(point, name))
    return known


def _free_addresses(gateway: Gateway) -> None:
    """Points may swap addresses; moving all out of the way first keeps the constraint satisfied on the way."""
    gateway.points.update(ioa=F("ioa") + 2**28)


def _create(gateway: Gateway, points: list[MeasurementPoint]) -> None:
    last = gateway.points.aggregate(last=Max("slot"))["last"]
    taken = len(bytes(LatestBlock.objects.get(gateway=gateway).at_us)) // 8  # a slot is never given to another point
    for slot, point in enumerate(points, start=max(taken, 0 if last is None else last + 1)):
        point.gateway, point.slot = gateway, slot
    MeasurementPoint.objects.bulk_create(points, batch_size=2000)


def _watch_breakers(gateway: Gateway) -> None:
    """A breaker that leaves its normal closed position without having been told to is an alarm of the first order."""
    breakers = Switch.objects.filter(model__is_current=True, kind=SwitchKind.BREAKER, normal_closed=True)
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
