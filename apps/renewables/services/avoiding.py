"""After each run of the hours ahead: what plants will have to hold back, and the cheapest ways around it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from apps.dispatch.choices.ahead import AheadOutcome
from apps.dispatch.choices.proposal import OPEN_PROPOSALS
from apps.dispatch.models import Congestion, Proposal
from apps.dispatch.selectors.ahead import Envelopes, newest_envelopes
from apps.forecasts.selectors.actual import instant_of, step_of
from apps.forecasts.selectors.issues import Issue, issues_of_run
from apps.renewables.adapters.avoiding import held_by_plants, options
from apps.renewables.choices import AVOIDED_AHEAD, QUARTER_H, STEP
from apps.renewables.models import AvoidanceRun, RenewablePlant
from apps.renewables.selectors.errors import newest_issue

LEAST_KWH = 1.0
MOST_PLANTS = 30


@dataclass(frozen=True, slots=True)
class _Ahead:
    found: Envelopes
    plants: Sequence[RenewablePlant]
    issues: dict[int, Issue]
    until: datetime


def look_for_ways(*, as_of: datetime) -> AvoidanceRun | None:
    """Of the newest run, once. None where there is none, or no plant."""
    found = newest_envelopes()
    if found is None or AvoidanceRun.objects.filter(hours=found.run).exists():
        return None
    plants = list(RenewablePlant.objects.filter(is_active=True))
    if not plants or found.run.outcome == AheadOutcome.NO_STATE:
        return None
    until = min(found.run.ends_at or found.run.as_of + STEP, found.run.as_of + AVOIDED_AHEAD)
    bound = _bound(_Ahead(found, plants, _issues(plants, as_of), until))
    places = _places(found, plants)
    return AvoidanceRun.objects.create(
        hours=found.run,
        as_of=as_of,
        starts_at=found.run.as_of,
        ends_at=until,
        expected_kwh=sum(one["kwh"] for one in bound),
        plants=bound[:MOST_PLANTS],
        places=places,
        words=_words(bound, places),
    )


def _issues(plants: Sequence[RenewablePlant], as_of: datetime) -> dict[int, Issue]:
    run = newest_issue(as_of=as_of)
    return issues_of_run(run, [plant.series_id for plant in plants]) if run else {}


def _bound(ahead: _Ahead) -> list[dict[str, Any]]:
    """Plants whose median is above what their envelope lets them feed in, most energy first."""
    told = [_of_plant(ahead, plant) for plant in ahead.plants]
    return sorted((one for one in told if one and one["kwh"] >= LEAST_KWH), key=lambda one: -one["kwh"])


def _of_plant(ahead: _Ahead, plant: RenewablePlant) -> dict[str, Any] | None:
    """What its point is expected to feed in beyond the envelope, as far as it is the plant's own median."""
    found, issue = ahead.found, ahead.issues.get(plant.series_id)
    column = found.column(str(plant.mrid))
    if issue is None or column is None or not found.is_bound[column]:
        return None
    steps = np.arange(step_of(found.starts[0]), step_of(ahead.until))
    steps = steps[(steps >= issue.first) & (steps < issue.end)]
    begins = np.array([step_of(start) for start in found.starts])
    row = np.clip(np.searchsorted(begins, steps, side="right") - 1, 0, len(begins) - 1)
    beyond = np.maximum(-(found.export_kw[row, column] + found.expected_kw[row, column]), 0.0)
    excess = np.minimum(beyond, issue.at_level(0.5)[steps - issue.first])
    most = float(excess.max(initial=0.0))
    return {
        "mrid": str(plant.mrid),
        "name": plant.name,
        "kwh": round(QUARTER_H * float(excess.sum()), 2),
        "most_kw": round(most, 2),
        "worst_at": instant_of(int(steps[excess.argmax()])).isoformat() if most else None,
    }


def _places(found: Envelopes, plants: Sequence[RenewablePlant]) -> list[dict[str, Any]]:
    rows = list(Congestion.objects.filter(run=found.run).select_related("trouble").defer("prices"))
    proposals: dict[int, list[Proposal]] = defaultdict(list)
    own = {str(plant.mrid) for plant in plants}
    told = Proposal.objects.light().filter(trouble__in=[row.trouble_id for row in rows], status__in=OPEN_PROPOSALS)
    for one in told:
        if not own.intersection(one.devices):
            proposals[one.trouble_id].append(one)
    places = [_place(row, proposals[row.trouble_id]) for row in rows]
    return sorted((one for one in places if one is not None), key=lambda one: -one["held_kwh"])


def _place(row: Congestion, proposals: Sequence[Proposal]) -> dict[str, Any] | None:
    held = held_by_plants(row)
    if held is None:
        return None
    begin, end = row.trouble.begins_at or row.state_of, row.trouble.ends_at
    hours = max((end - begin) / timedelta(hours=1), QUARTER_H) if end else QUARTER_H
    listed, left = options(row, held, proposals, hours=hours)
    return {
        "congestion": row.pk,
        "trouble": row.trouble_id,
        "place": row.trouble.place,
        "breach_label": row.get_breach_display(),
        "begins_at": begin.isoformat(),
        "ends_at": end.isoformat() if end else None,
        "is_now": row.is_now,
        "held_kw": round(held.kw, 2),
        "held_kwh": round(held.kw * hours, 2),
        "is_enough": held.is_enough,
        "left_kw": round(left, 2),
        "options": listed,
    }


def _words(bound: Sequence[dict[str, Any]], places: Sequence[dict[str, Any]]) -> str:
    if not bound and not places:
        return "Nothing has to be held back: no envelope binds a plant below its forecast, and no place is short of it."
    parts = []
    if bound:
        parts.append(f"{len(bound)} plants are forecast above what their envelope lets them feed in.")
    if places:
        parts.append(f"At {len(places)} places that are short holding plants back would help.")
    return " ".join(parts)
