"""Losses of days as they are stored, and what they are worked out from."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Avg, Case, IntegerField, QuerySet, When

from apps.assets.models import ACLineSegment, ConnectivityNode, PowerTransformer
from apps.efficiency.adapters.loss_day import FeederNames, Scan, loadings_of
from apps.efficiency.choices.loss import OPEN_SUSPECTS, SCAN_EVERY, SIZING_DAYS, LossOutcome
from apps.efficiency.models import LossRun, LossSuspect
from apps.state.choices import Outcome
from apps.state.models import Solution
from apps.weather.choices import Variable
from apps.weather.selectors.observed import observed
from apps.weather.selectors.places import nearest_location

FloatArray = npt.NDArray[np.float64]
HOUR_S, HOURS = 3600, 24

# The last scan of each step of time: stored states of the last hour are many more.
_CHOSEN = """
SELECT DISTINCT ON (step) id, floor(extract(epoch FROM as_of - %(start)s) / %(step_s)s) AS step
FROM state_solution
WHERE as_of >= %(start)s AND as_of < %(end)s AND outcome = %(solved)s AND network_model_id = %(model)s
ORDER BY step, as_of DESC, id DESC
"""


def day_bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + timedelta(days=1)


def model_of_day(day: date, *, until: datetime) -> int | None:
    """The version that the day's newest solved scan was solved on."""
    start, end = day_bounds(day)
    found = Solution.objects.filter(as_of__gte=start, as_of__lt=min(end, until), outcome=Outcome.SOLVED)
    return found.order_by("-as_of", "-id").values_list("network_model_id", flat=True).first()


def scans_of_day(day: date, model_id: int, *, until: datetime) -> Iterator[Scan]:
    start, end = day_bounds(day)
    told: dict[str, Any] = {
        "start": start,
        "end": min(end, until),
        "step_s": SCAN_EVERY.total_seconds(),
        "solved": Outcome.SOLVED.value,
        "model": model_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, told)
        chosen = [row[0] for row in cursor.fetchall()]
    rows = Solution.objects.filter(pk__in=chosen).values_list("as_of", "frame", "system")
    for as_of, frame, system in rows.iterator(chunk_size=50):
        estimated = (system or {}).get("losses_kw")
        yield Scan(as_of.astimezone(UTC).hour, bytes(frame), float("nan") if estimated is None else float(estimated))


def feeder_names(model_id: int) -> FeederNames:
    lines = ACLineSegment.objects.filter(model_id=model_id).order_by("index")
    units = PowerTransformer.objects.filter(model_id=model_id).order_by("index")
    return FeederNames(
        [_named(*row) for row in lines.values_list("feeder__mrid", "feeder__name")],
        [_named(*row) for row in units.values_list("high_node__feeder__mrid", "high_node__feeder__name")],
    )


def _named(mrid: Any, name: str | None) -> tuple[str, str]:
    return (str(mrid), name or "") if mrid else ("", "")


def ambient_of_day(day: date, model_id: int, *, as_of: datetime) -> FloatArray:
    """Measured by hour, degrees C, at the place of the weather nearest to the middle of the network."""
    middle = ConnectivityNode.objects.filter(model_id=model_id).aggregate(x=Avg("longitude"), y=Avg("latitude"))
    place = nearest_location(middle["y"], middle["x"]) if middle["x"] is not None else None
    if place is None:
        return np.full(HOURS, np.nan)
    start, _ = day_bounds(day)
    found = observed(
        location_id=place.pk,
        variables=(Variable.TEMPERATURE_C,),
        starts_at=start,
        steps=HOURS,
        step_s=HOUR_S,
        as_of=as_of,
    )
    return np.asarray(found[:, 0], np.float64)


def loading_history(model_id: int, mrids: tuple[str, ...], *, before: date) -> tuple[FloatArray, FloatArray, int]:
    """Hours x transformers (share of the rating), hours of air temperature, and how many days they are of."""
    rows = LossRun.objects.filter(
        network_model_id=model_id, outcome=LossOutcome.DONE, day__lt=before, day__gte=before - timedelta(SIZING_DAYS)
    ).order_by("day")
    loadings, ambient = [], []
    for run in rows.only("loadings", "ambient_c").iterator(chunk_size=20):
        if len(bytes(run.loadings)) == 4 * HOURS * len(mrids):
            loadings.append(loadings_of(bytes(run.loadings), len(mrids)))
            ambient.append([np.nan if one is None else one for one in run.ambient_c])
    if not loadings:
        return np.zeros((0, len(mrids))), np.zeros(0), 0
    return np.concatenate(loadings), np.concatenate(ambient).astype(np.float64), len(loadings)


def run_of(day: date | None, *, as_of: datetime) -> LossRun | None:
    """Of the day, or the newest that was worked out."""
    rows = LossRun.objects.filter(as_of__lte=as_of).defer("loadings")
    return rows.filter(day=day).first() if day else rows.filter(outcome=LossOutcome.DONE).first() or rows.first()


def days_known(*, as_of: datetime, most: int = 60) -> list[dict[str, Any]]:
    """The newest first: day, outcome and total."""
    rows = LossRun.objects.filter(as_of__lte=as_of).values_list("day", "outcome", "hours_known", "totals")[:most]
    return [
        {"day": day, "outcome": outcome, "hours_known": hours, "technical_kwh": totals.get("technical_kwh")}
        for day, outcome, hours, totals in rows
    ]


def loss_document(run: LossRun) -> dict[str, Any]:
    return {
        "day": run.day,
        "as_of": run.as_of,
        "outcome": run.outcome,
        "reason": run.reason,
        "network_version": run.network_model_id,
        "scans": run.scans,
        "hours_known": run.hours_known,
        "totals": run.totals,
        "hourly": run.hourly,
        "feeders": run.feeders,
        "lines": run.lines,
        "balances": run.balances,
        "notes": run.notes,
        "engine_version": run.engine_version,
        "duration_ms": run.duration_ms,
    }


def transformers_document(run: LossRun | None) -> dict[str, Any]:
    if run is None:
        return {"day": None, "transformers": [], "sizing": [], "notes": []}
    return {"day": run.day, "transformers": run.transformers, "sizing": run.sizing, "notes": run.notes}


def suspects(most: int = 200) -> QuerySet[LossSuspect]:
    """Open ones before those that were decided, the likeliest first."""
    is_open = Case(When(state__in=sorted(OPEN_SUSPECTS), then=0), default=1, output_field=IntegerField())
    return LossSuspect.objects.annotate(order=is_open).order_by("order", "-probability", "-energy_kwh", "id")[:most]
