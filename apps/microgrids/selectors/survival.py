"""How likely an outage at any of the hours measured would have been outlived, with the charge that there really was."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np

from apps.forecasts.adapters.arrays import steps_between
from apps.forecasts.models import STEP_S
from apps.forecasts.selectors.measured import point_means
from apps.microgrids.adapters.readiness_courses import FloatArray
from apps.microgrids.adapters.survival import survival_document
from apps.microgrids.choices.microgrid import FieldQuantity, LoadPriority, MemberKind
from apps.microgrids.models import Microgrid, MicrogridMember, ReadinessTerms
from apps.telemetry.models import MeasurementPoint


def survivability_of(microgrid: Microgrid, *, begin: datetime, end: datetime) -> dict[str, Any]:
    begin, end = (_quarter(at) for at in (begin, end))
    members = list(microgrid.members.all())
    powers = _measured(members, FieldQuantity.ACTIVE_POWER, begin, end)
    charge = _measured(members, FieldQuantity.STATE_OF_CHARGE, begin, end)
    stores = [one for one in members if MemberKind(one.kind) == MemberKind.STORAGE]
    steps = steps_between(begin, end)
    soc = [0.01 * (one.capacity_kwh or 0.0) * charge.get(one.element_mrid, np.full(steps, np.nan)) for one in stores]
    terms = ReadinessTerms.objects.filter(microgrid=microgrid).first() or ReadinessTerms(microgrid=microgrid)
    loads = {one: _summed(_of_class(members, one), powers, steps) for one in LoadPriority}
    plants = [one for one in members if MemberKind(one.kind) == MemberKind.RENEWABLE]
    found = survival_document(
        load_kw=loads,
        renewable_kw=np.maximum(-_summed(plants, powers, steps), 0.0),
        soc_kwh=np.sum(soc, axis=0) if soc else np.zeros(steps),
        capacity_kwh=sum(one.capacity_kwh or 0.0 for one in stores),
        rated_kw=sum(one.rated_kw for one in stores),
        terms=terms,
    )
    unmetered = [one.name for one in members if MemberKind(one.kind) == MemberKind.LOAD and _lacks(one, powers)]
    return found | {"unmetered_loads": len(unmetered), "begin": begin, "end": end}


def _quarter(at: datetime) -> datetime:
    return datetime.fromtimestamp(int(at.timestamp()) // STEP_S * STEP_S, UTC)


def _of_class(members: Sequence[MicrogridMember], priority: LoadPriority) -> list[MicrogridMember]:
    return [one for one in members if one.priority == priority]


def _lacks(member: MicrogridMember, powers: Mapping[UUID, FloatArray]) -> bool:
    return member.element_mrid not in powers


def _summed(members: Sequence[MicrogridMember], powers: Mapping[UUID, FloatArray], steps: int) -> FloatArray:
    """Positive into the equipment. A load without a meter makes its class unknown."""
    blank = np.full(steps, np.nan)
    return np.sum([powers.get(one.element_mrid, blank) for one in members], axis=0) if members else np.zeros(steps)


def _measured(
    members: Sequence[MicrogridMember], quantity: FieldQuantity, begin: datetime, end: datetime
) -> dict[UUID, FloatArray]:
    mrids = [one.element_mrid for one in members]
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=mrids, quantity=quantity.value).order_by("id")
    points = dict(rows.values_list("equipment_mrid", "pk"))
    return dict(zip(points, point_means(list(points.values()), start=begin, end=end), strict=True))
