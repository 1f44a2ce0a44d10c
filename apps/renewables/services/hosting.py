"""What nodes can host: worked out each night, and when somebody asks."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.renewables.adapters.hosting import NoBase, hosted, risked, rows_of
from apps.renewables.adapters.hosting_hours import Growth, HardHour, NoHour, hard_hours, now_only, point_of
from apps.renewables.choices import (
    HOSTING_KEPT,
    HOSTING_STALE,
    LONGEST_TEXT,
    UNFINISHED_HOSTING,
    HostingOutcome,
    HostingReactive,
)
from apps.renewables.models import HostingNode, HostingRun
from apps.renewables.selectors.hosting import feeders_of, kinds_of, system_past
from apps.state.adapters import ENGINE_VERSION
from apps.studies.rules import Conflict
from apps.studies.selectors.places import place_of
from apps.studies.services.starting import Start, live_start

DEFAULTS: dict[str, Any] = {
    "cos_phi": 1.0,
    "reactive": HostingReactive.ABSORBS.value,
    "loading_percent": 100.0,
    "rise_percent": 0.0,  # 0: no limit of its own
    "most_kw": 20_000.0,
    "years": 0,
    "load_growth_percent": 0.0,  # a year
    "plant_growth_percent": 0.0,
    "deployments": 200,
    "plant_kw": 100.0,
    "penetration_percent": 200.0,
}
PERCENT = 100.0
_NODES_SHARE = 0.8  # of the progress
_CANNOT = (NoBase, NoHour, ValueError, ArithmeticError, np.linalg.LinAlgError)

Clock = Callable[[], datetime]


class HostingBusy(Conflict):
    """Another run has not ended."""


def begin_hosting(*, options: Mapping[str, Any], as_of: datetime, by: User | None = None) -> HostingRun:
    """Not yet worked out. Raises HostingBusy while another is."""
    _give_up_stale(as_of)
    try:
        with transaction.atomic():
            run = HostingRun.objects.create(
                as_of=as_of, asked_by=by, options={**DEFAULTS, **options}, seed=int(as_of.timestamp())
            )
            if by is not None:
                audit.record(
                    actor=by, action="hosting.asked", target=f"hosting/{run.pk}", detail=dict(run.options), at=as_of
                )
    except IntegrityError as taken:
        raise HostingBusy("A run is under way. Its progress is shown; ask again when it has ended.") from taken
    old = HostingRun.objects.values_list("pk", flat=True)[HOSTING_KEPT:]
    HostingRun.objects.filter(pk__in=list(old)).delete()
    return run


def nightly_hosting(*, clock: Clock) -> HostingRun | None:
    """With the options that somebody asked with last; none while another is under way."""
    asked = HostingRun.objects.filter(asked_by__isnull=False).first()
    try:
        run = begin_hosting(options=asked.options if asked else {}, as_of=clock())
    except HostingBusy:
        return None
    return carry_out_hosting(run_id=run.pk, clock=clock)


def give_up_hosting(*, run: HostingRun, reason: str, as_of: datetime) -> None:
    _keep(run, outcome=HostingOutcome.FAILED, text=reason[:LONGEST_TEXT], finished_at=as_of)


def carry_out_hosting(*, run_id: int, clock: Clock) -> HostingRun:
    """Done once: a second worker finds it begun."""
    begun = time.perf_counter()
    if not HostingRun.objects.filter(pk=run_id, outcome=HostingOutcome.QUEUED).update(outcome=HostingOutcome.RUNNING):
        return HostingRun.objects.get(pk=run_id)
    run = HostingRun.objects.get(pk=run_id)
    try:
        done = _worked_out(run, live_start(as_of=clock()))
    except Conflict as unknown:
        done = {"outcome": HostingOutcome.NO_STATE, "text": str(unknown)[:LONGEST_TEXT]}
    except _CANNOT as fault:
        done = {"outcome": HostingOutcome.FAILED, "text": f"It could not be worked out: {fault}"[:LONGEST_TEXT]}
    except Exception as fault:
        give_up_hosting(run=run, reason=f"It ended early: {fault}", as_of=clock())
        raise
    _keep(run, **done, progress=1.0, finished_at=clock(), duration_ms=1000 * (time.perf_counter() - begun))
    return run


def _worked_out(run: HostingRun, start: Start) -> dict[str, Any]:
    place, options = place_of(start.model), run.options
    network = place.network
    kinds = kinds_of(start.model.pk, network.injections.mrid)
    hours = _hours(run, start, kinds)
    points = [point_of(hour, start.base, place, kinds) for hour in hours]
    feeders = feeders_of(start.model.pk, network.nodes.mrid[: network.n_display_nodes])
    found = hosted(points, network, options, partial(_tell, run, 0.0, _NODES_SHARE))
    telling = partial(_tell, run, _NODES_SHARE, 1.0)
    risk = risked(points, network, feeders, options, seed=run.seed, progress=telling)
    rows = rows_of(found, network, feeders)
    _store(run, rows)
    return {
        "outcome": HostingOutcome.DONE,
        "text": _sentence(rows, risk),
        "network_model": start.model,
        "solution": start.solution,
        "state": start.base.digest(),
        "hours": [hour.document() for hour in hours],
        "risk": risk,
        "engine_version": ENGINE_VERSION,
    }


def _hours(run: HostingRun, start: Start, kinds: list[str]) -> list[HardHour]:
    past = system_past(as_of=start.as_of)
    found = hard_hours(past) if past is not None else []
    network = place_of(start.model).network
    return [hour.grown(_growth(run)) for hour in found or [now_only(start.base, network, kinds, start.as_of)]]


def _growth(run: HostingRun) -> Growth:
    years = run.options["years"]
    load, plants = (1 + run.options[name] / PERCENT for name in ("load_growth_percent", "plant_growth_percent"))
    return Growth(load**years, plants**years)


def _sentence(rows: list[HostingNode], risk: Mapping[str, Any]) -> str:
    capacities = [row.capacity_kw for row in rows]
    least, middle = np.quantile(capacities, [0.05, 0.5])
    told = f"Of {len(rows)} nodes half can each host {middle:,.0f} kW more, one in twenty less than {least:,.0f} kW."
    if risk["p5"] is not None:
        told += f" All together: {risk['p5_kw']:,.0f} kW at a risk of 5 %."
    return told


@transaction.atomic
def _store(run: HostingRun, rows: list[HostingNode]) -> None:
    run.nodes.all().delete()
    for row in rows:
        row.run = run
    HostingNode.objects.bulk_create(rows, batch_size=1000)


def _tell(run: HostingRun, first: float, last: float, part: float) -> None:
    _keep(run, progress=first + part * (last - first))


def _give_up_stale(as_of: datetime) -> None:
    rows = HostingRun.objects.filter(outcome__in=UNFINISHED_HOSTING, as_of__lt=as_of - HOSTING_STALE)
    rows.update(outcome=HostingOutcome.FAILED, text="Its worker did not end it.", finished_at=as_of)


def _keep(run: HostingRun, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(update_fields=list(fields))
