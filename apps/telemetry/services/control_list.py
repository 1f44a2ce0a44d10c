"""The columns of a signal list that say which commands the field takes; a list without them leaves controls alone."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from apps.telemetry.choices import ControlForm, ControlKind, Feedback, Quantity
from apps.telemetry.models import ControlPoint, Gateway, MeasurementPoint
from apps.telemetry.rules.settings import AddressFault, ProtocolRules

CONTROL = "control"
COLUMNS = (
    CONTROL,
    "control_address",
    "control_low",
    "control_high",
    "control_critical",
    "control_feedback",
    "control_feedback_s",
    "release_address",
)
_KINDS = {
    Quantity.SWITCH_STATE: (ControlKind.POSITION, frozenset({ControlForm.SINGLE, ControlForm.DOUBLE})),
    Quantity.TAP_POSITION: (ControlKind.STEP, frozenset({ControlForm.STEP})),
}
_SET = (ControlKind.SETPOINT, frozenset({ControlForm.FLOAT, ControlForm.SCALED, ControlForm.NORMALISED}))
_FEEDBACK_S = {ControlKind.POSITION: 10.0, ControlKind.STEP: 30.0, ControlKind.SETPOINT: 60.0}
_SIGMAS = 4.0  # a set-point is reached when the meter cannot tell the difference
_LEAST_TOLERANCE = 0.02  # of the set-point's range
_YES, _NO = frozenset({"1", "true", "yes"}), frozenset({"", "0", "false", "no"})


def read_controls(row: Mapping[str | None, Any], point: MeasurementPoint, rules: ProtocolRules) -> list[ControlPoint]:
    """Those of one row, not saved. Raises ValueError with the column and what to do."""
    word = _text(row, CONTROL)
    if not word:
        return []
    if not rules.can_control:
        raise ValueError(f"{CONTROL}: this protocol takes no commands; leave the column empty")
    kind, form = _form(word, point)
    low, high = _number(row, "control_low"), _number(row, "control_high")
    if low is not None and high is not None and low > high:
        raise ValueError("control_low: it is above control_high; swap the two")
    made = ControlPoint(
        kind=kind,
        form=form,
        address=_address(_text(row, "control_address") or point.address, "control_address", rules),
        low=low,
        high=high,
        is_critical=_flag(row, "control_critical"),
        feedback=_feedback(row),
        feedback_s=_number(row, "control_feedback_s") or _FEEDBACK_S[kind],
        tolerance=_tolerance(kind, point, low, high),
    )
    if made.feedback_s <= 0:
        raise ValueError("control_feedback_s: give seconds above 0")
    release = _text(row, "release_address")
    return [made, *([_release(release, rules)] if release else [])]


def store_controls(gateway: Gateway, listed: Mapping[UUID, Sequence[ControlPoint]]) -> None:
    """The controls of the gateway's points are these. What an administrator has set besides stays."""
    points = dict(gateway.points.values_list("mrid", "pk"))
    rows = ControlPoint.objects.filter(point__gateway=gateway)
    known = {(one.point_id, one.kind): one for one in rows}
    new: list[ControlPoint] = []
    changed: list[ControlPoint] = []
    for mrid, controls in listed.items():
        for control in controls:
            control.point_id = points[mrid]
            before = known.pop((control.point_id, control.kind), None)
            if before is None:
                new.append(control)
            else:
                changed.append(_onto(before, control))
    ControlPoint.objects.filter(pk__in=[one.pk for one in known.values()]).delete()
    ControlPoint.objects.bulk_update(changed, _OF_THE_LIST, batch_size=2000)
    ControlPoint.objects.bulk_create(new, batch_size=2000)


_OF_THE_LIST = ["form", "address", "low", "high", "is_critical", "feedback", "feedback_s", "tolerance"]


def _onto(known: ControlPoint, listed: ControlPoint) -> ControlPoint:
    for name in _OF_THE_LIST:
        setattr(known, name, getattr(listed, name))
    return known


def columns_of(controls: Iterable[ControlPoint]) -> dict[str, str]:
    """Those of one point, as `read_controls` reads them."""
    by_kind = {ControlKind(one.kind): one for one in controls}
    release = by_kind.pop(ControlKind.RELEASE, None)
    found = dict.fromkeys(COLUMNS, "")
    for one in by_kind.values():
        found |= {
            CONTROL: one.form,
            "control_address": one.address,
            "control_low": "" if one.low is None else repr(one.low),
            "control_high": "" if one.high is None else repr(one.high),
            "control_critical": "1" if one.is_critical else "",
            "control_feedback": one.feedback,
            "control_feedback_s": repr(one.feedback_s),
        }
    return found | {"release_address": release.address if release else ""}


def _form(word: str, point: MeasurementPoint) -> tuple[ControlKind, ControlForm]:
    kind, forms = _KINDS.get(Quantity(point.quantity), _SET)
    if word not in forms:
        raise ValueError(f"{CONTROL}: {word!r} does not command a {point.quantity}; give {' or '.join(sorted(forms))}")
    return kind, ControlForm(word)


def _release(address: str, rules: ProtocolRules) -> ControlPoint:
    return ControlPoint(
        kind=ControlKind.RELEASE,
        form=ControlForm.SINGLE,
        address=_address(address, "release_address", rules),
        feedback=Feedback.NONE,
    )


def _tolerance(kind: ControlKind, point: MeasurementPoint, low: float | None, high: float | None) -> float:
    if kind is not ControlKind.SETPOINT:
        return 0.0
    span = (high - low) if low is not None and high is not None else 0.0
    return max(_SIGMAS * point.sigma + point.deadband, _LEAST_TOLERANCE * span)


def _text(row: Mapping[str | None, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def _number(row: Mapping[str | None, Any], name: str) -> float | None:
    raw = _text(row, name)
    if not raw:
        return None
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name}: {raw!r} is no finite number")
    return value


def _flag(row: Mapping[str | None, Any], name: str) -> bool:
    raw = _text(row, name).lower()
    if raw not in _YES | _NO:
        raise ValueError(f"{name}: {raw!r} is neither yes nor no; give 1 or nothing")
    return raw in _YES


def _feedback(row: Mapping[str | None, Any]) -> Feedback:
    raw = _text(row, "control_feedback") or Feedback.REACHED.value
    if raw not in Feedback.values:
        raise ValueError(f"control_feedback: {raw!r} is none of {', '.join(Feedback.values)}")
    return Feedback(raw)


def _address(raw: str, column: str, rules: ProtocolRules) -> str:
    try:
        return rules.address(raw)
    except AddressFault as fault:
        raise ValueError(f"{column}: {fault}") from None
