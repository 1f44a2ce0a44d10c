"""Forecasts of day-ahead prices: issued before bids are due and after every news, scored when the prices are out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from time import perf_counter

import numpy as np
from django.db import transaction

from apps.markets import rules
from apps.markets.adapters.blocks import stored
from apps.markets.adapters.price_forecasting import MEDIAN, MODEL_VERSION, Outcome, Said, figures_of, foretold
from apps.markets.choices import PriceMethod, Product
from apps.markets.models import BiddingZone, PriceForecast, PriceScore
from apps.markets.selectors.known import prices
from apps.markets.selectors.price_forecasts import SKILL_DAYS, quantiles_of, standing_before_gate
from apps.markets.selectors.price_history import History, days_as_known_then, days_not_out, history, news_at

BEFORE_GATE = timedelta(minutes=30)
WEEK = timedelta(days=7)
_NOBODYS = np.empty((0, 1))


def forecast_prices(*, as_of: datetime) -> int:
    """Of every watched zone, where that is due. How many forecasts were issued."""
    count = 0
    for zone in BiddingZone.objects.filter(is_watched=True).order_by("pk"):
        days = days_not_out(zone=zone, as_of=as_of)
        if is_due(zone=zone, days=days, as_of=as_of):
            count += len(issue(zone=zone, days=days, as_of=as_of))
        score_days(zone=zone, as_of=as_of)
    return count


def is_due(*, zone: BiddingZone, days: Sequence[date], as_of: datetime) -> bool:
    """A day has none yet, something came to be known since, or the gate is about to close."""
    rows = PriceForecast.objects.filter(zone=zone, product=Product.DAY_AHEAD, day__in=days, issued_at__lte=as_of)
    newest = dict(rows.order_by("day", "as_of").values_list("day", "as_of"))
    news = news_at(zone=zone, as_of=as_of)
    if news is None:
        return False
    if set(days) - set(newest):
        return True
    last = min(newest.values())
    tomorrow = as_of.astimezone(rules.clock_of(zone)).date() + rules.DAY
    return last < news or last < rules.gate_closes(zone, tomorrow) - BEFORE_GATE <= as_of


def issue(*, zone: BiddingZone, days: Sequence[date], as_of: datetime) -> list[PriceForecast]:
    """One of each day, and of past days without one what would have been said of them."""
    rows, past = list[PriceForecast](), _without_forecast(zone, as_of)
    for number, day in enumerate(days):
        begun = perf_counter()
        found = history(zone=zone, wanted=day, as_of=as_of)
        wants_past = number == 0 and bool(past)
        outcome = foretold(found.known, past=(day - min(past)).days if wants_past else 0)
        took_ms = (perf_counter() - begun) * 1000
        rows.append(_row(zone, day, found, outcome, as_of=as_of, took_ms=took_ms))
        if wants_past and outcome.lead == 1:
            rows += [_again(zone, said, found, outcome, as_of) for said in outcome.past if said.day in past]
    return PriceForecast.objects.bulk_create(rows, ignore_conflicts=True)


def _without_forecast(zone: BiddingZone, as_of: datetime) -> set[date]:
    """Of the last weeks, as far as all that is known now was known then."""
    today = as_of.astimezone(rules.clock_of(zone)).date()
    first = today - timedelta(SKILL_DAYS)
    there = standing_before_gate(zone=zone, first=first, until=today + rules.DAY, as_of=as_of)
    lacking = [day for n in range(SKILL_DAYS + 1) if (day := first + n * rules.DAY) not in there]
    return days_as_known_then(zone=zone, days=lacking, as_of=as_of) if lacking else set()


def _row(
    zone: BiddingZone, day: date, found: History, outcome: Outcome, *, as_of: datetime, took_ms: float
) -> PriceForecast:
    said = outcome.wanted or Said(day, False, MEDIAN, _NOBODYS)
    method = PriceMethod.MODEL if said.by_model else PriceMethod.REPEATED
    return _stored(
        zone,
        said,
        found,
        method=method if outcome.wanted else PriceMethod.NOTHING,
        reason=outcome.reason[:300],
        as_of=as_of,
        issued_at=as_of,
        duration_ms=took_ms,
        inputs={
            "days": outcome.days,
            "days_ahead": outcome.lead,
            "prices_known_at": found.newest_at.isoformat() if found.newest_at else None,
            "known_ahead": list(outcome.columns),
            "weights": dict(outcome.weights),
        },
    )


def _again(zone: BiddingZone, said: Said, found: History, outcome: Outcome, issued_at: datetime) -> PriceForecast:
    """What would have been said of a past day at its gate."""
    return _stored(
        zone,
        said,
        found,
        method=PriceMethod.MODEL if said.by_model else PriceMethod.REPEATED,
        reason="Worked out again from what was known then.",
        as_of=rules.gate_closes(zone, said.day),
        issued_at=issued_at,
        duration_ms=0.0,
        inputs={"days_ahead": 1, "known_ahead": list(outcome.columns)},
    )


def _stored(zone: BiddingZone, said: Said, found: History, **fields: object) -> PriceForecast:
    return PriceForecast(
        zone=zone,
        product=Product.DAY_AHEAD,
        day=said.day,
        starts_at=rules.midnight(zone, said.day),
        ends_at=rules.midnight(zone, said.day + rules.DAY),
        step_s=found.known.step_s,
        unit=found.unit,
        levels=list(said.levels),
        quantiles=stored(said.quantiles),
        model_version=MODEL_VERSION,
        **fields,
    )


@transaction.atomic
def score_days(*, zone: BiddingZone, as_of: datetime) -> int:
    """Days whose prices are all out, up to tomorrow. How many were scored."""
    today = as_of.astimezone(rules.clock_of(zone)).date()
    first, until = today - timedelta(SKILL_DAYS), today + 2 * rules.DAY
    scores = PriceScore.objects.filter(zone=zone, product=Product.DAY_AHEAD, day__gte=first)
    scored = set(scores.values_list("day", flat=True))
    there = standing_before_gate(zone=zone, first=first, until=until, as_of=as_of)
    rows = [one for day, one in there.items() if day not in scored]
    if not rows:
        return 0
    found = [score for step_s in {one.step_s for one in rows} for score in _scores(zone, rows, step_s, as_of)]
    return len(PriceScore.objects.bulk_create(found, ignore_conflicts=True))


def _scores(zone: BiddingZone, rows: Sequence[PriceForecast], step_s: int, as_of: datetime) -> list[PriceScore]:
    """Of those in one step, from one reading of the prices."""
    own = [one for one in rows if one.step_s == step_s]
    begin, end = min(one.starts_at for one in own) - WEEK - rules.DAY, max(one.ends_at for one in own)
    steps = int((end - begin).total_seconds()) // step_s
    told = prices(zone=zone.code, starts_at=begin, steps=steps, step_s=step_s, as_of=as_of).values

    def of_day(day: date) -> np.ndarray:
        first, last = (rules.midnight(zone, one) for one in (day, day + rules.DAY))
        return told[int((first - begin).total_seconds()) // step_s : int((last - begin).total_seconds()) // step_s]

    pairs = [(one, of_day(one.day), of_day(one.day - WEEK)) for one in own]
    return [_score(one, price, before) for one, price, before in pairs if np.isfinite(price).all()]


def _score(forecast: PriceForecast, price: np.ndarray, week_before: np.ndarray) -> PriceScore:
    figures = figures_of(price, quantiles_of(forecast), tuple(forecast.levels))
    is_alike = len(week_before) == len(price) and bool(np.isfinite(week_before).all())  # no change of the clock between
    return PriceScore(
        forecast=forecast,
        zone=forecast.zone,
        product=forecast.product,
        day=forecast.day,
        steps=len(price),
        mae=figures.mae,
        naive_mae=float(np.abs(price - week_before).mean()) if is_alike else None,
        mean_abs=float(np.abs(price).mean()),
        pinball=figures.pinball,
        inside_80=figures.inside_80,
        inside_90=figures.inside_90,
    )
