"""What if: the forecast of one series under other weather or holidays. Computed when asked for, never stored."""

from datetime import date, datetime
from typing import Any

import numpy as np
from django.utils import timezone

from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.adapters.learning import PanelModel, Standing, opened, standing_of
from apps.forecasts.adapters.panels import LEVEL_ARRAY, Panel
from apps.forecasts.adapters.scenarios import SUN, TEMPERATURE, WIND, Altered, Change, altered, quantiles_of
from apps.forecasts.choices import Rung
from apps.forecasts.models import STEP_S, Combination, ModelVersion, Series
from apps.forecasts.selectors.actual import instant_of
from apps.forecasts.selectors.desk import issue_document
from apps.forecasts.selectors.fan import quantile_columns
from apps.forecasts.selectors.inputs import history_of, panel_known
from apps.forecasts.selectors.issues import Issue, issue_at
from apps.forecasts.selectors.separations import place_of

PAST_DAYS = 70
_BY_MODEL = frozenset({Rung.FULL, Rung.REDUCED})
_WORDS = {TEMPERATURE: "temperature", SUN: "sun", WIND: "wind"}


class NoScenario(Exception):
    """Says why."""


def scenario_document(series: Series, change: Change, *, as_of: datetime, horizon: str) -> dict[str, Any]:
    """Raises NoScenario. What the change makes of the model's words is laid on what was issued: without any change the
    two are alike."""
    issue, version = _made_by_a_model(series, as_of, horizon)
    found, moved = _moved(series, issue, version, change)
    changed = np.sort(issue.quantiles + moved, axis=1)
    if series.rated_kw is not None:
        changed = np.clip(changed, 0.0, series.rated_kw)
    before, after = issue.at_level(0.5), changed[:, list(issue.levels).index(0.5)]
    return {
        "series": series.pk,
        "unit": "kW",
        "is_scenario": True,
        "issue": issue_document(issue),
        "step_s": STEP_S,
        "levels": list(issue.levels),
        "t": [(issue.first + step) * STEP_S for step in range(len(changed))],
        "quantiles": quantile_columns(issue, changed),
        "issued": quantile_columns(issue, issue.quantiles),
        "days": [{"day": day, "is_holiday": day in found.calendar} for day in days_ahead(issue)],
        "peak": _peak(issue, before, after),
        "energy_kwh": float(np.nansum(after - before) * STEP_S / 3600),
        "notes": list(found.notes),
    }


def days_ahead(issue: Issue) -> list[date]:
    """Local days that the forecast touches."""
    days = (timezone.localtime(instant_of(issue.first + step)).date() for step in range(0, len(issue.quantiles), 4))
    return sorted(set(days))


def _made_by_a_model(series: Series, as_of: datetime, horizon: str) -> tuple[Issue, ModelVersion]:
    issue = issue_at(series, as_of=as_of, horizon=horizon)
    if issue is None:
        raise NoScenario("Nothing had been issued for this series by then.")
    if issue.forecast.rung not in _BY_MODEL or issue.run.model_version is None:
        label = issue.forecast.get_rung_display().lower()
        raise NoScenario(f"This forecast is a fallback ({label}): it repeats the past and knows nothing of weather.")
    if tuple(issue.levels) != tuple(LEVEL_ARRAY.tolist()):
        raise NoScenario("This forecast has other levels than this release; choose a newer issue.")
    return issue, issue.run.model_version


def _moved(series: Series, issue: Issue, version: ModelVersion, change: Change) -> tuple[Altered, FloatArray]:
    """By how much every quantile goes up."""
    try:
        model = opened(version)
    except ValueError:
        raise NoScenario("The model that made this forecast cannot be read by this release.") from None
    history = history_of([series], days=PAST_DAYS, as_of=issue.run.starts_at)
    panel, _ = panel_known(history, groups=version.made_with.get("groups", []), as_of=issue.run.as_of)
    steps, at = len(issue.quantiles), history.at
    _check(panel, model, change, at, steps)
    found = altered(panel, change, place_of(series), at=at, steps=steps, days=days_ahead(issue))
    standing = _standing(series, version)
    asked = {"at": at, "steps": steps}
    return found, quantiles_of(found.panel, model, standing, **asked) - quantiles_of(panel, model, standing, **asked)


def _check(panel: Panel, model: PanelModel, change: Change, at: int, steps: int) -> None:
    for name in change.columns:
        if name not in model.ahead_names:
            raise NoScenario(f"The model in use has not learned from {_WORDS[name]}: it would change nothing.")
        known = name in panel.ahead_names and panel.place[0] >= 0
        if not known or not np.isfinite(_column(panel, name)[at : at + steps]).any():
            raise NoScenario(f"No forecast of {_WORDS[name]} reaches these hours: there is nothing to change.")


def _column(panel: Panel, name: str) -> FloatArray:
    return np.asarray(panel.ahead[panel.place[0], :, panel.ahead_names.index(name)])


def _standing(series: Series, version: ModelVersion) -> Standing | None:
    rows = Combination.objects.filter(series=series, model_version=version).values_list("state", flat=True)
    state = rows.first()
    return standing_of(state) if state else None


def _peak(issue: Issue, before: FloatArray, after: FloatArray) -> dict[str, Any]:
    """The highest median as issued and in the scenario, each at its own time."""
    found = {}
    for name, values in (("issued", before), ("scenario", after)):
        at = int(np.nanargmax(values))
        found[name] = {"at": instant_of(issue.first + at), "p50": float(values[at])}
    return found
