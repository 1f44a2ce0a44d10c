"""What customers without supply would take: before the fault by the stored state, from now on by the forecast."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters.expected import STEP, Ahead, ahead_of, only_now
from apps.dispatch.services.scenes import Live
from apps.forecasts.services.look_ahead import from_forecasts
from apps.incidents.adapters.restoring import Hours, at_nodes, dead_injections, hours_of, hours_since, pickup
from apps.incidents.choices.restoring import ASSUMED_REPAIR, LOADS_GOOD_FOR, MOST_HOURS
from apps.incidents.models import Incident, LostLoad
from apps.state.services.look_ahead import NotEnoughHistory
from apps.studies.adapters.base import Base
from apps.studies.rules import Conflict, Refused
from apps.studies.services.starting import past_start

_JUST_BEFORE = timedelta(seconds=4)  # the first scan of the fault may carry an earlier time tag than the fact
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


def keep_lost_load(incident: Incident, network: AssembledNetwork, *, as_of: datetime) -> LostLoad:
    """Looked up once; its factor follows the forecast."""
    found = LostLoad.objects.filter(incident=incident).first()
    if found is not None and set(found.powers) >= _consumers(incident, network):
        return found
    powers, said_by = _before(incident, network, as_of)
    told = {"as_of": as_of, "powers": powers, "said_by": said_by[:300], "factor": 1.0}
    return LostLoad.objects.update_or_create(incident=incident, defaults=told)[0]


def _consumers(incident: Incident, network: AssembledNetwork) -> set[str]:
    return {network.injections.mrid[n] for n in at_nodes(network, incident.nodes).tolist()}


def _before(
    incident: Incident, network: AssembledNetwork, as_of: datetime
) -> tuple[dict[str, tuple[float, float]], str]:
    at = at_nodes(network, incident.nodes)
    instant = incident.began_at - _JUST_BEFORE
    try:
        start = past_start(instant=instant, as_of=as_of)
        if start.model.pk != network.model_id:
            raise Conflict("The network has another version since.")
    except (Refused, Conflict) as unknown:
        share = _share_lost(incident, -float(network.injection.p_kw[at].sum()))
        p, q = share * network.injection.p_kw, share * network.injection.q_kvar
        why = f"the rated load, as far as the last scan says it was drawn, for want of a state before: {unknown}"
        return _by_mrid(network, at, p, q), why
    p, q = start.base.injection_p_kw, start.base.injection_q_kvar
    return _by_mrid(network, at, p, q), f"the load just before the fault, of {start.as_of:%H:%M:%S} UTC"


def _share_lost(incident: Incident, rated_kw: float) -> float:
    """Rated loads never draw all at once; what the incident has lost is known from the last scan."""
    return min(incident.lost_kw / rated_kw, 1.0) if incident.lost_kw > 0 and rated_kw > 0 else 1.0


def _by_mrid(
    network: AssembledNetwork,
    at: npt.NDArray[np.int32],
    p: npt.NDArray[np.float64],
    q: npt.NDArray[np.float64],
) -> dict[str, tuple[float, float]]:
    return {network.injections.mrid[n]: (round(float(p[n]), 3), round(float(q[n]), 3)) for n in at.tolist()}


def hours_of_repair(incident: Incident, live: Live, *, as_of: datetime) -> Hours:
    """Until the repair is over, as the newest estimate has it; says whose word the loads are."""
    estimate = incident.estimates.first()
    until = estimate.likely_at if estimate else as_of + ASSUMED_REPAIR
    rest_h = min(max((until - as_of).total_seconds() / 3600.0, 0.25), float(MOST_HOURS))
    dead = dead_injections(live.scene)
    ahead = _ahead(_without_pickup(live, incident, as_of), live, dead, hours=int(np.ceil(rest_h)))
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


def _ahead(base: Base, live: Live, dead: npt.NDArray[np.bool_], *, hours: int) -> Ahead:
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
