"""Microgrids as the API and the pages show them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.assets import selectors as assets
from apps.microgrids.choices.microgrid import Known, LoadPriority, MemberKind
from apps.microgrids.models import Microgrid, MicrogridMember, ReadinessRun
from apps.microgrids.rules.remarks import remarks
from apps.microgrids.rules.situation import MemberNow, Reading, Situation
from apps.microgrids.selectors.scene import microgrid_now


def list_document(*, as_of: datetime) -> dict[str, Any]:
    rows = list(Microgrid.objects.prefetch_related("members"))
    return {"as_of": as_of.isoformat(), "microgrids": [row_document(one, as_of=as_of) for one in rows]}


def row_document(microgrid: Microgrid, *, as_of: datetime) -> dict[str, Any]:
    now = microgrid_now(microgrid, as_of=as_of)
    return {
        "mrid": str(microgrid.mrid),
        "name": microgrid.name,
        "is_active": microgrid.is_active,
        "note": microgrid.note,
        "version": microgrid.version,
        **_summary(now),
        "hours_alone": _hours(microgrid),
        "customers": sum(one.customers for one in microgrid.members.all()),
        "remarks": remarks(now),
    }


def microgrid_document(microgrid: Microgrid, *, as_of: datetime) -> dict[str, Any]:
    now = microgrid_now(microgrid, as_of=as_of)
    members = {one.element_mrid: one for one in microgrid.members.all()}
    names = _names([microgrid.coupling_switch_mrid, microgrid.forming_mrid])
    return {
        "as_of": as_of.isoformat(),
        "mrid": str(microgrid.mrid),
        "name": microgrid.name,
        "is_active": microgrid.is_active,
        "note": microgrid.note,
        "version": microgrid.version,
        "coupling": {"mrid": str(microgrid.coupling_switch_mrid), "name": names.get(microgrid.coupling_switch_mrid)},
        "forming": {"mrid": str(microgrid.forming_mrid), "name": names.get(microgrid.forming_mrid)},
        "controller": microgrid.controller_gateway.name if microgrid.controller_gateway else None,
        "customers": sum(one.customers for one in members.values()),
        **_summary(now),
        "readings": _readings(now),
        "members": [_member(members[one.element_mrid], one, now) for one in now.members],
        "hours_alone": _hours(microgrid),
        "remarks": remarks(now),
    }


def proposal_document(members: Iterable[MicrogridMember], forming: UUID, customers: int) -> dict[str, Any]:
    rows = [_defined(one) for one in members]
    return {"forming_mrid": str(forming), "customers": customers, "members": rows}


def reading_document(reading: Reading, as_of: datetime) -> dict[str, Any]:
    return {
        "value": reading.value,
        "at": reading.at.isoformat() if reading.at else None,
        "age_s": reading.age_s(as_of),
        "known": reading.known.value,
        "known_label": Known(reading.known).label,
        "is_doubtful": reading.is_doubtful,
    }


def _summary(now: Situation) -> dict[str, Any]:
    cut = {priority: any(one.is_cut for one in _loads(now, priority)) for priority in LoadPriority}
    return {
        "mode": None if now.mode is None else now.mode.name.lower(),
        "mode_label": "Not known" if now.mode is None else now.mode.label,
        "coupling_closed": now.coupling_closed,
        "is_alone": now.is_alone,
        "exchange_kw": now.exchange_kw.value,
        "frequency_hz": now.frequency_hz.value,
        "voltage_pu": now.voltage_pu.value,
        "soc_kwh": now.soc_kwh,
        "capacity_kwh": now.capacity_kwh,
        "fuel_kwh": now.fuel_kwh,
        "generation_kw": {kind.value: _given(now, kind) for kind in MemberKind if kind != MemberKind.LOAD},
        "load_kw": [
            {
                "priority": priority.value,
                "label": priority.label,
                "kw": now.load_kw(priority),
                "count": len(_loads(now, priority)),
                "is_cut": cut[priority],
            }
            for priority in LoadPriority
        ],
        "shed_group": now.shed_group,
    }


def _loads(now: Situation, priority: LoadPriority) -> list[MemberNow]:
    return [one for one in now.of(MemberKind.LOAD) if one.priority == priority]


def _given(now: Situation, kind: MemberKind) -> float | None:
    """Into the island, of all of a kind; None where one of them is not known, or there is none."""
    values = [one.p_kw.value for one in now.of(kind)]
    known = [value for value in values if value is not None]
    return sum(known) if values and len(known) == len(values) else None


def _readings(now: Situation) -> dict[str, Any]:
    names = (
        "coupling",
        "exchange_kw",
        "frequency_hz",
        "voltage_pu",
        "grid_voltage_pu",
        "grid_frequency_hz",
        "voltage_difference_pu",
        "slip_hz",
        "angle_deg",
    )
    return {name: reading_document(getattr(now, name), now.as_of) for name in names}


def _member(row: MicrogridMember, member: MemberNow, now: Situation) -> dict[str, Any]:
    return {
        **_defined(row),
        "p_kw": reading_document(member.p_kw, now.as_of),
        "available_kw": reading_document(member.available_kw, now.as_of),
        "soc": reading_document(member.soc, now.as_of),
        "soc_kwh": member.soc_kwh,
        "fuel_left_kwh": reading_document(member.fuel_kwh, now.as_of),
        "running": member.running,
        "is_cut": member.is_cut,
    }


def _defined(row: MicrogridMember) -> dict[str, Any]:
    return {
        "element_mrid": str(row.element_mrid),
        "name": row.name,
        "kind": row.kind,
        "kind_label": MemberKind(row.kind).label,
        "priority": row.priority,
        "switch_mrid": str(row.switch_mrid) if row.switch_mrid else None,
        "customers": row.customers,
        "rated_kw": row.rated_kw,
        "capacity_kwh": row.capacity_kwh,
        "least_kw": row.least_kw,
        "fuel_kwh": row.fuel_kwh,
        "start_cost_eur": row.start_cost_eur,
        "fuel_cost_eur_per_kwh": row.fuel_cost_eur_per_kwh,
        "emissions_kg_per_kwh": row.emissions_kg_per_kwh,
    }


def _hours(microgrid: Microgrid) -> dict[str, Any] | None:
    """By the newest run, of critical loads alone, of those and the important, of all."""
    run = ReadinessRun.objects.filter(microgrid=microgrid).order_by("-as_of").first()
    if run is None:
        return None
    return {"as_of": run.as_of.isoformat(), "outcome": run.outcome, "reason": run.reason, "by_priority": run.hours}


def _names(mrids: Iterable[UUID]) -> dict[UUID, str]:
    model = assets.current_model()
    if model is None:
        return {}
    return {UUID(mrid): one.name for mrid, one in assets.elements(model=model, mrids=map(str, mrids)).items()}
