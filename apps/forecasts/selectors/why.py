"""Why a forecast is what it is: its drivers at the peak, in a sentence, and past days that went like it."""

from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone

from apps.forecasts.adapters import explaining
from apps.forecasts.adapters.learning import Standing, opened, standing_of
from apps.forecasts.adapters.packed import FloatArray
from apps.forecasts.choices import Rung
from apps.forecasts.models import STEP_S, STEPS_A_DAY, Combination, ModelVersion, Series
from apps.forecasts.selectors.actual import instant_of
from apps.forecasts.selectors.agreement import agreed
from apps.forecasts.selectors.desk import rounded
from apps.forecasts.selectors.inputs import history_of, panel_known
from apps.forecasts.selectors.issues import Issue, effective, issue_at, overrides_at

EXPLAINED = frozenset({Rung.FULL, Rung.REDUCED})
PAST_DAYS = 70
_SMALL = 0.05  # of the largest part: not worth a word
_MOST_WORDS = 4


class NotExplained(Exception):
    """Says why there is nothing to tell."""


def why_document(series: Series, *, as_of: datetime, seen_at: datetime) -> dict[str, Any]:
    """Raises NotExplained."""
    issue = issue_at(series, as_of=as_of)
    if issue is None:
        raise NotExplained("Nothing had been issued for this series by then.")
    model = issue.run.model_version
    if issue.forecast.rung not in EXPLAINED or model is None:
        raise NotExplained("No model made this forecast: a fallback repeats the past, there is nothing to take apart.")
    median = issue.at_level(0.5)
    peak = int(np.nanargmax(median[:STEPS_A_DAY]))
    around = slice(max(peak - 6, 0), peak + 7)
    found, similar = _explained(series, issue, model, median, peak)
    overrides = overrides_at([series.pk], as_of=seen_at, start=issue.first, end=issue.end)
    held = effective(series, issue.first, median[:, None], overrides)[:, 0]
    drivers = agreed(series, issue, found.drivers, slice(around.start, min(around.stop, len(median))))
    parts = [*drivers, *_later(found.median_kw, float(median[around].mean()), float(held[around].mean()))]
    forecast = float(held[around].mean())
    at = instant_of(issue.first + peak)
    return {
        "series": series.pk,
        "at": at,
        "base_kw": found.base_kw,
        "forecast_kw": forecast,
        "drivers": [{"name": one.name, "kw": one.kw, "detail": one.detail} for one in parts],
        "sentence": sentence(at, found.base_kw, forecast, parts),
        "similar": similar,
    }


def _explained(
    series: Series, issue: Issue, model: ModelVersion, median: FloatArray, peak: int
) -> tuple[explaining.Why, list[dict[str, Any]]]:
    history = history_of([series], days=PAST_DAYS, as_of=issue.run.starts_at)
    panel, _ = panel_known(history, groups=model.made_with.get("groups", []), as_of=issue.run.as_of)
    try:
        learned = opened(model)
    except ValueError:
        raise NotExplained("The model that made this forecast cannot be read by this release.") from None
    found = explaining.why(history, panel, learned, _standing(series, model), steps=len(median), peak=peak)
    if found is None:
        raise NotExplained("The week before is not known, so that there is nothing to compare with.")
    day = _day_of(issue, peak)
    alike = explaining.similar(history, panel, median[day], first=day.start)
    return found, [_similar(issue, day, one) for one in alike]


def _standing(series: Series, model: ModelVersion) -> Standing | None:
    state = Combination.objects.filter(series=series, model_version=model).values_list("state", flat=True).first()
    return standing_of(state) if state else None


def _day_of(issue: Issue, peak: int) -> slice:
    """The steps of the local day of the peak, as far as they are forecast."""
    days = [timezone.localtime(instant_of(issue.first + step)).date() for step in range(len(issue.quantiles))]
    chosen = [step for step, day in enumerate(days) if day == days[peak]]
    return slice(chosen[0], chosen[-1] + 1)


def _similar(issue: Issue, day: slice, one: explaining.Similar) -> dict[str, Any]:
    """Laid over the day that it is like."""
    return {
        "label": f"{timezone.localtime(one.starts_at):%a %Y-%m-%d}",
        "days_back": one.days_back,
        "apart": one.apart,
        "t": [(issue.first + step) * STEP_S for step in range(day.start, day.stop)],
        "kw": rounded(one.kw),
    }


def _later(said: float, stored: float, held: float) -> list[explaining.Driver]:
    """What happened to the model's own words before they were issued, and after."""
    changes = [("adding up with the parts", stored - said), ("override", held - stored)]
    return [explaining.Driver(name, kw, "") for name, kw in changes if kw]


def sentence(at: datetime, base_kw: float, forecast_kw: float, parts: list[explaining.Driver]) -> str:
    """'4.0 MW above last Thursday: +3.1 colder, +0.7 recent level, ...'"""
    unit, by = ("MW", 1000.0) if max(abs(base_kw), abs(forecast_kw)) >= 2000 else ("kW", 1.0)
    apart = (forecast_kw - base_kw) / by
    ordered = sorted(parts, key=lambda one: -abs(one.kw))
    least = _SMALL * abs(ordered[0].kw) if ordered else 0.0
    told = [one for one in ordered if abs(one.kw) > least][:_MOST_WORDS]
    digits = 0 if abs(apart) >= 100 else 1 if abs(apart) >= 10 else 2
    words = ", ".join(f"{one.kw / by:+.{digits}f} {one.name}" for one in told).replace("-", "\u2212")
    day = f"{timezone.localtime(at):%A}"
    return f"{abs(apart):.{digits}f} {unit} {'above' if apart >= 0 else 'below'} last {day}: {words}."
