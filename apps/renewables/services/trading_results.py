"""Days of delivery that have ended: what was given is settled against what was sold, once all of it is known."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction

from apps.forecasts.selectors.actual import actual, step_of
from apps.forecasts.selectors.measured import point_means
from apps.markets import selectors as markets
from apps.markets.choices import Product, Source
from apps.markets.models import Bid, DailyResult, ImbalanceSettlement, PortfolioMember, StoreTerms, TradingPortfolio
from apps.markets.rules import DAY, clock_of, delivery_span, gate_closes
from apps.markets.selectors.books import Sold, position, sold
from apps.markets.selectors.portfolios import traded_portfolios, volumes
from apps.renewables.adapters.trading_results import DayKnown, StoreDay, curve_of, result_of
from apps.renewables.models import RenewablePlant
from apps.renewables.selectors.trading import STEP_S
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

FloatArray = npt.NDArray[np.float64]
STEP = timedelta(seconds=STEP_S)
LOOKED_BACK = 7  # days
ENOUGH = 0.9  # of the quarter hours
WAITED = timedelta(hours=36)  # after a day's end, for meters and prices that come late


@dataclass(frozen=True, slots=True)
class Ended:
    """All over the whole day; kW given positive, nan where not known. Prices are money per MWh."""

    portfolio: TradingPortfolio
    day: date
    starts_at: datetime
    steps: int
    sold: Sold
    price: FloatArray
    imbalance_price: FloatArray
    plants_kw: FloatArray
    stores: list[StoreTerms]
    stores_kw: FloatArray

    @property
    def given_kw(self) -> FloatArray:
        return np.asarray(self.plants_kw + self.stores_kw.sum(axis=0))

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.given_kw) & np.isfinite(self.price) & np.isfinite(self.imbalance_price)


def settle_days(*, as_of: datetime) -> int:
    """Of each portfolio the days of the last week that have no result yet. How many were settled."""
    return sum(
        _settle(one, day, as_of)
        for one in traded_portfolios()
        for day in _days(one, as_of)
        if one.bids.cleared(day).exists()
    )


def _days(portfolio: TradingPortfolio, as_of: datetime) -> list[date]:
    today = as_of.astimezone(clock_of(portfolio.zone)).date()
    wanted = [today - n * DAY for n in range(LOOKED_BACK, 0, -1)]
    done = set(
        DailyResult.objects.filter(portfolio=portfolio, delivery_day__in=wanted).values_list("delivery_day", flat=True)
    )
    return [day for day in wanted if day not in done]


def _settle(portfolio: TradingPortfolio, day: date, as_of: datetime) -> int:
    """Waits for what is missing as long as it may still come."""
    ended = _ended(portfolio, day, as_of)
    share = float(ended.is_known.mean())
    is_late = as_of > ended.starts_at + ended.steps * STEP + WAITED
    if share < ENOUGH and not is_late:
        return 0
    with transaction.atomic():
        ImbalanceSettlement.objects.bulk_create(_settlements(ended, as_of), ignore_conflicts=True)
        if share > 0:
            DailyResult.objects.get_or_create(
                portfolio=portfolio, delivery_day=day, defaults=_figures(ended, share, as_of)
            )
    return int(share > 0)


def _ended(portfolio: TradingPortfolio, day: date, as_of: datetime) -> Ended:
    begin, steps = delivery_span(portfolio.zone, day)
    asked: dict[str, Any] = {"zone": portfolio.zone.code, "starts_at": begin, "steps": steps, "step_s": STEP_S}
    members = list(portfolio.members.all())
    stores = list(StoreTerms.objects.filter(member__portfolio=portfolio).select_related("member").order_by("pk"))
    return Ended(
        portfolio=portfolio,
        day=day,
        starts_at=begin,
        steps=steps,
        sold=sold(portfolio, starts_at=begin, steps=steps, as_of=as_of),
        price=markets.prices(**asked, as_of=as_of).values,
        imbalance_price=markets.prices(**asked, as_of=as_of, product=Product.IMBALANCE).values,
        plants_kw=_given_by_plants(members, begin, steps),
        stores=stores,
        stores_kw=_given_by_stores(stores, begin, steps),
    )


def _given_by_plants(members: list[PortfolioMember], begin: datetime, steps: int) -> FloatArray:
    wanted = [one.mrid for one in members if Source(one.source) is Source.RENEWABLE]
    keys = list(RenewablePlant.objects.filter(mrid__in=wanted).values_list("series", flat=True))
    values = actual(keys, start=step_of(begin), end=step_of(begin) + steps)
    return np.asarray(sum(values.values(), np.zeros(steps)))


def _given_by_stores(stores: list[StoreTerms], begin: datetime, steps: int) -> FloatArray:
    """Meters read what a battery takes as positive."""
    rows = MeasurementPoint.objects.filter(
        equipment_mrid__in=[one.member.mrid for one in stores], quantity=Quantity.ACTIVE_POWER
    )
    point_of = dict(rows.values_list("equipment_mrid", "pk"))
    found = np.full((len(stores), steps), np.nan)
    known = [(row, point_of[one.member.mrid]) for row, one in enumerate(stores) if one.member.mrid in point_of]
    if known:
        means = point_means([key for _, key in known], start=begin, end=begin + steps * STEP)
        found[[row for row, _ in known]] = -means
    return found


def _settlements(ended: Ended, as_of: datetime) -> list[ImbalanceSettlement]:
    expected = position(ended.portfolio, ended.day, as_of=as_of).expected_kw[:, 1]
    hours = STEP_S / 3600
    rows = []
    for step in range(ended.steps):
        given, price = ended.given_kw[step] * hours, ended.imbalance_price[step]
        traded = float(ended.sold.total_kw[step] * hours)
        rows.append(
            ImbalanceSettlement(
                portfolio=ended.portfolio,
                delivery_at=ended.starts_at + step * STEP,
                planned_kwh=_or_none(expected[step] * hours),
                traded_kwh=traded,
                delivered_kwh=_or_none(given),
                imbalance_price=_or_none(price),
                amount=_or_none((given - traded) * price / 1000.0),
            )
        )
    return rows


def _figures(ended: Ended, share: float, as_of: datetime) -> dict[str, Any]:
    known = np.flatnonzero(ended.is_known)
    expected = _expected_price(ended)
    found = result_of(_known_part(ended, known, expected), _stores(ended, known))
    sold_kw = ended.sold.total_kw[known]
    return {
        "currency": ended.portfolio.currency,
        "day_ahead": found.day_ahead,
        "intraday": found.intraday,
        "imbalance": found.imbalance,
        "wear": found.wear,
        "total": found.total,
        "perfect": found.perfect,
        "rule": found.rule if np.isfinite(expected).all() else None,
        "price_error": found.price_error,
        "volume_error": found.volume_error,
        "sold_kwh": float(sold_kw.sum()) * STEP_S / 3600,
        "delivered_kwh": float(ended.given_kw[known].sum()) * STEP_S / 3600,
        "known_share": share,
        "reason": _reason(share, expected),
        "worked_out_at": as_of,
    }


def _reason(share: float, expected: FloatArray) -> str:
    """What the figures leave out or lean on."""
    told = [] if share >= ENOUGH else [f"Meters or prices were known for {share:.0%} of the day only."]
    if not np.isfinite(expected).all():
        told.append("No price was expected before the gate: its error is told against the mean of the day's prices.")
    return " ".join(told)


def _expected_price(ended: Ended) -> FloatArray:
    """As it was before the gate; nan where nothing was."""
    gate = gate_closes(ended.portfolio.zone, ended.day)
    asked: dict[str, Any] = {"starts_at": ended.starts_at, "steps": ended.steps, "step_s": STEP_S, "as_of": gate}
    return np.asarray(markets.expected(zone=ended.portfolio.zone.code, **asked).values)


def _known_part(ended: Ended, known: npt.NDArray[np.int64], expected: FloatArray) -> DayKnown:
    gate = gate_closes(ended.portfolio.zone, ended.day)
    price = np.where(np.isfinite(expected), expected, np.nanmean(ended.price))
    return DayKnown(
        price=ended.price[known],
        imbalance_price=ended.imbalance_price[known],
        plants_kw=ended.plants_kw[known],
        stores_kw=ended.stores_kw[:, known],
        day_ahead_kw=ended.sold.day_ahead_kw[known],
        intraday_kw=ended.sold.intraday_kw[known],
        intraday_value=ended.sold.intraday_value[known],
        median_kw=_median(ended, gate, known),
        median_price=price[known],
    )


def _median(ended: Ended, gate: datetime, known: npt.NDArray[np.int64]) -> FloatArray | None:
    told = volumes(ended.portfolio, ended.day, as_of=gate, sources=[Source.RENEWABLE])
    median = np.asarray(sum((one.at_level(0.5) for one in told), np.zeros(ended.steps)))[known]
    return median if np.isfinite(median).all() and (told or not ended.plants_kw.any()) else None


def _stores(ended: Ended, known: npt.NDArray[np.int64]) -> list[StoreDay]:
    bid: Bid | None = ended.portfolio.bids.cleared(ended.day).first()
    booked = {one["mrid"]: one for one in (bid.stores if bid else [])}
    curves = [booked.get(str(one.member.mrid)) for one in ended.stores]
    return [
        StoreDay(terms, curve_of(curve, known) if curve else None)
        for terms, curve in zip(ended.stores, curves, strict=True)
    ]


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
