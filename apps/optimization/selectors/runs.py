from typing import Any

from apps.assets.choices import SwitchKind
from apps.assets.models import Switch
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.selectors.movable import Movable
from apps.optimization.models import OptimizationRun

# A disconnector breaks no load and a fuse is no switch: they are for crews and switching plans.
UNDER_LOAD = (SwitchKind.BREAKER, SwitchKind.RECLOSER, SwitchKind.LOAD_BREAK_SWITCH)
MOST_LISTED = 100


def operable_switches(model_id: int, *, given: Movable) -> frozenset[str]:
    """Those that break load, and may be moved."""
    return given.among(switches_under_load(model_id), StepQuantity.SWITCH_STATE)


def switches_under_load(model_id: int) -> frozenset[str]:
    rows = Switch.objects.filter(model_id=model_id, kind__in=UNDER_LOAD).values_list("mrid", flat=True)
    return frozenset(str(mrid) for mrid in rows)


def run_document(run: OptimizationRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "as_of": run.as_of.isoformat(),
        "trigger": run.trigger,
        "trigger_label": run.get_trigger_display(),
        "outcome": run.outcome,
        "outcome_label": run.get_outcome_display(),
        "text": run.text,
        "stage": run.stage,
        "progress": run.progress,
        "asked_by": run.asked_by.get_username() if run.asked_by else None,
        "network_version": run.network_model_id,
        "solution": run.solution_id,
        "inputs": run.inputs,
        "troubles": run.troubles,
        "tried": run.tried,
        "proposed": run.proposed,
        "approved_by_rule": run.approved_by_rule,
        "engine_version": run.engine_version,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "duration_ms": run.duration_ms,
    }


def run_documents(limit: int = MOST_LISTED) -> list[dict[str, Any]]:
    rows = OptimizationRun.objects.defer("base").select_related("asked_by")
    return [run_document(run) for run in rows[:limit]]
