"""What the voltage desk shows: the feeders by how near their voltages are to a limit, and one feeder as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np

from apps.assets import selectors as assets
from apps.assets.models import ACLineSegment, Feeder, NetworkModel
from apps.dispatch.adapters.expected import FloatArray, IntArray
from apps.dispatch.models import Autonomy
from apps.dispatch.selectors.autonomy import autonomy_document, operations_today
from apps.optimization.adapters.voltage_profile import Profile, Seen, document, extremes, profile_of
from apps.optimization.choices import DESK_VOLTAGE, MOST_A_DAY, VoltageObjective
from apps.optimization.models import OptimizationRun, VoltagePlan, VoltageSetting
from apps.optimization.selectors.runs import run_document
from apps.optimization.selectors.voltage_devices import device_documents
from apps.optimization.selectors.voltage_points import point_documents
from apps.optimization.selectors.voltage_words import proposal_lines, record_line
from apps.state import frames
from apps.state.models import Solution
from apps.state.selectors.places import Places, places

PLANS_LISTED = 8


@dataclass(frozen=True, slots=True)
class _Picture:
    model: NetworkModel
    solution: Solution
    seen: Seen
    where: Places


def feeders_document(*, as_of: datetime) -> dict[str, Any]:
    """Those with least room to a limit first; feeders without known voltages last."""
    picture = _picture()
    if picture is None:
        return {"as_of": as_of.isoformat(), "state_at": None, "model_version": None, "feeders": []}
    rooms = _rooms(picture)
    settings = {row.feeder_mrid: row for row in VoltageSetting.objects.select_related("set_by")}
    rules = {row.feeder_mrid: row for row in Autonomy.objects.filter(desk=DESK_VOLTAGE)}
    plans = _newest_plans()
    rows = [
        _line(feeder, rooms.get(str(feeder.mrid), _NO_NODES))
        | _set_for(feeder.mrid, settings, rules)
        | {"plan": plan_line(plans[feeder.mrid]) if feeder.mrid in plans else None}
        for feeder in _feeders(picture.model)
    ]
    return {
        "as_of": as_of.isoformat(),
        "state_at": picture.solution.as_of.isoformat(),
        "model_version": picture.model.pk,
        "feeders": sorted(rows, key=lambda row: (_room(row), row["name"])),
    }


def feeder_document(mrid: UUID, *, as_of: datetime) -> dict[str, Any] | None:
    """None where the live network has no such feeder, or no state is known of it."""
    picture = _picture()
    feeder = _feeders(picture.model).filter(mrid=mrid).first() if picture else None
    if picture is None or feeder is None:
        return None
    own = _nodes(picture, mrid)
    shown = profile_of(picture.seen, own, feeder.nominal_kv)
    plan = VoltagePlan.objects.filter(feeder_mrid=mrid).first()
    setting = VoltageSetting.objects.select_related("set_by").filter(feeder_mrid=mrid).first()
    most = setting.most_operations_per_day if setting else MOST_A_DAY
    devices = device_documents(picture.seen, own, picture.model, most=most, as_of=as_of)
    return {
        "as_of": as_of.isoformat(),
        "state_at": picture.solution.as_of.isoformat(),
        "feeder": _line(feeder, _rooms(picture).get(str(mrid), _NO_NODES)),
        "profile": document(picture.seen, shown) | {"planned_pu": _planned(picture, shown, plan)},
        "points": point_documents(picture.seen.network, shown, as_of=as_of),
        "setting": setting_document(setting),
        "autonomy": _rule(mrid, as_of),
        "devices": devices,
        "plan": _plan(plan) if plan else None,
        "plans": [plan_line(row) for row in _plans(mrid)],
        "run": _newest_run(),
        "proposals": proposal_lines(mrid, [device["mrid"] for device in devices]),
        "record": record_line(as_of),
    }


_NO_NODES: dict[str, Any] = {"nodes": 0, "known": 0, "low": None, "high": None, "beyond": 0}


def setting_document(setting: VoltageSetting | None) -> dict[str, Any]:
    """What holds where nobody has set anything has nobody's name."""
    return {
        "objective": setting.objective if setting else VoltageObjective.VIOLATIONS.value,
        "objective_label": setting.get_objective_display() if setting else VoltageObjective.VIOLATIONS.label,
        "flat_pu": setting.flat_pu if setting else 1.0,
        "most_operations_per_day": setting.most_operations_per_day if setting else MOST_A_DAY,
        "set_by": setting.set_by.get_username() if setting else None,
        "set_at": setting.set_at.isoformat() if setting else None,
        "reason": setting.reason if setting else "",
    }


def plan_line(plan: VoltagePlan) -> dict[str, Any]:
    return {
        "id": plan.pk,
        "run": plan.run_id,
        "as_of": plan.as_of.isoformat(),
        "objective": plan.objective,
        "is_confirmed": plan.is_confirmed,
        "finding": plan.finding,
        "expected_from": plan.expected_from,
        "moves": [move["words"] for move in plan.moves],
        "figures": plan.figures,
        "duration_ms": plan.duration_ms,
    }


def _picture() -> _Picture | None:
    """The newest state that is solved, on the network that is live."""
    model = assets.current_model()
    if model is None:
        return None
    solution = Solution.objects.filter(network_model=model).exclude(frame=b"").newest()
    if solution is None:
        return None
    seen = Seen(assets.assembled(model), frames.decode(bytes(solution.frame)), _line_km(model.pk, model.revision))
    return _Picture(model, solution, seen, _places(model.pk, model.revision))


# What a version holds moves with its revision only, so that both are enough to remember it by.
@lru_cache(maxsize=2)
def _places(model_id: int, revision: int) -> Places:
    return places(model_id)


@lru_cache(maxsize=2)
def _line_km(model_id: int, revision: int) -> FloatArray:
    """In the order of the network's arrays."""
    rows = ACLineSegment.objects.filter(model_id=model_id).order_by("index").values_list("length_km", flat=True)
    return np.array(list(rows), np.float64)


def _feeders(model: NetworkModel) -> Any:
    return Feeder.objects.filter(model=model).select_related("substation").order_by("name")


def _rooms(picture: _Picture) -> dict[str, dict[str, Any]]:
    where = picture.where
    return extremes(picture.seen, [group.source for group in where.groups], where.group_of_node)


def _nodes(picture: _Picture, feeder: UUID) -> IntArray:
    own = [at for at, group in enumerate(picture.where.groups) if group.source == str(feeder)]
    return np.flatnonzero(np.isin(picture.where.group_of_node, own)).astype(np.int32)


def _line(feeder: Feeder, rooms: dict[str, Any]) -> dict[str, Any]:
    return {
        "mrid": str(feeder.mrid),
        "name": feeder.name,
        "substation": feeder.substation.name if feeder.substation else "",
        "nominal_kv": feeder.nominal_kv,
        "customers": feeder.customers,
        **rooms,
    }


def _set_for(
    mrid: UUID, settings: dict[UUID, VoltageSetting], rules: dict[UUID | None, Autonomy]
) -> dict[str, str | None]:
    setting, rule = settings.get(mrid), rules.get(mrid) or rules.get(None)
    return {
        "objective": setting.objective if setting else VoltageObjective.VIOLATIONS.value,
        "mode": rule.mode if rule else None,
    }


def _room(row: dict[str, Any]) -> float:
    known = [side["room_pu"] for side in (row["low"], row["high"]) if side]
    return min(known, default=float("inf"))


def _rule(mrid: UUID, as_of: datetime) -> dict[str, Any] | None:
    """The feeder's own rule, else that for all others; None: a person approves."""
    rows = {row.feeder_mrid: row for row in Autonomy.objects.filter(desk=DESK_VOLTAGE).select_related("set_by")}
    rule = rows.get(mrid) or rows.get(None)
    return autonomy_document(rule) | {"operations_today": operations_today(rule, as_of)} if rule else None


def _newest_plans() -> dict[UUID, VoltagePlan]:
    rows = VoltagePlan.objects.light().order_by("feeder_mrid", "-id").distinct("feeder_mrid")
    return {row.feeder_mrid: row for row in rows}


def _plans(mrid: UUID) -> Iterable[VoltagePlan]:
    return VoltagePlan.objects.light().filter(feeder_mrid=mrid)[:PLANS_LISTED]


def _plan(plan: VoltagePlan) -> dict[str, Any]:
    return plan_line(plan) | {"course": plan.course}


def _planned(picture: _Picture, shown: Profile, plan: VoltagePlan | None) -> list[float | None]:
    """Per node of the profile, after the plan's moves of now; a plan for another version of the network is none."""
    if plan is None or plan.network_model_id != picture.model.pk or not plan.moves:
        return [None] * len(shown.nodes)
    after = dict(zip(plan.profile.get("mrid", ()), plan.profile.get("after_pu", ()), strict=True))
    return [after.get(picture.seen.network.nodes.mrid[node]) for node in shown.nodes.tolist()]


def _newest_run() -> dict[str, Any] | None:
    run = OptimizationRun.objects.defer("base").select_related("asked_by").order_by("-id").first()
    return run_document(run) if run else None
