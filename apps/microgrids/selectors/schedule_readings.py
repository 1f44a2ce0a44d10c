"""What the meters say of the first period of a schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from apps.assets import selectors as assets
from apps.forecasts.selectors.measured import point_means
from apps.microgrids.adapters.exchange import estimated_exchange
from apps.microgrids.adapters.parts import part_behind
from apps.microgrids.adapters.scheduling import period_cost
from apps.microgrids.choices.microgrid import MemberKind
from apps.microgrids.choices.schedule import STEP
from apps.microgrids.models import Microgrid, MicrogridMember, ScheduleRun
from apps.microgrids.selectors.schedules import terms_of
from apps.state import frames
from apps.state.models import Solution
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

LEAST_FRAMES = 3
MOST_FRAMES = 15  # of a period, spread over it


@dataclass(frozen=True, slots=True)
class Read:
    """Without a cost it has a reason."""

    cost_eur: float | None
    reason: str


def first_period_read(run: ScheduleRun) -> Read:
    if run.starts_at is None or not run.periods:
        return Read(None, "The run has no period.")
    members = list(run.microgrid.members.filter(kind__in=(MemberKind.STORAGE, MemberKind.GENERATOR)))
    means = _member_means(members, run.starts_at)
    silent = [one.name for one, kw in zip(members, means, strict=True) if kw is None]
    if silent:
        return Read(None, f"The meters of {', '.join(silent[:3])} say too little of the period.")
    exchange = mean_exchange(run.microgrid, run.starts_at)
    if exchange is None:
        return Read(None, "What crossed the coupling in the period is neither metered nor estimated.")
    known = [(one, kw) for one, kw in zip(members, means, strict=True) if kw is not None]
    burned = sum(one.fuel_cost_eur_per_kwh * max(kw, 0.0) for one, kw in known if one.kind == MemberKind.GENERATOR)
    given = sum(max(kw, 0.0) for one, kw in known if one.kind == MemberKind.STORAGE)
    first = run.periods[0]
    cost = period_cost(
        import_kw=exchange,
        buy=first["buy"],
        sell=first["sell"],
        generators_eur_h=burned,
        given_kw=given,
        wear=terms_of(run.microgrid)[1].wear_eur_per_kwh,
    )
    return Read(cost, "")


def _member_means(members: Sequence[MicrogridMember], starts_at: datetime) -> list[float | None]:
    """kW into the island; a meter reads what flows into the equipment."""
    mrids = [one.element_mrid for one in members]
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=mrids, quantity=Quantity.ACTIVE_POWER).order_by("id")
    point: dict[UUID | None, int] = {mrid: key for mrid, key in rows.values_list("equipment_mrid", "pk")}
    keys = sorted(set(point.values()))
    means = point_means(keys, start=starts_at, end=starts_at + STEP) if keys else np.zeros((0, 1))
    told = {key: float(row[0]) for key, row in zip(keys, means, strict=True) if np.isfinite(row[0])}
    return [-told[point[mrid]] if mrid in point and point[mrid] in told else None for mrid in mrids]


def mean_exchange(microgrid: Microgrid, starts_at: datetime) -> float | None:
    """kW from the grid, by the estimates of the period; an open coupling carries nothing and leaves no estimate."""
    model = assets.current_model()
    if model is None:
        return None
    network = assets.assembled(model)
    part = part_behind(network, str(microgrid.coupling_switch_mrid))
    if isinstance(part, str):
        return None
    span = Solution.objects.filter(network_model_id=network.model_id, as_of__gte=starts_at, as_of__lt=starts_at + STEP)
    keys = list(span.exclude(frame=b"").order_by("as_of").values_list("pk", flat=True))
    chosen = keys[:: max(1, len(keys) // MOST_FRAMES)]
    frames_of = Solution.objects.filter(pk__in=chosen).values_list("frame", flat=True)
    found = [estimated_exchange(network, frames.decode(bytes(one)), part) for one in frames_of]
    known = [one.kw for one in found if one is not None]
    return float(np.mean(known)) if len(known) >= LEAST_FRAMES else None
