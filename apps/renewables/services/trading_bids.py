"""Bids of the next day: drafted from forecasts and scenarios, with the risk that a person chose."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.accounts.models import User
from apps.markets.choices import StorageOffer
from apps.markets.models import Bid, DraftRun, RiskFrontier, TradingPortfolio
from apps.markets.rules import DAY, clock_of, gate_closes
from apps.markets.rules.trading import Problem
from apps.markets.selectors.portfolios import limits_of, traded_portfolios
from apps.markets.services.bidding import Draft, record_draft
from apps.markets.services.refusal import By, TradeRefused
from apps.renewables.adapters.trading import (
    Offer,
    Risk,
    Scenes,
    TooLittleKnown,
    booked,
    booked_store,
    offered,
    scenes_of,
)
from apps.renewables.selectors.trading import CannotBid, Known, known_for

BEFORE_GATE = timedelta(hours=2)  # from then on the desk drafts by itself
WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Looked:
    known: Known
    scenes: Scenes
    seed: int


def draft_bid(*, portfolio: TradingPortfolio, day: date, risk: Risk, by: By, as_of: datetime) -> Bid:
    """Raises TradeRefused, also for what is not known yet."""
    looked = _look(portfolio, day, as_of)
    offer = _offer(looked, risk, portfolio)
    limits = limits_of(portfolio)
    if limits is None:
        raise TradeRefused(Problem("limits", f"{portfolio} has no limits; set them before anything is bid."))
    draft = Draft(
        portfolio=portfolio,
        delivery_day=day,
        currency=portfolio.currency,
        risk_weight=risk.weight,
        risk_level=risk.level,
        scenario_count=portfolio.scenario_count,
        seed=looked.seed,
        expected_profit=offer.expected,
        worst_profit=offer.worst,
        curve=booked(offer, least_price=limits.least_price),
        stores=_stores(looked.known, offer),
        inputs=looked.known.told,
    )
    return record_draft(draft, by=by, as_of=as_of)


def ask_draft(*, portfolio: TradingPortfolio, day: date, risk: Risk, by: User, as_of: datetime) -> DraftRun:
    """A worker carries it out."""
    return DraftRun.objects.create(
        portfolio=portfolio,
        delivery_day=day,
        risk_weight=risk.weight,
        risk_level=risk.level,
        asked_at=as_of,
        asked_by=by,
    )


def carry_out_draft(*, run_id: int, clock: Callable[[], datetime]) -> DraftRun:
    run, begun = DraftRun.objects.select_related("portfolio__zone", "asked_by").get(pk=run_id), time.perf_counter()
    risk = Risk(run.risk_weight, run.risk_level)
    try:
        run.bid = draft_bid(
            portfolio=run.portfolio, day=run.delivery_day, risk=risk, by=By(run.asked_by), as_of=clock()
        )
    except TradeRefused as refusal:
        run.problems = [{"field": one.field, "reason": one.reason} for one in refusal.problems]
    run.made_at, run.duration_ms = clock(), 1000 * (time.perf_counter() - begun)
    run.save(update_fields=["bid", "problems", "made_at", "duration_ms"])
    return run


def ask_frontier(*, portfolio: TradingPortfolio, day: date, as_of: datetime) -> RiskFrontier:
    """A worker carries it out."""
    return RiskFrontier.objects.create(
        portfolio=portfolio, delivery_day=day, asked_at=as_of, risk_level=portfolio.risk_level
    )


def draft_due(*, as_of: datetime) -> int:
    """Of each portfolio whose gate closes soon and of which nothing was drafted for the day. How many."""
    return sum(_drafted(one, as_of) for one in traded_portfolios())


def _drafted(portfolio: TradingPortfolio, as_of: datetime) -> int:
    """What stands against it is noted where the desk shows it."""
    day = as_of.astimezone(clock_of(portfolio.zone)).date() + DAY
    closes = gate_closes(portfolio.zone, day)
    is_due = closes - BEFORE_GATE <= as_of < closes
    note, count = "", 0
    if is_due and not Bid.objects.filter(portfolio=portfolio, delivery_day=day).exists():
        try:
            risk = Risk(portfolio.risk_weight, portfolio.risk_level)
            draft_bid(portfolio=portfolio, day=day, risk=risk, by=By(None), as_of=as_of)
            count = 1
        except TradeRefused as refusal:
            note = f"No bid for {day} was drafted: {refusal}"[:300]
    if note != portfolio.note:
        TradingPortfolio.objects.filter(pk=portfolio.pk).update(note=note)
    return count


def make_frontier(*, frontier_id: int, clock: Callable[[], datetime]) -> RiskFrontier:
    """What each weight of the worst cases would be expected to earn: the same scenarios for all."""
    row = RiskFrontier.objects.select_related("portfolio__zone").get(pk=frontier_id)
    begun = time.perf_counter()
    try:
        looked = _look(row.portfolio, row.delivery_day, clock())
        row.points = [_point(looked, Risk(weight, row.risk_level), row.portfolio) for weight in WEIGHTS]
    except TradeRefused as refusal:
        row.reason = str(refusal)[:300]
    row.made_at, row.duration_ms = clock(), 1000 * (time.perf_counter() - begun)
    row.save()
    return row


def _point(looked: Looked, risk: Risk, portfolio: TradingPortfolio) -> dict[str, float]:
    offer = _offer(looked, risk, portfolio)
    return {"weight": risk.weight, "expected": offer.expected, "worst": offer.worst}


def _look(portfolio: TradingPortfolio, day: date, as_of: datetime) -> Looked:
    """Raises TradeRefused."""
    seed = 1000 * day.toordinal() + portfolio.pk
    try:
        known = known_for(portfolio, day, as_of=as_of)
        scenes = scenes_of(
            past_price=known.past_price,
            past_imbalance=known.past_imbalance,
            levels=known.levels,
            quantiles=known.quantiles,
            volumes=known.volumes,
            stores=known.stores,
            assumed_spread=portfolio.assumed_spread,
            together=known.together,
            count=portfolio.scenario_count,
            seed=seed,
        )
    except (CannotBid, TooLittleKnown) as fault:
        raise TradeRefused(Problem("delivery_day", str(fault))) from fault
    return Looked(known, scenes, seed)


def _offer(looked: Looked, risk: Risk, portfolio: TradingPortfolio) -> Offer:
    """Raises TradeRefused."""
    try:
        return offered(looked.scenes, risk, StorageOffer(portfolio.storage_offer))
    except ValueError as fault:
        raise TradeRefused(Problem("risk_weight", str(fault))) from fault


def _stores(known: Known, offer: Offer) -> list[dict[str, object]]:
    rows = zip(known.stores, offer.stores, strict=True)
    return [{"mrid": str(terms.member.mrid), "name": terms.member.name, **booked_store(curve)} for terms, curve in rows]
