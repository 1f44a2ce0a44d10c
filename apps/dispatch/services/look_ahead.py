"""What an order would do and what forbids it, shown before the second confirmation and kept with the order."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.assets.models import Switch
from apps.dispatch.adapters.look_ahead import Asked, look_ahead
from apps.dispatch.adapters.picture import Picture
from apps.dispatch.checks import SetPoint, faulted_parts, island_behind, order_objections, unsupplied_loads
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import Act, AddCause, Level
from apps.dispatch.models import Tag
from apps.dispatch.rules.interlocks import Finding, HungTag, findings
from apps.dispatch.rules.look_ahead import LookAhead
from apps.dispatch.services.picture import pictures
from apps.telemetry import selectors as telemetry
from apps.telemetry.adapters import VALIDITY_MASK, Quality
from apps.telemetry.choices import Quantity
from apps.telemetry.models import ControlPoint

_POWERS = frozenset({Quantity.ACTIVE_POWER, Quantity.REACTIVE_POWER})  # the rest are settings: no power moves at once
_SWITCHING = frozenset({Act.OPEN, Act.CLOSE})
_STATE_WORDS = {0.0: "open", 1.0: "closed", 2.0: "between open and closed", 3.0: "unknown"}


@dataclass(frozen=True, slots=True)
class Shown:
    """`document` is what the person sees."""

    findings: Sequence[Finding]
    needs_second: str  # why two persons; empty: one is enough
    document: dict[str, Any]


def shown_before(
    *, control: ControlPoint, device_name: str, act: Act, value: float, present: telemetry.PointValue, as_of: datetime
) -> Shown:
    begun = time.perf_counter()
    mrid = str(control.point.equipment_mrid)
    picture = pictures.now(as_of=as_of).with_unsupplied(unsupplied_loads(as_of=as_of))
    tags = list(Tag.objects.standing().select_related("placed_by"))
    asked = Asked(
        act=act,
        device_mrid=mrid,
        value=value,
        now=present.value,
        is_reactive=control.point.quantity == Quantity.REACTIVE_POWER,
        is_setting=control.point.quantity not in _POWERS,
    )
    ahead, blind = _ahead(asked, picture, tags, faulted_parts(as_of=as_of))
    alone = island_behind(control.point.equipment_mrid, as_of=as_of) if act == Act.OPEN else ""
    if alone and ahead is not None:
        ahead = replace(ahead, customers_lost=0, kw_lost=0.0, nodes_lost=0)
    here = [HungTag(TagKind(tag.kind), tag.reason, tag.placed_by.get_username()) for tag in tags if _is_on(tag, mrid)]
    own = [*_checked(control, act, value, as_of), *findings(act, _kind(mrid, picture), here, ahead, blind=blind)]
    own += [Finding(Level.TELLS, alone)] if alone else []
    found = sorted(own, key=lambda one: list(Level).index(one.level))
    second = _needs_second(control, ahead)
    document = {
        "as_of": as_of.isoformat(),
        "device": {"mrid": mrid, "name": device_name, "point": control.point.name},
        "act": act.value,
        "act_label": str(act.label),
        "value": value,
        "unit": control.point.unit,
        "present": present_document(present, as_of=as_of),
        "sentence": _sentence(act, device_name, value, control.point.unit, ahead),
        "findings": [asdict(one) for one in found],
        "needs_second": second,
        "effect": asdict(ahead) if ahead is not None else None,
        "milliseconds": round(1000 * (time.perf_counter() - begun)),
    }
    return Shown(found, second, document)


def _checked(control: ControlPoint, act: Act, value: float, as_of: datetime) -> list[Finding]:
    """What desks above have installed for set-points of their devices."""
    if act not in (Act.SET, Act.RELEASE):
        return []
    wanted = SetPoint(control.point.equipment_mrid, control.point.quantity, value if act == Act.SET else None)
    said = order_objections(wanted, as_of=as_of)
    return [Finding(Level.BLOCKS, text, AddCause.BLOCKED_BY_PROCESS) for text in said]


def present_document(present: telemetry.PointValue, *, as_of: datetime) -> dict[str, Any]:
    value = present.value
    is_switch = present.point.quantity == Quantity.SWITCH_STATE
    text = "not known" if value is None else _STATE_WORDS.get(value, f"{value:g}") if is_switch else f"{value:g}"
    return {
        "value": value,
        "text": text,
        "unit": present.point.unit,
        "at": present.at.isoformat() if present.at else None,
        "age_s": round((as_of - present.at).total_seconds(), 1) if present.at else None,
        "quality": present.quality,
        "is_valid": is_valid(present),
        "is_stale": present.is_stale,
    }


def is_valid(present: telemetry.PointValue) -> bool:
    return present.value is not None and (present.quality & VALIDITY_MASK) != Quality.INVALID


def _is_on(tag: Tag, mrid: str) -> bool:
    return str(tag.equipment_mrid) == mrid


def _ahead(
    asked: Asked, picture: Picture, tags: Sequence[Tag], faulted: Mapping[str, str]
) -> tuple[LookAhead | None, str]:
    if picture.network is None or picture.point is None:
        return None, picture.reason
    switches = picture.network.switches.position
    earthed = {str(tag.equipment_mrid) for tag in tags if tag.kind == TagKind.EARTH}
    # A hold on an open switch keeps it open; the part up to it may be live.
    held = {str(tag.equipment_mrid) for tag in tags if tag.kind == TagKind.HOLD} - switches.keys()
    try:
        known = picture.circumstances(earthed=earthed, held=held, faulted=faulted)
        return look_ahead(picture.network, picture.point, asked, known), ""
    except KeyError:
        return None, "The live network does not have this device."
    except ValueError as contradiction:
        return None, f"{contradiction} The meters and the estimate do not agree."


def _kind(mrid: str, picture: Picture) -> str:
    if picture.network is None:
        return ""
    rows = Switch.objects.filter(model_id=picture.network.model_id, mrid=UUID(mrid))
    return rows.values_list("kind", flat=True).first() or ""


def _needs_second(control: ControlPoint, ahead: LookAhead | None) -> str:
    if control.is_critical:
        return "This device is marked critical: a second person decides."
    most = control.critical_kw
    if most is not None and ahead is not None and ahead.kw_lost > most:
        return f"{ahead.kw_lost:,.0f} kW lose supply, more than {most:,.0f} kW: a second person decides."
    return ""


def _sentence(act: Act, name: str, value: float, unit: str, ahead: LookAhead | None) -> str:
    """Names the act, the device and the gravest consequence."""
    what = f"{act.label} {name}"
    if act == Act.SET:
        what = f"Set {name} to {value:g} {unit}"
    elif act not in _SWITCHING and act != Act.RELEASE:
        what = f"{act.label}: {name}, to position {value:g}"
    if ahead is None:
        return f"{what}: what it does is not known."
    parts = []
    if ahead.nodes_lost:
        parts.append(f"{ahead.customers_lost:,} customers and {ahead.kw_lost:,.0f} kW lose supply")
    if ahead.nodes_gained:
        parts.append(f"{ahead.customers_gained:,} customers get supply")
    if ahead.joins_live:
        parts.append("live parts are joined")
    if ahead.limits_gained:
        parts.append(f"{len(ahead.limits_gained)} limits are broken")
    return f"{what}: {', '.join(parts)}." if parts else f"{what}: nobody loses supply, no limit is broken."


def gravest(found: Sequence[Finding]) -> list[str]:
    return [one.text for one in found if one.level is not Level.TELLS]
