from datetime import datetime
from typing import Any

from apps.dispatch.choices.objective import (
    AS_DELIVERED,
    HONOUR_LABEL,
    HONOURED,
    READS_NONE,
    Goal,
    weight_name,
)
from apps.dispatch.choices.proposal import DESK_LABEL
from apps.dispatch.models import ObjectiveVersion

MOST_LISTED = 100
FIELDS: tuple[str, ...] = (
    "horizon_h",
    *(weight_name(goal) for goal in Goal),
    "co2_eur_per_t",
    "lost_load_eur_per_kwh",
    "voltage_margin_pu",
    "least_nadir_hz",
    "most_rocof_hz_s",
    "least_reserve_kw",
)
LABELS: dict[str, str] = {
    "horizon_h": "Horizon of plans",
    **{weight_name(goal): goal.label for goal in Goal},
    "co2_eur_per_t": "Price of CO2",
    "lost_load_eur_per_kwh": "Worth of energy not supplied",
    "voltage_margin_pu": "Margin within voltage limits",
    "least_nadir_hz": "Lowest frequency after a loss",
    "most_rocof_hz_s": "Fastest fall of the frequency",
    "least_reserve_kw": "Least reserve",
}
UNITS: dict[str, str] = {
    "horizon_h": "h",
    "co2_eur_per_t": "EUR/t",
    "lost_load_eur_per_kwh": "EUR/kWh",
    "voltage_margin_pu": "pu",
    "least_nadir_hz": "Hz",
    "most_rocof_hz_s": "Hz/s",
    "least_reserve_kw": "kW",
}


def objectives_now() -> ObjectiveVersion:
    return ObjectiveVersion.objects.now()


def objectives_document(row: ObjectiveVersion, before: ObjectiveVersion | None) -> dict[str, Any]:
    """before: what it is compared with; None where there was nothing before it."""
    is_set = row.version != AS_DELIVERED
    return {
        "version": row.version,
        "is_active": row.is_active,
        "reason": row.reason if is_set else "As delivered: every desk does what it was made to do.",
        "set_at": _text(row.set_at) if is_set else None,
        "set_by": row.set_by.get_username() if is_set else None,
        "values": values_of(row),
        "changes": changes(before, row) if before is not None else [],
    }


def values_of(row: ObjectiveVersion) -> dict[str, float | None]:
    return {name: getattr(row, name) for name in FIELDS}


def changes(before: ObjectiveVersion, after: ObjectiveVersion) -> list[dict[str, Any]]:
    old, new = values_of(before), values_of(after)
    return [
        {"field": name, "label": LABELS[name], "unit": UNITS.get(name, ""), "before": old[name], "after": new[name]}
        for name in FIELDS
        if old[name] != new[name]
    ]


def objectives_overview() -> dict[str, Any]:
    """All versions, the newest first, each with what it changed; and which desk honours what."""
    rows = list(ObjectiveVersion.objects.select_related("set_by")[:MOST_LISTED])
    known = {row.version: row for row in rows} | {AS_DELIVERED: ObjectiveVersion(version=AS_DELIVERED)}
    active = next((row for row in rows if row.is_active), known[AS_DELIVERED])
    return {
        "active": objectives_document(active, known.get(active.version - 1)),
        "versions": [objectives_document(row, known.get(row.version - 1)) for row in rows],
        "fields": field_documents(),
        "desks": desk_documents(),
    }


def objectives_at(version: int) -> dict[str, Any] | None:
    """None where there is no such version."""
    rows = ObjectiveVersion.objects.select_related("set_by")
    delivered = ObjectiveVersion(version=AS_DELIVERED)
    if version == AS_DELIVERED:
        delivered.is_active = not rows.filter(is_active=True).exists()
        return objectives_document(delivered, None)
    row = rows.filter(version=version).first()
    if row is None:
        return None
    return objectives_document(row, rows.filter(version=version - 1).first() or delivered)


def field_documents() -> list[dict[str, Any]]:
    return [_field(name) for name in FIELDS]


def _field(name: str) -> dict[str, Any]:
    column: Any = ObjectiveVersion._meta.get_field(name)
    low, high = (one.limit_value for one in column.validators[:2])
    return {
        "field": name,
        "label": LABELS[name],
        "unit": UNITS.get(name, ""),
        "words": column.help_text,
        "low": float(low),
        "high": float(high),
        "is_weight": name in {weight_name(goal) for goal in Goal},
        "may_be_empty": column.null,
        "default": column.default if not column.null else None,
    }


def desk_documents() -> list[dict[str, Any]]:
    """Which desk makes what of which field; those that read none, with the reason."""
    desks = list(dict.fromkeys(one.desk for one in HONOURED))
    told = [
        {
            "desk": desk,
            "label": desk_name(desk),
            "honours": [
                {"field": one.field, "label": LABELS[one.field], "words": one.words}
                for one in HONOURED
                if one.desk == desk
            ],
            "reason": "",
        }
        for desk in desks
    ]
    return [
        *told,
        *({"desk": desk, "label": desk_name(desk), "honours": [], "reason": why} for desk, why in READS_NONE.items()),
    ]


def desk_name(desk: str) -> str:
    return HONOUR_LABEL.get(desk) or DESK_LABEL[desk]


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
