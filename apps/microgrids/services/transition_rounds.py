"""One round over all microgrids: what has happened by itself, what the criteria want, and the next step of what is
under way. Everything that is remembered is in rows, so that a process may end between any two lines."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from apps.alarms.choices import Condition
from apps.dispatch.choices.proposal import AutonomyMode
from apps.microgrids.adapters.transition_plan import aim_of, generators_of, plan_document, shedding_of, view_of
from apps.microgrids.adapters.transition_sequence import (
    Done,
    Enter,
    Failed,
    Give,
    Wish,
    decided,
    next_of,
    waits_for,
)
from apps.microgrids.choices.transition import (
    DECIDE_WITHIN,
    UNSETTLED_STEPS,
    TransitionKind,
    TransitionStage,
    TransitionStatus,
    VetoAgainst,
)
from apps.microgrids.models import Microgrid, Transition, TransitionStep
from apps.microgrids.rules.situation import Situation
from apps.microgrids.selectors.scene import microgrid_now
from apps.microgrids.selectors.transitions import (
    autonomy_of,
    counts_as_alone,
    forbidden,
    last_ended,
    limits_of,
    mode_of,
    open_transition,
    veto_of,
)
from apps.microgrids.services.islanding_rules import ensure_rules, judge
from apps.microgrids.services.transition_checks import Prepared
from apps.microgrids.services.transition_orders import begin_step, follow
from apps.microgrids.services.transition_telling import end_alarm, enter, move, raise_islanded
from apps.microgrids.services.transitions import begin_by_rule, store

log = logging.getLogger("apps.microgrids.rounds")
Clock = Callable[[], datetime]
MOST_VISITS = 30
AGAIN_AFTER = timedelta(minutes=5)  # by itself, after one that did not reach its end
DEAD_PU = 0.1
_STAGES_OF_ISLANDING = frozenset({TransitionStage.BALANCING, TransitionStage.OPENING})
_STAGES_OF_RECONNECTION = frozenset({TransitionStage.WAITING, TransitionStage.SYNCHRONISING, TransitionStage.CLOSING})


def advance(*, clock: Clock) -> int:
    """How many transitions go on. One microgrid that fails keeps no other waiting."""
    for microgrid in Microgrid.objects.active():
        try:
            look_at(microgrid, clock=clock)
        except Exception:
            log.exception("%s was not looked at for a moment", microgrid)
            connection.close()
    return Transition.objects.filter(status=TransitionStatus.RUNNING).count()


def look_at(microgrid: Microgrid, *, clock: Clock) -> None:
    as_of = clock()
    ensure_rules(microgrid)
    situation = microgrid_now(microgrid, as_of=as_of)
    standing = judge(microgrid, situation, as_of=as_of)
    now = open_transition(microgrid)
    if now is None or TransitionStatus(now.status) == TransitionStatus.PROPOSED:
        now = _happened(microgrid, situation, now, as_of) or now
    if now is None:
        _decide(microgrid, situation, standing, as_of)
    elif TransitionStatus(now.status) == TransitionStatus.RUNNING:
        go_on(now, situation, clock=clock)
    elif as_of - now.proposed_at > DECIDE_WITHIN:
        move(now, TransitionStatus.EXPIRED, as_of=as_of, outcome="Nobody has decided on it in time.")
    _alarms(microgrid, situation, as_of)
    _late_steps(microgrid, clock)


def _happened(
    microgrid: Microgrid, situation: Situation, proposed: Transition | None, as_of: datetime
) -> Transition | None:
    """What nobody here has asked for: it stands alone, or with the grid again."""
    closed, known_alone = situation.coupling_closed, counts_as_alone(last_ended(microgrid))
    if closed is None or (not closed) == known_alone:
        return None
    if proposed is not None:
        move(proposed, TransitionStatus.OVERTAKEN, as_of=as_of, outcome="It has happened by itself.")
    rule = autonomy_of(microgrid)
    acts = mode_of(rule) == AutonomyMode.AUTOMATIC and rule is not None
    kind = TransitionKind.RECONNECT if closed else TransitionKind.UNPLANNED
    reason = "The coupling was closed by somebody else." if closed else "The coupling has opened: nobody here asked."
    row = Transition(microgrid=microgrid, kind=kind, cause="field", reason=reason)
    if acts and rule is not None:
        row.executor, row.rule = rule.set_by, rule
    stage = TransitionStage.RECONNECTING if closed else None
    return store(row, _plan(microgrid, situation), as_of=as_of, status=TransitionStatus.RUNNING, stage=stage)


def _plan(microgrid: Microgrid, situation: Situation) -> Prepared:
    limits = limits_of(microgrid)
    shedding = shedding_of(situation, microgrid, generators_of(microgrid), limits)
    return Prepared(plan_document(shedding, microgrid, situation, limits), {}, [])


def _decide(microgrid: Microgrid, situation: Situation, standing: list[tuple[str, str]], as_of: datetime) -> None:
    last, veto, rule = last_ended(microgrid), veto_of(microgrid, as_of=as_of), autonomy_of(microgrid)
    mode = mode_of(rule)
    if mode == AutonomyMode.OFF or _is_early(microgrid, as_of):
        return
    asked = last is not None and last.asked_by_id is not None and TransitionKind(last.kind) == TransitionKind.ISLAND
    found = decided(
        standing,
        is_alone=situation.is_alone,
        asked_by_person=asked,
        may_island=forbidden(veto, VetoAgainst.ISLANDING),
        may_reconnect=forbidden(veto, VetoAgainst.RECONNECTION),
    )
    kind = _kind(found.wish, situation)
    if kind is None or (kind == TransitionKind.BLACK_START and forbidden(veto, VetoAgainst.ALL)):
        return
    begin_by_rule(
        microgrid=microgrid,
        kind=kind,
        cause=found.by,
        reason="The microgrid is without voltage." if kind == TransitionKind.BLACK_START else found.reason,
        rule=rule,
        situation=situation,
        as_of=as_of,
        may_act=mode == AutonomyMode.AUTOMATIC,
    )


def _kind(wish: Wish, situation: Situation) -> TransitionKind | None:
    pu = situation.voltage_pu.value
    if pu is not None and pu < DEAD_PU and situation.coupling_closed is not None:
        return TransitionKind.BLACK_START
    if wish is Wish.ISLAND:
        return TransitionKind.ISLAND
    return TransitionKind.RECONNECT if wish is Wish.RECONNECT else None


def _is_early(microgrid: Microgrid, as_of: datetime) -> bool:
    """What did not reach its end, or what nobody wanted, is not begun anew at once."""
    newest = microgrid.transitions.first()
    ended = newest.ended_at if newest else None
    is_done = newest is not None and TransitionStatus(newest.status) == TransitionStatus.DONE
    return ended is not None and not is_done and as_of - ended < AGAIN_AFTER


def go_on(transition: Transition, situation: Situation, *, clock: Clock) -> None:
    """The next step of what is under way."""
    microgrid, as_of = transition.microgrid, clock()
    generators = generators_of(microgrid)
    for step in transition.steps.filter(outcome__in=UNSETTLED_STEPS):
        follow(step, transition, clock=clock)
    if _forbidden_now(transition, as_of):
        return
    view, aim = view_of(situation, microgrid, generators), aim_of(transition.plan)
    _keep(transition, holds=not waits_for(transition, view, aim), as_of=as_of)
    steps = list(transition.steps.filter(visit=transition.visit))
    following = next_of(transition, steps, view, aim, as_of=as_of)
    if isinstance(following, Give) and transition.executor is not None:
        for command in following.commands:
            begun = begin_step(transition, command, generators, as_of=clock())
            if begun is not None:
                follow(begun, transition, clock=clock)
    elif isinstance(following, Enter):
        _enter(transition, following, as_of)
    elif isinstance(following, Done):
        _end(transition, following.reason, as_of)
    elif isinstance(following, Failed):
        move(transition, TransitionStatus.STOPPED, as_of=as_of, outcome=following.reason)


def _keep(transition: Transition, *, holds: bool, as_of: datetime) -> None:
    if holds == (transition.kept_since is not None):
        return
    transition.kept_since = as_of if holds else None
    Transition.objects.filter(pk=transition.pk, visit=transition.visit).update(kept_since=transition.kept_since)


def _enter(transition: Transition, following: Enter, as_of: datetime) -> None:
    if transition.visit >= MOST_VISITS:
        outcome = f"It went to and fro too often, at last: {following.reason}"
        move(transition, TransitionStatus.STOPPED, as_of=as_of, outcome=outcome)
        return
    enter(transition, TransitionStage(following.stage.value), as_of=as_of, way_back=following.way_back)


def _end(transition: Transition, reason: str, as_of: datetime) -> None:
    """Reached, or at rest where it came from."""
    goal = TransitionStage.CONNECTED if transition.kind == TransitionKind.RECONNECT.value else TransitionStage.ISLANDED
    stage = TransitionStage(transition.stage)
    is_started = TransitionKind(transition.kind) == TransitionKind.BLACK_START
    new = TransitionStatus.DONE if stage == goal or is_started else TransitionStatus.RETURNED
    move(transition, new, as_of=as_of, outcome=transition.way_back or reason)


def _forbidden_now(transition: Transition, as_of: datetime) -> bool:
    """A veto on what has parted or joined nothing yet: it goes back."""
    veto, stage = veto_of(transition.microgrid, as_of=as_of), TransitionStage(transition.stage)
    if stage in _STAGES_OF_ISLANDING and (words := forbidden(veto, VetoAgainst.ISLANDING)):
        back = TransitionStage.RECONNECTING
    elif stage in _STAGES_OF_RECONNECTION and (words := forbidden(veto, VetoAgainst.RECONNECTION)):
        back = TransitionStage.ISLANDED
    else:
        return False
    return enter(transition, back, as_of=as_of, way_back=f"Forbidden: {words}")


def _alarms(microgrid: Microgrid, situation: Situation, as_of: datetime) -> None:
    if situation.coupling_closed is False:
        raise_islanded(microgrid, since=as_of)
    elif situation.coupling_closed:
        end_alarm(microgrid, Condition.ISLANDED, as_of=as_of)
    newest = microgrid.transitions.exclude(begun_at=None).first()
    if newest is None or TransitionStatus(newest.status) != TransitionStatus.STOPPED:
        end_alarm(microgrid, Condition.TRANSITION_STOPPED, as_of=as_of)


def _late_steps(microgrid: Microgrid, clock: Clock) -> None:
    """Of transitions that have ended: what came of their last orders."""
    rows = TransitionStep.objects.filter(transition__microgrid=microgrid, outcome__in=UNSETTLED_STEPS)
    for step in rows.exclude(transition__status=TransitionStatus.RUNNING).select_related("transition"):
        step.transition.executor = None  # it is followed, and nothing is ordered any more
        follow(step, step.transition, clock=clock)
