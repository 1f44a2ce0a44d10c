"""Losses of a day are worked out from the stored states, again and again while it runs, once more after it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

import numpy as np
from django.db import transaction

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.efficiency.adapters.loss_balance import day_balances, meter_scene
from apps.efficiency.adapters.loss_day import DayLosses, day_losses
from apps.efficiency.adapters.loss_sizing import assumptions, right_sizes
from apps.efficiency.choices.loss import EFFICIENCY, KEPT_DAYS, LEAST_SIZING_DAYS, LossOutcome
from apps.efficiency.models import LossRun
from apps.efficiency.selectors.loss_meters import hours_of, switches_closed
from apps.efficiency.selectors.losses import (
    ambient_of_day,
    day_bounds,
    feeder_names,
    loading_history,
    model_of_day,
    scans_of_day,
)
from apps.forecasts.selectors.measured import point_keys
from apps.live import services as live

ENGINE_VERSION = "0.1.0"
NO_STATES = "No solved state of the day is stored."
NO_NETWORK = "There is no network in force."
FEW_DAYS = "Right-sizing needs {least} whole days of loadings; {n} are stored."


def work_out_due(*, clock: Callable[[], datetime]) -> list[date]:
    """The running day, and yesterday until it was worked out after its end."""
    now = clock()
    today = now.astimezone(UTC).date()
    yesterday = today - timedelta(days=1)
    closed = LossRun.objects.filter(day=yesterday, as_of__gte=day_bounds(today)[0]).exists()
    due = [today] if closed else [yesterday, today]
    for day in due:
        work_out(day=day, as_of=now)
    return due


def work_out(*, day: date, as_of: datetime) -> LossRun:
    """Anew from what is stored; what was worked out before for the day is replaced."""
    begun = perf_counter()
    fields = _worked_out(day, as_of)
    fields |= {"as_of": as_of, "engine_version": ENGINE_VERSION, "duration_ms": 1000 * (perf_counter() - begun)}
    with transaction.atomic():
        run, _ = LossRun.objects.update_or_create(day=day, defaults=_EMPTY | fields)
        payload = {"day": day.isoformat(), "outcome": run.outcome, "technical_kwh": run.totals.get("technical_kwh")}
        live.record(stream=EFFICIENCY, kind="losses.worked-out", subject=day.isoformat(), payload=payload)
    return run


def forget_old(*, as_of: datetime) -> int:
    gone, _ = LossRun.objects.filter(day__lt=(as_of - timedelta(days=KEPT_DAYS)).date()).delete()
    return gone


_EMPTY: dict[str, Any] = {
    "reason": "",
    "scans": 0,
    "hours_known": 0,
    "totals": {},
    "hourly": [],
    "feeders": [],
    "lines": [],
    "transformers": [],
    "balances": [],
    "sizing": [],
    "notes": [],
    "loadings": b"",
    "ambient_c": [],
}


def _worked_out(day: date, as_of: datetime) -> dict[str, Any]:
    model_id = model_of_day(day, until=as_of)
    model = assets.model_by_id(model_id) if model_id is not None else None
    if model is None:
        if assets.current_model_id(as_of) is None:
            return {"outcome": LossOutcome.NO_NETWORK, "reason": NO_NETWORK, "network_model": None}
        return {"outcome": LossOutcome.NO_STATES, "reason": NO_STATES, "network_model": None}
    network = assets.assembled(model)
    ambient = ambient_of_day(day, model.pk, as_of=as_of)
    found = day_losses(network, scans_of_day(day, model.pk, until=as_of), ambient, feeder_names(model.pk))
    if not found.hours_known:
        return {"outcome": LossOutcome.NO_STATES, "reason": NO_STATES, "network_model": model}
    balances, told = _balances(network, found, day)
    sizing, more = _sizing(network, day)
    return {
        "outcome": LossOutcome.DONE,
        "network_model": model,
        "scans": found.scans,
        "hours_known": found.hours_known,
        "totals": found.totals,
        "hourly": found.hourly,
        "feeders": found.feeders,
        "lines": found.lines,
        "transformers": found.transformers,
        "balances": balances,
        "sizing": sizing,
        "notes": [*found.notes, *told, *more],
        "loadings": found.loadings,
        "ambient_c": [None if not np.isfinite(one) else float(one) for one in ambient],
    }


def _balances(network: AssembledNetwork, found: DayLosses, day: date) -> tuple[list[dict[str, Any]], list[str]]:
    start, end = day_bounds(day)
    points = point_keys()
    scene = meter_scene(network, points, switches_closed(network, until=end))
    read = hours_of([points[key] for key in scene.keys], start=start, end=end)
    return day_balances(scene, read, line_kwh=found.line_kwh, transformer_kwh=found.transformer_kwh)


def _sizing(network: AssembledNetwork, day: date) -> tuple[list[dict[str, Any]], list[str]]:
    loading, ambient, days = loading_history(network.model_id, network.transformers.mrid, before=day)
    if days < LEAST_SIZING_DAYS:
        return [], [FEW_DAYS.format(least=LEAST_SIZING_DAYS, n=days)]
    return right_sizes(network, loading, ambient), assumptions()
