from typing import Any

from apps.state.models import LookAhead, SecurityRun


def run_document(run: SecurityRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "as_of": run.as_of.isoformat(),
        "solution": run.solution_id,
        "model_version": run.network_model_id,
        "trigger": run.trigger,
        "outcome": run.outcome,
        "reason": run.reason,
        "outages": run.outages,
        "insecure": run.insecure,
        "duration_ms": run.duration_ms,
        "engine_version": run.engine_version,
        "contingencies": run.contingencies,
    }


def latest_run() -> dict[str, Any] | None:
    run = SecurityRun.objects.newest()
    return run_document(run) if run else None


def run(pk: int) -> dict[str, Any] | None:
    found = SecurityRun.objects.filter(pk=pk).first()
    return run_document(found) if found else None


def look_ahead_document(found: LookAhead) -> dict[str, Any]:
    return {
        "id": found.pk,
        "as_of": found.as_of.isoformat(),
        "model_version": found.network_model_id,
        "outcome": found.outcome,
        "reason": found.reason,
        "starts_at": found.starts_at.isoformat(),
        "step_s": found.step_s,
        "steps": found.steps,
        "futures": found.futures,
        "seed": found.seed,
        "expected_from": found.expected_from,
        "duration_ms": found.duration_ms,
        "engine_version": found.engine_version,
        "statements": found.statements,
    }


def latest_look_ahead() -> dict[str, Any] | None:
    found = LookAhead.objects.newest()
    return look_ahead_document(found) if found else None
