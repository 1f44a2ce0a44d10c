"""The hours ahead: envelopes of all connection points, limits that will be broken, what could be done about them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.dispatch.adapters import limits as stored
from apps.dispatch.adapters.expected import STEP, Ahead, ahead_of, only_now
from apps.dispatch.choices.ahead import AheadOutcome
from apps.dispatch.choices.proposal import Breach, TroubleOrigin
from apps.dispatch.models import HoursAhead, Trouble
from apps.dispatch.selectors.objectives import objectives_now
from apps.dispatch.services.foreseen import newest_look_ahead, note_worst, watch_foreseen
from apps.dispatch.services.hours_ahead import keep_hours_ahead
from apps.dispatch.services.scenes import Live, NoState, live_scene, scene_from
from apps.dispatch.services.troubles import note_finding
from apps.dispatch.services.verification import checked_trouble
from apps.forecasts.services.look_ahead import from_forecasts
from apps.optimization.adapters.congestion import priced
from apps.optimization.adapters.envelopes import Limits, envelopes_of
from apps.optimization.adapters.forecast_state import Broken, Hours, broken_state
from apps.optimization.adapters.goals import rates_by_goals
from apps.optimization.adapters.rates import Rates
from apps.optimization.selectors.rates import cost_rates
from apps.optimization.services.answers import answered
from apps.optimization.services.least_held import LeastHeld
from apps.optimization.services.optimised import LoadBalancing
from apps.optimization.services.single_device import SingleDevices
from apps.state.adapters import ENGINE_VERSION
from apps.state.adapters.look_ahead import Expected
from apps.state.models import LookAhead
from apps.state.services.look_ahead import NotEnoughHistory

STEPS = 96
UPPER = 1.64  # standard deviations: one future in twenty draws more
MOST_FORESEEN, MOST_PRESENT = 6, 6  # in one run; the others in the next
_UNSEEN = (
    "Once tap changers have regulated, neither what is expected nor 2 standard deviations beyond it breaks the limit; "
    "the look ahead leaves taps where they are. There is no state to try remedies on."
)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Found:
    live: Live
    hours: Hours | None
    ahead: Ahead
    limits: Limits
    look_ahead: LookAhead | None


def work_out(*, clock: Clock) -> HoursAhead:
    """A run as a row, with its congestion and the foreseen troubles; also where nothing could be worked out."""
    begun, as_of = time.perf_counter(), clock()
    try:
        live = live_scene(as_of=as_of)
    except NoState as unknown:
        return keep_hours_ahead(_row(as_of, begun, outcome=AheadOutcome.NO_STATE, reason=str(unknown)[:400]), [])
    found = _found(live)
    congestion = [told for told in (*_present(found), *_coming(found)) if told is not None]
    outcome = AheadOutcome.DONE if found.hours else AheadOutcome.ONLY_NOW
    return keep_hours_ahead(_row(as_of, begun, outcome=outcome, **_told(found)), congestion)


def _found(live: Live) -> _Found:
    network, first = live.scene.place.network, next_quarter(live.as_of)
    try:
        expected = from_forecasts(network, first, STEPS)
    except NotEnoughHistory as shortage:
        ahead = only_now(live.scene.base, live.as_of, str(shortage))
        return _Found(live, None, ahead, _envelopes(live, ahead, None, first), newest_look_ahead(live))
    ahead = ahead_of(live.scene.base, network, expected, as_of=live.as_of, first=first)
    hours = Hours(live.scene, live.as_of, expected, first)
    return _Found(live, hours, ahead, _envelopes(live, ahead, expected, first), newest_look_ahead(live))


def _envelopes(live: Live, ahead: Ahead, expected: Expected | None, first: datetime) -> Limits:
    return envelopes_of(live.scene, ahead, _highest_draw(live, ahead, expected, first))


def _highest_draw(live: Live, ahead: Ahead, expected: Expected | None, first: datetime) -> npt.NDArray[np.float64]:
    """Per injection, in any of the steps, if the totals are as high as in one future of twenty."""
    drawn = -ahead.p_kw.min(axis=0)
    if expected is not None:
        told = expected.expectation
        high = replace(expected, expectation=replace(told, mean_kw=told.mean_kw - UPPER * told.sd_kw))
        more = ahead_of(live.scene.base, live.scene.place.network, high, as_of=live.as_of, first=first)
        drawn = np.maximum(drawn, -more.p_kw.min(axis=0))
    return np.asarray(np.maximum(drawn, 0.0), np.float64)


def _present(found: _Found) -> list[dict[str, Any] | None]:
    rows = Trouble.objects.standing().filter(origin=TroubleOrigin.LIVE, limit__isnull=False)
    basis = "The estimated state of now."
    return [_congested(found, row, found.live, found.live.as_of, basis) for row in rows[:MOST_PRESENT]]


def _coming(found: _Found) -> list[dict[str, Any] | None]:
    troubles = watch_foreseen(found.live, found.look_ahead)
    if found.hours is None:
        return []
    longest_ago = sorted(troubles, key=lambda row: (row.looked_at is not None, row.looked_at or row.began_at))
    return [_looked(found, found.hours, trouble) for trouble in longest_ago[:MOST_FORESEEN]]


def _looked(found: _Found, hours: Hours, trouble: Trouble) -> dict[str, Any] | None:
    """A foreseen trouble in the state in which it is one: its prices, and the desks' answers checked on that state."""
    if trouble.begins_at is None or trouble.ends_at is None:
        return None
    broken = broken_state(hours, checked_trouble(trouble), begins_at=trouble.begins_at, ends_at=trouble.ends_at)
    note_worst(trouble, worst_at=broken.at if broken else None)
    if broken is None:
        note_finding(trouble, finding=_UNSEEN, as_of=found.live.as_of)
        return None
    there = _live_then(found.live, broken)
    answered(there, trouble, [SingleDevices(there), LoadBalancing(there), LeastHeld(there)], lambda _: None)
    return _congested(found, trouble, there, broken.at, broken.words)


def _live_then(live: Live, broken: Broken) -> Live:
    then = scene_from(broken.scene.base, live.model, solution=live.solution, as_of=live.as_of)
    told = {"state_of": broken.at.isoformat(), "state_is": broken.words}
    return replace(then, versions=then.versions | told)


def _congested(found: _Found, trouble: Trouble, live: Live, at: datetime, basis: str) -> dict[str, Any] | None:
    told = priced(live.scene, Breach(trouble.breach), trouble.elements, found.limits.nodes, weighted_rates())
    if told is None:
        return None
    return {
        "trouble": trouble,
        "breach": trouble.breach,
        "element_mrid": told.worst.mrid,
        "element_name": told.worst.name[:200],
        "is_now": not trouble.is_foreseen,
        "state_of": at,
        "basis": basis[:300],
        "value": told.worst.value,
        "limit": told.worst.limit,
        "unit": trouble.unit,
        "is_feasible": told.is_feasible,
        "relief_kw": told.relief_kw,
        "cost_eur_per_h": told.cost_eur_per_h,
        "sentences": list(told.sentences),
        "offers": list(told.offers),
        "prices": stored.packed_prices(told.prices),
    }


def weighted_rates() -> Rates:
    """By the goals that a person has set: what relief is worth, not what somebody is paid for it."""
    return rates_by_goals(cost_rates(), objectives_now())


def _told(found: _Found) -> dict[str, Any]:
    limits, live = found.limits, found.live
    return {
        "reason": "" if found.hours else found.ahead.said_by[:400],
        "network_model": live.model,
        "solution": live.solution,
        "look_ahead": found.look_ahead,
        "versions": live.versions,
        "expected_from": found.ahead.said_by[:400],
        "starts": [start.isoformat() for start in limits.starts],
        "ends_at": limits.ends_at,
        "intervals": list(limits.intervals),
        "points": stored.packed_positions(limits.nodes),
        "import_kw": stored.packed(limits.import_kw),
        "export_kw": stored.packed(limits.export_kw),
        "expected_kw": stored.packed(limits.expected_kw),
        "asked_kw": stored.packed(np.stack([limits.asked_import_kw, limits.asked_export_kw])),
    }


def _row(as_of: datetime, begun: float, **told: Any) -> HoursAhead:
    duration_ms = 1000 * (time.perf_counter() - begun)
    return HoursAhead(as_of=as_of, duration_ms=duration_ms, engine_version=ENGINE_VERSION, **told)


def next_quarter(as_of: datetime) -> datetime:
    step = STEP.total_seconds()
    return datetime.fromtimestamp(-(-as_of.timestamp() // step) * step, UTC)
