"""How well outages would have been foreseen: origins roll through the days, and no origin sees what came later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.reliability.hazard.logistic import Logistic, fit_logistic
from gridops.engine.reliability.hazard.panel import OutageDays, history_features, shares_so_far
from gridops.engine.reliability.hazard.weather import WeatherDays, day_features, soil_moisture

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LEAST_TRAIN_DAYS = 30
FIRST_DAYS_LEFT_OUT = 7  # nothing is known of the week before them
RULE_STEPS_M_S = tuple(float(one) for one in range(8, 41))


@dataclass(frozen=True, slots=True)
class Terms:
    train_days: int  # before the first origin
    refit_days: int = 14
    lead_days: tuple[int, ...] = (1, 2, 3)
    ridge: float = 30.0
    region_ridge: float = 20.0


@dataclass(frozen=True, slots=True)
class LeadRows:
    """Forecasts of one lead, a row a day and area that was judged."""

    lead_days: int
    day: IntArray
    area: IntArray
    probability: FloatArray
    climatology: FloatArray
    wind_rule: FloatArray  # nan where no gust was known
    happened: BoolArray


@dataclass(frozen=True, slots=True)
class Backtest:
    """`reason` says why there are no rows."""

    leads: tuple[LeadRows, ...]
    origins: int
    train_events: int  # before the first origin
    reason: str = ""


def backtest(days: OutageDays, weather: Sequence[WeatherDays] | None, terms: Terms) -> Backtest:
    """weather: per lead of the terms, each day as it was forecast that many days before; None: without weather.

    A model fitted at an origin foresees the days until the next one; its features of day d with lead n are of what was
    known at the begin of day d - n + 1. Too short or too quiet records: a result with the reason.
    """
    total = len(days.counts)
    if terms.train_days < LEAST_TRAIN_DAYS or total <= terms.train_days:
        reason = f"{total} days of records; at least {max(terms.train_days, LEAST_TRAIN_DAYS) + 1} are needed."
        return Backtest((), 0, 0, reason)
    train_events = int((days.happened & days.complete[:, None])[: terms.train_days].sum())
    origins = list(range(terms.train_days, total, terms.refit_days))
    leads = []
    for place, lead in enumerate(terms.lead_days):
        features, gust = _features(days, weather, place, lead)
        blocks = []
        for origin in origins:
            found = _block(days, features, gust, origin=origin, lead=lead, terms=terms)
            if isinstance(found, str):
                return Backtest((), 0, train_events, found)
            blocks.append(found)
        leads.append(_joined(lead, blocks))
    if not sum(len(one.day) for one in leads):
        return Backtest((), len(origins), train_events, "No complete day is left to be judged.")
    return Backtest(tuple(leads), len(origins), train_events)


def fit_until(days: OutageDays, features: FloatArray, end: int, terms: Terms) -> Logistic:
    """On the complete days before `end`, the first week left out."""
    used = np.flatnonzero(days.complete[:end])
    used = used[used >= FIRST_DAYS_LEFT_OUT]
    areas = days.counts.shape[1]
    return fit_logistic(
        features[used].reshape(-1, features.shape[-1]),
        days.happened[used].ravel(),
        region=np.tile(np.arange(areas), len(used)),
        regions=areas,
        ridge=terms.ridge,
        region_ridge=terms.region_ridge,
    )


def wind_rule(gust: FloatArray, happened: BoolArray) -> tuple[float, float, float]:
    """Threshold in m/s and the shares of rows with an outage below it and from it on: what a rule of thumb can say.

    The threshold with the least Brier score on these rows. Without a known gust: (inf, share, share).
    """
    known = np.isfinite(gust)
    if not known.any():
        share = float(happened.mean()) if len(happened) else float("nan")
        return float("inf"), share, share
    gust, happened = gust[known], happened[known]
    best = (float("inf"), float(happened.mean()), float(happened.mean()))
    least = float(np.mean((happened - best[1]) ** 2))
    for step in RULE_STEPS_M_S:
        above = gust >= step
        if not 0 < above.sum() < len(gust):
            continue
        low, high = float(happened[~above].mean()), float(happened[above].mean())
        score = float(np.mean((happened - np.where(above, high, low)) ** 2))
        if score < least:
            best, least = (step, low, high), score
    return best


def ruled(rule: tuple[float, float, float], gust: FloatArray) -> FloatArray:
    """What the rule says of gusts; nan of an unknown one."""
    said = np.where(gust >= rule[0], rule[2], rule[1])
    return np.asarray(np.where(np.isfinite(gust), said, np.nan), np.float64)


def _features(
    days: OutageDays, weather: Sequence[WeatherDays] | None, place: int, lead: int
) -> tuple[FloatArray, FloatArray]:
    history = history_features(days, lead)
    if weather is None:
        return history, np.full(days.counts.shape, np.nan)
    own = weather[place]
    # what fell until the issue, as the shortest lead told it; what falls between issue and day is forecast
    moisture = soil_moisture(weather[0].rain_mm)
    known = np.zeros(moisture.shape)
    known[lead - 1 :] = moisture[: len(moisture) - lead + 1]
    return np.concatenate([history, day_features(own, known)], axis=-1), own.gust_m_s


def _block(
    days: OutageDays, features: FloatArray, gust: FloatArray, *, origin: int, lead: int, terms: Terms
) -> LeadRows | str:
    """The days from an origin to the next. The first forecast of a lead was issued lead - 1 days before the origin."""
    known_end = origin - lead + 1
    model = fit_until(days, features, known_end, terms)
    if not model.is_fitted:
        return f"Not fitted: {model.reason}."
    end = min(origin + terms.refit_days, len(days.counts))
    judged = np.arange(origin, end)[days.complete[origin:end]]
    areas = days.counts.shape[1]
    past = np.flatnonzero(days.complete[:known_end])
    rule = wind_rule(gust[past].ravel(), days.happened[past].ravel())
    area = np.tile(np.arange(areas), len(judged))
    return LeadRows(
        lead,
        np.repeat(judged, areas),
        area,
        model.probability(features[judged].reshape(-1, features.shape[-1]), area),
        shares_so_far(days, lead)[judged].ravel(),
        ruled(rule, gust[judged].ravel()),
        days.happened[judged].ravel(),
    )


def _joined(lead: int, blocks: Sequence[LeadRows]) -> LeadRows:
    def column(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in blocks])

    names = ("day", "area", "probability", "climatology", "wind_rule", "happened")
    return LeadRows(lead, *(column(name) for name in names))
