"""Tap changers and capacitors of a feeder: where they stand, how they moved today, what is left of the day."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.assets.adapters import AssembledNetwork
from apps.assets.models import NetworkModel
from apps.dispatch.adapters.expected import IntArray
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.selectors.movable import WHATEVER, movable
from apps.optimization.adapters.voltage_devices import Bank, devices_of
from apps.optimization.adapters.voltage_profile import Seen
from apps.optimization.selectors.operations import Change, changes_today, midnight_of
from apps.optimization.selectors.runs import operable_switches
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors import PointValue


def device_documents(
    seen: Seen, nodes: IntArray, model: NetworkModel, *, most: int, as_of: datetime
) -> list[dict[str, Any]]:
    """As the switches stand now. most: operations of each device a day."""
    network = seen.network
    operable = operable_switches(model.pk, given=WHATEVER)
    found = devices_of(network, seen.topology, nodes, operable=operable, may=WHATEVER.may, most_plants=0)
    told = [
        *(_tap(network, unit) for unit in found.transformers.tolist()),
        *(_capacitor(network, bank) for bank in found.banks),
    ]
    mrids = [device["mrid"] for device in told]
    changes, values = changes_today(mrids, as_of=as_of), _values(mrids, as_of)
    start, given = midnight_of(as_of).isoformat(), movable(mrids)
    return [
        device
        | {"may_move": given.may(device["mrid"], StepQuantity(device["quantity"]))}
        | _stands(values.get((device["mrid"], device["quantity"])))
        | {"since": start, "most_per_day": most}
        | _history(changes[device["mrid"]])
        for device in told
    ]


def _tap(network: AssembledNetwork, unit: int) -> dict[str, Any]:
    units = network.network.transformers
    return {
        "mrid": network.transformers.mrid[unit],
        "name": network.transformers.name[unit],
        "quantity": Quantity.TAP_POSITION.value,
        "low": int(units.tap_min[unit]),
        "high": int(units.tap_max[unit]),
        "neutral": int(units.tap_neutral[unit]),
        "step": float(units.tap_step_percent[unit]),
        "unit": "%",
        "target_pu": float(network.target_pu[unit]),
    }


def _capacitor(network: AssembledNetwork, bank: Bank) -> dict[str, Any]:
    return {
        "mrid": network.switches.mrid[bank.switch],
        "name": network.switches.name[bank.switch],
        "quantity": Quantity.SWITCH_STATE.value,
        "low": 0,
        "high": 1,
        "neutral": 0,
        "step": bank.kvar,
        "unit": "kvar",
        "target_pu": None,
    }


def _values(mrids: list[str], as_of: datetime) -> dict[tuple[str, str], PointValue]:
    points = MeasurementPoint.objects.filter(
        gateway__is_enabled=True,
        equipment_mrid__in=[UUID(mrid) for mrid in mrids],
        quantity__in=(Quantity.TAP_POSITION, Quantity.SWITCH_STATE),
    )
    found = telemetry.point_values(list(points.order_by("-id")), as_of=as_of)
    return {(str(value.point.equipment_mrid), value.point.quantity): value for value in found}


def _stands(value: PointValue | None) -> dict[str, Any]:
    """A device without a meter has no position that anybody knows."""
    return {
        "position": value.value if value else None,
        "at": value.at.isoformat() if value and value.at else None,
        "quality": value.quality if value else None,
        "is_stale": value.is_stale if value else True,
        "point": value.point.pk if value else None,
    }


def _history(changes: list[Change]) -> dict[str, Any]:
    return {
        "began_with": changes[0].previous if changes else None,
        "changes": [{"at": change.at.isoformat(), "value": change.value} for change in changes],
        "operations_today": sum(change.operations for change in changes),
    }
