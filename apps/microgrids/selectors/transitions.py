"""What is known of a microgrid's transitions: the newest with its steps, rules, limits, and a veto."""

from datetime import datetime
from typing import Any

from apps.assets.selectors.areas import whereabouts
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Autonomy
from apps.dispatch.selectors.autonomy import autonomy_document, rule_for
from apps.microgrids.choices.transition import (
    DESK,
    SUCCEEDED,
    TransitionStage,
    TransitionStatus,
    VetoAgainst,
)
from apps.microgrids.models import (
    IslandingRule,
    IslandingSettings,
    Microgrid,
    Transition,
    TransitionStep,
    TransitionVeto,
)

MOST_SHOWN = 20
WITH_GRID = frozenset(
    {
        TransitionStage.CONNECTED,
        TransitionStage.BALANCING,
        TransitionStage.OPENING,
        TransitionStage.RECONNECTING,
    }
)
_LIMITS = ("enter_low_pu", "enter_high_pu", "enter_low_hz", "enter_high_hz", "enter_delay_s", "island_low_hz",
           "island_high_hz", "hours_wanted", "forming_droop", "generator_droop")  # fmt: skip


def autonomy_of(microgrid: Microgrid) -> Autonomy | None:
    """That of its feeder, else the one for all others."""
    place = whereabouts([microgrid.coupling_switch_mrid]).get(microgrid.coupling_switch_mrid)
    return rule_for(DESK, place.feeder if place else None)


def mode_of(rule: Autonomy | None) -> AutonomyMode:
    return AutonomyMode(rule.mode) if rule else AutonomyMode.ADVISE


def limits_of(microgrid: Microgrid) -> IslandingSettings:
    """Those of the standard where nobody has set others."""
    return IslandingSettings.objects.filter(microgrid=microgrid).first() or IslandingSettings(microgrid=microgrid)


def open_transition(microgrid: Microgrid) -> Transition | None:
    return microgrid.transitions.open().select_related("executor", "rule__seconded_by").first()


def last_ended(microgrid: Microgrid) -> Transition | None:
    """The last that was begun; what was only proposed has moved nothing."""
    return microgrid.transitions.exclude(begun_at=None).exclude(status=TransitionStatus.RUNNING).first()


def counts_as_alone(transition: Transition | None) -> bool:
    return transition is not None and TransitionStage(transition.stage) not in WITH_GRID


def veto_of(microgrid: Microgrid, *, as_of: datetime) -> TransitionVeto | None:
    return microgrid.vetoes.filter(lifted_at=None, until__gt=as_of).select_related("placed_by").first()


def forbidden(veto: TransitionVeto | None, against: VetoAgainst) -> str:
    """The words of the veto; empty: it does not forbid this."""
    if veto is None or VetoAgainst(veto.against) not in (against, VetoAgainst.ALL):
        return ""
    return f"{veto.reason} ({veto.placed_by.get_username()}, until {veto.until:%H:%M} UTC)"


def transition_document(microgrid: Microgrid, *, as_of: datetime) -> dict[str, Any]:
    rule, veto, now = autonomy_of(microgrid), veto_of(microgrid, as_of=as_of), open_transition(microgrid)
    rows = list(microgrid.transitions.select_related("asked_by", "executor")[:MOST_SHOWN])
    ended = microgrid.transitions.exclude(begun_at=None).exclude(status=TransitionStatus.RUNNING)
    mode = mode_of(rule)
    return {
        "microgrid": str(microgrid.mrid),
        "name": microgrid.name,
        "mode": mode.value,
        "mode_label": str(mode.label),
        "autonomy": autonomy_document(rule) if rule else None,
        "veto": veto_document(veto) if veto else None,
        "current": one_transition(now, as_of=as_of) if now else None,
        "transitions": [_row(one, as_of=as_of) for one in rows],
        "ended": ended.count(),
        "succeeded": ended.filter(status__in=SUCCEEDED).count(),
        "rules": [_rule(one) for one in microgrid.islanding_rules.all()],
        "limits": {name: getattr(limits_of(microgrid), name) for name in _LIMITS},
    }


def one_transition(transition: Transition, *, as_of: datetime) -> dict[str, Any]:
    steps = [step_document(step) for step in transition.steps.all()]
    return _row(transition, as_of=as_of) | {
        "plan": transition.plan,
        "check": transition.check_document,
        "steps": steps,
    }


def _row(transition: Transition, *, as_of: datetime) -> dict[str, Any]:
    return {
        "id": transition.pk,
        "kind": transition.kind,
        "kind_label": transition.get_kind_display(),
        "status": transition.status,
        "status_label": transition.get_status_display(),
        "stage": transition.stage,
        "stage_label": transition.get_stage_display(),
        "stage_for_s": round(transition.since_s(transition.ended_at or as_of), 1),
        "cause": transition.cause,
        "reason": transition.reason,
        "way_back": transition.way_back,
        "outcome": transition.outcome,
        "asked_by": transition.asked_by.get_username() if transition.asked_by else None,
        "executor": transition.executor.get_username() if transition.executor else None,
        "proposed_at": transition.proposed_at.isoformat(),
        "begun_at": transition.begun_at.isoformat() if transition.begun_at else None,
        "ended_at": transition.ended_at.isoformat() if transition.ended_at else None,
    }


def step_document(step: TransitionStep) -> dict[str, Any]:
    return {
        "number": step.number,
        "stage": step.stage,
        "stage_label": step.get_stage_display(),
        "what": step.words,
        "device_mrid": str(step.device_mrid),
        "device": step.device_name,
        "value": step.value,
        "order": step.order_id,
        "outcome": step.outcome,
        "outcome_label": step.get_outcome_display(),
        "told": step.told,
        "way_back": step.way_back,
        "begun_at": step.begun_at.isoformat(),
        "ended_at": step.ended_at.isoformat() if step.ended_at else None,
    }


def veto_document(veto: TransitionVeto) -> dict[str, Any]:
    return {
        "against": veto.against,
        "against_label": veto.get_against_display(),
        "reason": veto.reason,
        "by": veto.placed_by.get_username(),
        "placed_at": veto.placed_at.isoformat(),
        "until": veto.until.isoformat(),
    }


def _rule(rule: IslandingRule) -> dict[str, Any]:
    return {
        "criterion": rule.criterion,
        "criterion_label": rule.get_criterion_display(),
        "is_on": rule.is_on,
        "on_at": rule.on_at,
        "off_at": rule.off_at,
        "on_delay_s": rule.on_delay_s,
        "off_delay_s": rule.off_delay_s,
        "is_standing": rule.is_standing,
        "turning_since": rule.turning_since.isoformat() if rule.turning_since else None,
        "value": rule.value,
        "judged_at": rule.judged_at.isoformat() if rule.judged_at else None,
    }
