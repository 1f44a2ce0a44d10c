"""The desks' word to one trouble, proposed as far as it is wanted."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.services.proposals import Withheld, propose, supersede_others
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.troubles import note_finding
from apps.optimization.services.plan import Desk, Plan

log = logging.getLogger("apps.optimization")


def answered(live: Live, trouble: Trouble, desks: Sequence[Desk], tell: Callable[[int], None]) -> dict[str, Any]:
    """Every desk's word to one trouble; tell: ways tried so far."""
    plans = [_planned(desk, trouble, tell) for desk in desks]
    shown, held = [], []
    for plan in plans:
        kept, kept_back = _proposed(plan, live)
        supersede_others(desk=plan.desk, trouble=trouble, kept=[one.pk for one in kept], as_of=live.as_of)
        shown += kept
        held += kept_back
    words = " ".join([*(plan.sentence for plan in plans if plan.sentence), *held])
    note_finding(trouble, finding=words, as_of=live.as_of)
    return {
        "trouble": trouble.pk,
        "name": str(trouble),
        "tried": sum(plan.tried for plan in plans),
        "proposals": [one.pk for one in shown],
        "finding": words,
    }


def _planned(desk: Desk, trouble: Trouble, tell: Callable[[int], None]) -> Plan:
    """One desk that cannot go on takes nothing from the others."""
    try:
        return desk.plan(trouble, progress=tell)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as fault:
        log.warning("%s has no plan for %s: %s", type(desk).__name__, trouble, fault)
        return Plan(type(desk).__name__, [], 0, f"{type(desk).__name__} could not go on: {fault}")


def _proposed(plan: Plan, live: Live) -> tuple[list[Proposal], list[str]]:
    shown, held = [], []
    for draft in plan.drafts:
        try:
            shown.append(propose(draft, live=live))
        except Withheld as kept_back:
            held.append(str(kept_back))
        except Refused as refusal:
            held.append(f"{plan.desk}: {refusal}")
    return shown, held
