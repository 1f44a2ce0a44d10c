"""The restoration desk in the live system: it looks at every open incident, proposes, and follows what becomes of it.

`look` is called about once a second. It computes only where something has changed that a plan rests on.
"""

import time
from datetime import datetime

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.dispatch.choices.proposal import UNDER_WAY, AutonomyMode, Breach, ProposalStatus
from apps.dispatch.models import Trouble
from apps.dispatch.selectors.autonomy import rule_for
from apps.dispatch.services.autonomy import act_alone
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live, NoState, live_scene
from apps.dispatch.services.troubles import end_trouble
from apps.incidents.choices.restoring import DESK, PLAN_AGAIN, RestorationOutcome
from apps.incidents.models import Incident, RestorationRun
from apps.incidents.rules.restoring import is_sure, is_unrepaired, why_not_yet
from apps.incidents.selectors.ground import ground_of
from apps.incidents.selectors.restoring import (
    are_still,
    key_of,
    positions_of_late,
    proposals_of,
    protection_moved_at,
    supplied_of_late,
    zone_of,
)
from apps.incidents.services.restoring_loads import follow_forecast, keep_lost_load
from apps.incidents.services.restoring_plan import Ground, Look, keep_run, plan_restoration
from apps.incidents.services.restoring_return import plan_return
from apps.incidents.services.restoring_watch import end_alarms, follow

CLOSED = "The incident is open no more."


def look(*, as_of: datetime, live: Live | None = None) -> list[RestorationRun]:
    """Of all open incidents, the oldest first; `live` where the caller knows the state. What was newly worked out."""
    done = []
    for incident in Incident.objects.open().order_by("id"):
        follow(incident, as_of=as_of)
        if _is_wanted(incident) and not _is_under_way(incident):
            run = _looked(incident, as_of=as_of, live=live, asked=False)
            done += [run] if run else []
    _end_of_closed(as_of)
    end_alarms(as_of=as_of)
    if any(run.outcome == RestorationOutcome.PROPOSED for run in done):
        act_alone(as_of=as_of, desk=DESK)
    return done


def look_at(*, number: str, by: User, as_of: datetime, live: Live | None = None) -> RestorationRun:
    """A person asks for it now. Raises Incident.DoesNotExist, and Refused where it is of no use."""
    incident = Incident.objects.get(number=number)
    if not _is_wanted(incident):
        raise Refused(f"Nothing is to be restored: {incident.number} is {incident.get_status_display().lower()}.")
    if _is_under_way(incident):
        raise Refused("A proposal of this incident is under way. Stop it first, or wait for its end.")
    run = _looked(incident, as_of=as_of, live=live, asked=True)
    if run is None:
        raise Refused("The restoration desk is switched off for this feeder. A supervisor switches it on.")
    detail = {"outcome": run.outcome, "text": run.text, "proposals": run.proposals}
    audit.record(actor=by, action="restoration.asked", target=f"incident/{number}", detail=detail, at=as_of)
    return run


def _is_wanted(incident: Incident) -> bool:
    """Somebody waits for supply, or something is left to be put back, or a trouble is to be ended."""
    if not incident.is_open:
        return False
    waits = incident.customers_without > 0 or not is_unrepaired(incident)
    return waits or Trouble.objects.standing().filter(breach=Breach.SUPPLY, source=incident.number).exists()


def _is_under_way(incident: Incident) -> bool:
    return any(ProposalStatus(one.status) in UNDER_WAY for one in proposals_of(incident))


def _looked(incident: Incident, *, as_of: datetime, live: Live | None, asked: bool) -> RestorationRun | None:
    """None where nothing has changed, or the desk is off."""
    begun, model = time.perf_counter(), assets.current_model()
    if model is None or _is_off(incident):
        return None
    keep_lost_load(incident, assets.assembled(model), as_of=as_of)
    zone = zone_of(incident, supplied_of_late(ground_of(model)))
    positions = positions_of_late(model)
    key, last = key_of(incident, zone, positions), incident.restorations.first()
    why, outcome = _why_not(incident, zone.probability, positions, as_of)
    if why:
        is_told = last is not None and last.text == why[:600] and not asked
        return None if is_told else keep_run(Look(incident, zone, key, as_of), outcome, why, begun)
    is_same = last is not None and last.key == key and as_of - last.as_of < PLAN_AGAIN
    if is_same and last is not None and last.outcome not in _TRANSIENT and not asked:
        return None
    try:
        here = live or live_scene(as_of=as_of)
    except NoState as unknown:
        is_told = last is not None and last.text == str(unknown)[:600] and not asked
        blind = Look(incident, zone, key, as_of)
        return None if is_told else keep_run(blind, RestorationOutcome.NO_STATE, str(unknown), begun)
    follow_forecast(incident, here, as_of=as_of)
    ground = Ground(incident, zone, key, as_of, here)
    return plan_restoration(ground) if is_unrepaired(incident) else plan_return(ground)


def _is_off(incident: Incident) -> bool:
    rule = rule_for(DESK, incident.feeder_mrid)
    return rule is not None and rule.mode == AutonomyMode.OFF


_TRANSIENT = frozenset({RestorationOutcome.MOVING, RestorationOutcome.NOT_LOCATED, RestorationOutcome.NO_STATE})


def _why_not(
    incident: Incident, probability: float, positions: list[bytes], as_of: datetime
) -> tuple[str, RestorationOutcome]:
    """After the repair no section counts as faulted, but the switches must stand still all the same."""
    known = probability if is_unrepaired(incident) else 1.0
    why = why_not_yet(incident, known, protection_moved_at(incident), as_of)
    if why:
        return why, RestorationOutcome.MOVING if is_sure(known) else RestorationOutcome.NOT_LOCATED
    if not are_still(positions):
        return "Switches have moved within the last two scans: they are waited for.", RestorationOutcome.MOVING
    return "", RestorationOutcome.MOVING


def _end_of_closed(as_of: datetime) -> None:
    """Troubles of incidents that were closed or cancelled."""
    rows = Trouble.objects.standing().filter(breach__in=(Breach.SUPPLY, Breach.OFF_NORMAL))
    numbers = set(Incident.objects.open().values_list("number", flat=True))
    for trouble in rows:
        if trouble.source not in numbers:
            end_trouble(trouble, as_of=as_of, reason=CLOSED)
