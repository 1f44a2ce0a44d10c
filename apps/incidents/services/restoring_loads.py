"""What customers without supply would take: before the fault by the stored state, from now on by the forecast."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import GENERATOR
from apps.dispatch.adapters.expected import STEP, Ahead, ahead_of, only_now
from apps.dispatch.services.scenes import Live
from apps.forecasts.services.look_ahead import from_forecasts
from apps.incidents.adapters.restoring import Hours, dead_injections, hours_of, hours_since, pickup
from apps.incidents.choices.restoring import ASSUMED_REPAIR, LOADS_GOOD_FOR, MOST_HOURS
from apps.incidents.models import Incident, LostLoad
from apps.incidents.services.lost_load import drawn_before
from apps.state.services.look_ahead import NotEnoughHistory
from apps.studies.adapters.base import Base

_QUARTERS_AN_HOUR = 4
_LEAST_KW = 1e-6


def unsupplied(*, as_of: datetime) -> dict[str, tuple[float, float]]:
    """For dispatch: what all dead loads of open incidents would take in the moment of their restoration."""
    found: dict[str, tuple[float, float]] = {}
    rows = LostLoad.objects.filter(incident__in=Incident.objects.open()).select_related("incident")
    for row in rows:
        factor = row.factor * pickup(row.incident.began_at, as_of)
        found |= {mrid: (factor * p, factor * q) for mrid, (p, q) in row.powers.items()}
    return found


def hours_of_repair(incident: Incident, live: Live, *, as_of: datetime) -> Hours:
    """Until the repair is over, as the newest estimate has it; says whose word the loads are."""
    estimate = incident.estimates.first()
    until = estimate.likely_at if estimate else as_of + ASSUMED_REPAIR
    rest_h = min(max((until - as_of).total_seconds() / 3600.0, 0.25), float(MOST_HOURS))
    dead = dead_injections(live.scene)
    base = with_plants(_without_pickup(live, incident, as_of), live, dead, incident=incident, as_of=as_of)
    ahead = _ahead(base, live, hours=int(np.ceil(rest_h)))
    outage_h = hours_since(incident.began_at, as_of)
    return hours_of(ahead, live.scene.place.network, dead, outage_h=outage_h, rest_h=rest_h)


def _without_pickup(live: Live, incident: Incident, as_of: datetime) -> Base:
    from_dead = dead_injections(live.scene)
    factor = pickup(incident.began_at, as_of)
    base = live.scene.base
    p, q = base.injection_p_kw.copy(), base.injection_q_kvar.copy()
    p[from_dead] /= factor
    q[from_dead] /= factor
    return _with(base, p, q)


def _with(base: Base, p: npt.NDArray[np.float64], q: npt.NDArray[np.float64]) -> Base:
    return Base(
        p, q, base.rest_p_kw, base.rest_q_kvar, base.switch_closed, base.tap_position, base.source_voltage_pu,
        base.source_angle_deg, base.injection_is_metered,
    )  # fmt: skip


def with_plants(base: Base, live: Live, dead: npt.NDArray[np.bool_], *, incident: Incident, as_of: datetime) -> Base:
    """Plants without supply at what they gave before the fault: sooner or later they come back."""
    network = live.scene.place.network
    plants = np.flatnonzero(dead & (network.injection.kind == GENERATOR))
    if not len(plants):
        return base
    mrids = [network.injections.mrid[at] for at in plants.tolist()]
    gave = drawn_before(mrids, network, began_at=incident.began_at, as_of=as_of, load_share=1.0).powers
    p, q = base.injection_p_kw.copy(), base.injection_q_kvar.copy()
    for at, mrid in zip(plants.tolist(), mrids, strict=True):
        p[at], q[at] = gave[mrid]
    return _with(base, p, q)


def _ahead(base: Base, live: Live, *, hours: int) -> Ahead:
    network, first = live.scene.place.network, _next_quarter(live.as_of)
    try:
        expected = from_forecasts(network, first, _QUARTERS_AN_HOUR * hours)
    except NotEnoughHistory as shortage:
        return only_now(base, live.as_of, f"the load of now for all hours: {shortage}")
    return ahead_of(base, network, expected, as_of=live.as_of, first=first)


def follow_forecast(incident: Incident, live: Live, *, as_of: datetime) -> None:
    """The load of now against that before the fault, where a forecast tells both."""
    row = LostLoad.objects.filter(incident=incident).first()
    if row is None or as_of - row.as_of < LOADS_GOOD_FOR:
        return
    network = live.scene.place.network
    try:
        then = from_forecasts(network, _next_quarter(incident.began_at), 1)
        now = from_forecasts(network, _next_quarter(as_of), 1)
    except NotEnoughHistory:
        return
    was, is_now = float(then.expectation.mean_kw[0, 0]), float(now.expectation.mean_kw[0, 0])
    row.factor = is_now / was if abs(was) > _LEAST_KW else 1.0
    row.as_of = as_of
    row.save(update_fields=["factor", "as_of"])


def _next_quarter(as_of: datetime) -> datetime:
    step = STEP.total_seconds()
    return datetime.fromtimestamp(-(-as_of.timestamp() // step) * step, UTC)
