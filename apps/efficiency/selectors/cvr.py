"""Voltage experiments as they are shown."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.dispatch.models import Order
from apps.efficiency.adapters.cvr import guard_now
from apps.efficiency.adapters.cvr_site import PERCENT
from apps.efficiency.choices.cvr import IS_LOW, OPEN_CVR, CvrStatus
from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.efficiency.selectors.cvr_money import money_of
from apps.efficiency.selectors.cvr_readings import voltages_now

MOST_LISTED = 50
_UNSURE = {"value": None, "low": None, "high": None}


def experiments() -> QuerySet[CvrExperiment]:
    rows = CvrExperiment.objects.select_related("made_by", "approved_by")
    return rows.annotate(
        day_count=Count("days"),
        reduced_count=Count("days", filter=Q(days__reduced=True)),
        guard_day_count=Count("days", filter=Q(days__guard_hit=True)),
        measured_count=Count("days", filter=Q(days__energy_kwh__isnull=False)),
    )


def experiment_documents(*, as_of: datetime) -> list[dict[str, Any]]:
    """The newest first."""
    rows = experiments().filter(made_at__lte=as_of).order_by("-id")[:MOST_LISTED]
    return [experiment_document(one) for one in rows]


def experiment_document(one: CvrExperiment) -> dict[str, Any]:
    """Of a row of `experiments()`."""
    result = one.result or {}
    return {
        "id": one.pk,
        "feeder_mrid": str(one.feeder_mrid),
        "feeder_name": one.feeder_name,
        "units": [{"mrid": unit["mrid"], "name": unit["name"]} for unit in one.units],
        "steps_down": one.steps_down,
        "step_percent": max(unit["step_percent"] for unit in one.units),
        "limit_pu": one.limit_pu,
        "margin_pu": one.margin_pu,
        "guard_pu": one.guard_pu,
        "most_guard_days": one.most_guard_days,
        "most_operations_per_day": one.most_operations_per_day,
        "confidence": one.confidence,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "purpose": one.purpose,
        "status": one.status,
        "status_label": CvrStatus(one.status).label,
        "is_open": CvrStatus(one.status) in OPEN_CVR,
        "reason": one.reason,
        "made_at": one.made_at,
        "made_by": _word(one.made_by),
        "approved_at": one.approved_at,
        "approved_by": _word(one.approved_by),
        "ended_at": one.ended_at,
        "days": getattr(one, "day_count", 0),
        "reduced_days": getattr(one, "reduced_count", 0),
        "guard_days": getattr(one, "guard_day_count", 0),
        "measured_days": getattr(one, "measured_count", 0),
        "factor": result.get("factor", _UNSURE),
        "saved_kwh": result.get("saved_kwh", _UNSURE),
        "no_factor_because": result.get("reason", "" if result else "Nothing was measured yet."),
        "scored_at": one.scored_at,
    }


def whole_document(one: CvrExperiment, *, as_of: datetime) -> dict[str, Any]:
    """With its days, its guard now, its plan and all that the measurement says."""
    operations = Order.objects.filter(purpose__startswith=f"CVR {one.pk}, ", ordered_at__isnull=False).count()
    return experiment_document(one) | {
        "plan": one.plan,
        "result": one.result,
        "reference_feeders": len(one.reference),
        "operations": operations,
        "money": money_of(one, operations=operations, as_of=as_of),
        "guard": _guard(one, as_of),
        "calendar": [_day(row) for row in one.days.order_by("day")],
    }


def _guard(one: CvrExperiment, as_of: datetime) -> dict[str, Any]:
    """The watched voltages as they are now, whether it runs or not."""
    voltages = voltages_now(one.bellwethers, as_of=as_of)
    step_pu = max(unit["step_percent"] for unit in one.units) / PERCENT
    found = guard_now(voltages, limit_pu=one.limit_pu, margin_pu=one.margin_pu, step_pu=step_pu)
    return {
        "as_of": as_of,
        "state": found.state.value,
        "lowest_pu": found.lowest_pu if found.at >= 0 else None,
        "lowest_at": one.bellwethers[found.at]["name"] if found.at >= 0 else "",
        "is_low": one.days.filter(state__in=IS_LOW).exists(),
        "bellwethers": [
            {"mrid": told["mrid"], "name": told["name"], "voltage_pu": now}
            for told, now in zip(one.bellwethers, voltages, strict=True)
        ],
    }


def _day(row: CvrDay) -> dict[str, Any]:
    return {
        "day": row.day,
        "reduced": row.reduced,
        "state": row.state,
        "state_label": row.get_state_display(),
        "note": row.note,
        "guard_hit": row.guard_hit,
        "lowered_at": row.lowered_at,
        "went_back_at": row.went_back_at,
        "energy_kwh": row.energy_kwh,
        "voltage_pu": row.voltage_pu,
        "lowest_pu": row.lowest_pu,
        "lowest_at": row.lowest_at,
        "hours_known": row.hours_known,
        "temperature_c": row.temperature_c,
    }


def _word(user: User | None) -> str | None:
    return None if user is None else user.get_full_name() or user.get_username()
