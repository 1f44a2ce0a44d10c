"""What can be commanded at a device."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.dispatch.choices.order import Act
from apps.dispatch.rules.orders import KIND_OF_ACT
from apps.dispatch.selectors.orders import controls_of, open_order_of, order_document
from apps.dispatch.services.look_ahead import present_document
from apps.telemetry import selectors as telemetry
from apps.telemetry.models import ControlPoint
from apps.telemetry.services.control import CannotControl, check_way


def controls_document(device: UUID, *, as_of: datetime) -> dict[str, Any]:
    controls = controls_of(device)
    values = telemetry.point_values([control.point for control in controls], as_of=as_of)
    order = open_order_of(device)
    return {
        "controls": [_document(*pair, as_of=as_of) for pair in zip(controls, values, strict=True)],
        "open_order": order_document(order, as_of=as_of) if order else None,
    }


def _document(control: ControlPoint, present: telemetry.PointValue, *, as_of: datetime) -> dict[str, Any]:
    why_not = _why_not(control)
    acts = [act for act, kind in KIND_OF_ACT.items() if kind == control.kind]
    return {
        "mrid": str(control.mrid),
        "point": control.point.name,
        "quantity": control.point.quantity,
        "unit": control.point.unit,
        "kind": control.kind,
        "acts": [{"act": Act(act).value, "label": str(Act(act).label)} for act in acts],
        "low": control.low,
        "high": control.high,
        "is_critical": control.is_critical,
        "is_controllable": not why_not,
        "why_not": why_not,
        "present": present_document(present, as_of=as_of),
    }


def _why_not(control: ControlPoint) -> str:
    try:
        check_way(control)
    except CannotControl as error:
        return str(error)
    return ""
