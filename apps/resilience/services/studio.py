"""Runs of the resilience studio: asked for by a person, carried out by a worker."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.assets.selectors import assembled, current_model
from apps.audit import services as audit
from apps.resilience.adapters.grid_facts import NothingToFail
from apps.resilience.adapters.measures import DEFAULTS, worked_out
from apps.resilience.adapters.rates import RatesError
from apps.resilience.adapters.stored_grid import stored_facts
from apps.resilience.choices.studio import (
    LONGEST_STUDIO_TEXT,
    STUDIO_KEPT,
    STUDIO_STALE,
    UNFINISHED_STUDIO,
    StudioOutcome,
)
from apps.resilience.models.studio import StudioRun
from apps.state.adapters import ENGINE_VERSION

Clock = Callable[[], datetime]
_CANNOT = (NothingToFail, RatesError, ArithmeticError)


class StudioBusy(Exception):
    """Another run has not ended."""


def begin_studio_run(*, options: Mapping[str, Any], as_of: datetime, by: User) -> StudioRun:
    """Not yet worked out. Raises StudioBusy while another is."""
    stale = StudioRun.objects.filter(outcome__in=UNFINISHED_STUDIO, as_of__lt=as_of - STUDIO_STALE)
    stale.update(outcome=StudioOutcome.FAILED, text="Its worker did not end it.", finished_at=as_of)
    try:
        with transaction.atomic():
            run = StudioRun.objects.create(
                as_of=as_of, asked_by=by, options={**DEFAULTS, **options}, seed=int(as_of.timestamp())
            )
            audit.record(actor=by, action="studio.asked", target=f"studio/{run.pk}", detail=dict(run.options), at=as_of)
    except IntegrityError as taken:
        raise StudioBusy("A run is under way. Its progress is shown; ask again when it has ended.") from taken
    old = StudioRun.objects.values_list("pk", flat=True)[STUDIO_KEPT:]
    StudioRun.objects.filter(pk__in=list(old)).delete()
    return run


def give_up_studio_run(*, run: StudioRun, reason: str, as_of: datetime) -> None:
    _keep(run, outcome=StudioOutcome.FAILED, text=reason[:LONGEST_STUDIO_TEXT], finished_at=as_of)


def carry_out_studio_run(*, run_id: int, clock: Clock) -> StudioRun:
    """Done once: a second worker finds it begun."""
    begun = time.perf_counter()
    if not StudioRun.objects.filter(pk=run_id, outcome=StudioOutcome.QUEUED).update(outcome=StudioOutcome.RUNNING):
        return StudioRun.objects.get(pk=run_id)
    run = StudioRun.objects.get(pk=run_id)
    try:
        done = _worked_out(run)
    except _CANNOT as fault:
        done = {"outcome": StudioOutcome.FAILED, "text": str(fault)[:LONGEST_STUDIO_TEXT]}
    except Exception as fault:
        give_up_studio_run(run=run, reason=f"It ended early: {fault}", as_of=clock())
        raise
    _keep(run, **done, progress=1.0, finished_at=clock(), duration_ms=1000 * (time.perf_counter() - begun))
    return run


def _worked_out(run: StudioRun) -> dict[str, Any]:
    model = current_model()
    if model is None:
        return {"outcome": StudioOutcome.FAILED, "text": "There is no network yet. Import one, then ask again."}
    facts = stored_facts(assembled(model))
    result = worked_out(facts, run.options, seed=run.seed, progress=lambda part: _keep(run, progress=min(part, 1.0)))
    return {
        "outcome": StudioOutcome.DONE,
        "text": _sentence(result)[:LONGEST_STUDIO_TEXT],
        "network_model": model,
        "network_revision": model.revision,
        "result": result,
        "engine_version": ENGINE_VERSION,
    }


def _sentence(result: Mapping[str, Any]) -> str:
    before, last = result["before"]["customer_minutes"], result["front"][-1]
    if not last["measures"] or not before:
        return "None of the measures that can be paid saves customer minutes."
    return (
        f"{len(last['measures'])} measures for {last['cost']:,.0f} leave {last['customer_minutes']:,.0f} of"
        f" {before:,.0f} customer minutes a year ({1 - last['customer_minutes'] / before:.0%} less)."
    )


def _keep(run: StudioRun, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(update_fields=list(fields))
