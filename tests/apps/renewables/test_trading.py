"""From the forecast to the bid, through the market of the simulated field, to profit and loss."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apps.accounts.choices import Role
from apps.audit.models import AuditEvent
from apps.markets.choices import BidStatus, OrderStatus, Venue
from apps.markets.models import (
    Bid,
    DailyResult,
    DraftRun,
    ImbalanceSettlement,
    IntradayOrder,
    RiskFrontier,
    Trade,
    TradingLimits,
)
from apps.markets.rules.trading import curve_problems
from apps.markets.selectors.books import position
from apps.markets.services import bidding
from apps.markets.services.exporting import export_due
from apps.markets.services.ordering import approve_orders
from apps.markets.services.portfolios import LimitsWanted, set_limits
from apps.markets.services.refusal import By, TradeRefused
from apps.renewables.adapters.trading import Risk
from apps.renewables.services import trading_bids
from apps.renewables.services.trading_intraday import reorder
from apps.renewables.services.trading_results import settle_days
from apps.renewables.services.trading_volumes import tell_volumes
from tests.factories.renewables import Park, make_issue, make_park
from tests.factories.trading import (
    MORNING,
    WIDE,
    Exchange,
    add_battery,
    given,
    make_exchange,
    make_portfolio,
    person,
)

pytestmark = pytest.mark.django_db
TOMORROW = date(2026, 3, 11)
BEGIN = datetime(2026, 3, 10, 23, tzinfo=UTC)
PUBLISHED = datetime(2026, 3, 10, 11, 46, tzinfo=UTC)
RISK = Risk(0.2, 0.9)


@pytest.fixture
def exchange(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Exchange:
    settings.MARKET_ROOT = str(tmp_path)
    monkeypatch.setattr("gridops.simulator.market_post.FIRST_DAYS", 0)
    return make_exchange(tmp_path, MORNING)


@pytest.fixture
def park() -> Park:
    return make_park(MORNING - timedelta(minutes=15), solar=1, windy=1, days=3, with_zone=False, issues_h=168)


def changed(**limits: object) -> LimitsWanted:
    return replace(WIDE, **limits)  # type: ignore[arg-type]


def drafted(**more: object) -> Bid:
    portfolio = make_portfolio(**more)  # type: ignore[arg-type]
    return trading_bids.draft_bid(portfolio=portfolio, day=TOMORROW, risk=RISK, by=By(person("dora")), as_of=MORNING)


def approved(bid: Bid) -> Bid:
    bidding.submit_bid(bid_id=bid.pk, by=By(person("dora")), as_of=MORNING)
    return bidding.approve_bid(bid_id=bid.pk, by=By(person("eva")), as_of=MORNING)


def test_a_bid_goes_to_the_market_and_comes_back_as_trades_and_as_profit_and_loss(
    exchange: Exchange, park: Park
) -> None:
    bid = approved(drafted())
    assert export_due(as_of=MORNING) == 1
    exchange.step(MORNING + timedelta(minutes=1))
    bid.refresh_from_db()
    assert (bid.status, bid.received_at) == (BidStatus.EXPORTED, MORNING + timedelta(minutes=1))
    exchange.step(PUBLISHED)
    bid.refresh_from_db()
    assert bid.status == BidStatus.CLEARED
    trades = list(Trade.objects.filter(bid=bid))
    assert len(trades) == 96
    held = position(bid.portfolio, TOMORROW, as_of=PUBLISHED)
    inside = (held.sold.total_kw >= held.expected_kw[:, 0] - 60) & (held.sold.total_kw <= held.expected_kw[:, 2] + 60)
    assert inside.mean() > 0.9
    after = BEGIN + timedelta(days=1, hours=2)
    given(park, after)
    exchange.step(after)
    assert settle_days(as_of=after) == 1
    result = DailyResult.objects.get()
    assert result.known_share == 1.0
    assert result.perfect - result.total == pytest.approx(result.price_error + result.volume_error)
    assert result.perfect > 0
    assert result.rule is not None
    quarters = list(ImbalanceSettlement.objects.all())
    assert len(quarters) == 96
    assert result.imbalance == pytest.approx(sum(one.amount or 0.0 for one in quarters))
    money = sum(one.quantity_kw * one.price for one in trades) / 4000
    assert result.day_ahead == pytest.approx(money)
    assert settle_days(as_of=after) == 0
    acts = set(AuditEvent.objects.values_list("action", flat=True))
    assert {f"markets.bid.{one}" for one in ("drafted", "submitted", "approved", "exported", "cleared")} <= acts


def test_who_drafted_or_submitted_does_not_approve(exchange: Exchange, park: Park) -> None:
    bid = drafted()
    bidding.submit_bid(bid_id=bid.pk, by=By(person("emil")), as_of=MORNING)
    for name in ("dora", "emil"):
        with pytest.raises(TradeRefused, match="ask another person") as refusal:
            bidding.approve_bid(bid_id=bid.pk, by=By(person(name)), as_of=MORNING)
        assert refusal.value.problems[0].field == "approved_by"
    assert bidding.approve_bid(bid_id=bid.pk, by=By(person("eva")), as_of=MORNING).status == BidStatus.APPROVED


def test_a_draft_of_the_desk_still_needs_two_people(exchange: Exchange, park: Park) -> None:
    make_portfolio()
    assert trading_bids.draft_due(as_of=MORNING + timedelta(minutes=30)) == 1
    assert trading_bids.draft_due(as_of=MORNING + timedelta(minutes=45)) == 0
    bid = Bid.objects.get()
    assert bid.drafted_by is None
    with pytest.raises(TradeRefused, match="Only a bid that is 'Waits for approval'"):
        bidding.approve_bid(bid_id=bid.pk, by=By(person("eva")), as_of=MORNING)
    bidding.submit_bid(bid_id=bid.pk, by=By(person("eva")), as_of=MORNING)
    with pytest.raises(TradeRefused, match="ask another person"):
        bidding.approve_bid(bid_id=bid.pk, by=By(person("eva")), as_of=MORNING)


@pytest.mark.parametrize(("field", "value"), [("most_sell_kw", 100.0), ("least_price", 90.0), ("most_price", 40.0)])
def test_what_breaks_a_limit_is_not_drafted(exchange: Exchange, park: Park, field: str, value: float) -> None:
    with pytest.raises(TradeRefused) as refusal:
        drafted(limits=changed(**{field: value}))
    assert field in {one.field for one in refusal.value.problems}
    assert not Bid.objects.exists()


def test_the_worst_cases_may_not_lose_more_than_allowed() -> None:
    limits = TradingLimits(**{name: getattr(WIDE, name) for name in WIDE.__slots__} | {"most_loss": 50.0})
    curve = {"price": [[-500.0]], "kw": [[10.0]]}
    assert curve_problems(limits, curve, -50.0) == []
    (problem,) = curve_problems(limits, curve, -50.1)
    assert (problem.field, "raise the risk weight" in problem.reason) == ("most_loss", True)


def test_limits_that_were_narrowed_stop_the_approval(exchange: Exchange, park: Park) -> None:
    bid = drafted()
    bidding.submit_bid(bid_id=bid.pk, by=By(person("dora")), as_of=MORNING)
    set_limits(portfolio=bid.portfolio, wanted=changed(most_sell_kw=10.0), by=By(person("eva")), as_of=MORNING)
    with pytest.raises(TradeRefused, match="the limit is 10"):
        bidding.approve_bid(bid_id=bid.pk, by=By(person("eva")), as_of=MORNING)


def test_after_the_gate_nothing_is_approved_and_what_waits_is_put_away(exchange: Exchange, park: Park) -> None:
    bid = drafted()
    bidding.submit_bid(bid_id=bid.pk, by=By(person("dora")), as_of=MORNING)
    late = MORNING + timedelta(hours=2, seconds=1)
    with pytest.raises(TradeRefused, match="closed at 12:00"):
        bidding.approve_bid(bid_id=bid.pk, by=By(person("eva")), as_of=late)
    assert bidding.bids_past_gate(as_of=late) == 1
    bid.refresh_from_db()
    assert bid.status == BidStatus.WITHDRAWN
    assert "The gate closed before it was handed over" in bid.reason


def test_a_bid_that_lay_too_long_is_refused_by_the_market(exchange: Exchange, park: Park) -> None:
    bid = approved(drafted())
    export_due(as_of=MORNING)
    exchange.step(MORNING + timedelta(hours=2, minutes=1))  # the folder was carried over late
    bid.refresh_from_db()
    assert bid.status == BidStatus.REJECTED
    assert "after the gate" in bid.reason


def test_a_bid_that_was_handed_over_is_called_back(exchange: Exchange, park: Park) -> None:
    bid = approved(drafted())
    export_due(as_of=MORNING)
    exchange.step(MORNING + timedelta(minutes=1))
    then = MORNING + timedelta(minutes=2)
    bidding.withdraw_bid(bid_id=bid.pk, reason="The forecast changed.", by=By(person("dora")), as_of=then)
    assert export_due(as_of=then) == 1
    assert export_due(as_of=then) == 0
    exchange.step(then)
    exchange.step(PUBLISHED)
    bid.refresh_from_db()
    assert bid.status == BidStatus.WITHDRAWN
    assert not Trade.objects.exists()


def test_one_bid_a_day_is_on_its_way(exchange: Exchange, park: Park) -> None:
    first = approved(drafted())
    second = trading_bids.draft_bid(
        portfolio=first.portfolio, day=TOMORROW, risk=Risk(0.8, 0.9), by=By(person("dora")), as_of=MORNING
    )
    with pytest.raises(TradeRefused, match="withdraw it first"):
        bidding.submit_bid(bid_id=second.pk, by=By(person("dora")), as_of=MORNING)


def test_more_weight_of_the_worst_earns_less_on_the_mean_and_more_in_the_worst(exchange: Exchange, park: Park) -> None:
    portfolio = make_portfolio(scenario_count=15)
    add_battery(portfolio)
    row = trading_bids.ask_frontier(portfolio=portfolio, day=TOMORROW, as_of=MORNING)
    trading_bids.make_frontier(frontier_id=row.pk, clock=lambda: MORNING)
    points = RiskFrontier.objects.get().points
    expected, worst = (np.array([one[name] for one in points]) for name in ("expected", "worst"))
    assert (np.diff(expected) <= 0.01).all()
    assert worst[-1] > worst[0]
    assert (worst < expected).all()


def test_a_battery_is_in_the_bid_with_a_curve_of_its_own(exchange: Exchange, park: Park) -> None:
    portfolio = make_portfolio()
    add_battery(portfolio)
    run = trading_bids.ask_draft(portfolio=portfolio, day=TOMORROW, risk=RISK, by=person("dora"), as_of=MORNING)
    trading_bids.carry_out_draft(run_id=run.pk, clock=lambda: MORNING)
    bid = Bid.objects.get()
    assert DraftRun.objects.get().bid == bid
    assert [one["name"] for one in bid.stores] == ["Battery"]
    assert any(value < -50 for row in bid.curve["storage_kw"] for value in row)
    assert any(value > 50 for row in bid.curve["storage_kw"] for value in row)
    for prices, kw in zip(bid.curve["price"], bid.curve["kw"], strict=True):
        assert prices == sorted(prices)
        assert kw == sorted(kw)


def test_what_is_not_known_is_told_with_the_remedy(exchange: Exchange, park: Park) -> None:
    portfolio = make_portfolio()
    day = TOMORROW + timedelta(days=3)
    run = trading_bids.ask_draft(portfolio=portfolio, day=day, risk=RISK, by=person("dora"), as_of=MORNING)
    trading_bids.carry_out_draft(run_id=run.pk, clock=lambda: MORNING)
    (problem,) = DraftRun.objects.get().problems
    assert problem["field"] == "delivery_day"
    assert "No forecast reaches" in problem["reason"]


def intraday(exchange: Exchange, park: Park, **limits: object) -> tuple[Bid, datetime]:
    """A cleared bid, and a forecast of the day itself that says something else."""
    bid = approved(drafted(limits=changed(**limits)))
    export_due(as_of=MORNING)
    exchange.step(MORNING + timedelta(minutes=1))
    exchange.step(PUBLISHED)
    then = BEGIN + timedelta(hours=6)
    for key in park.potential:
        park.potential[key] *= 0.5
    make_issue(park, int(then.timestamp()) // 900)
    then += timedelta(minutes=1)
    exchange.step(then)
    tell_volumes(as_of=then)
    return bid, then


def test_orders_bring_what_is_sold_to_the_newer_forecast(exchange: Exchange, park: Park) -> None:
    bid, then = intraday(exchange, park)
    before = position(bid.portfolio, TOMORROW, as_of=then)
    assert reorder(as_of=then) > 10
    assert {one.status for one in IntradayOrder.objects.all()} == {OrderStatus.PROPOSED}
    assert export_due(as_of=then) == 0
    assert approve_orders(portfolio=bid.portfolio, by=By(person("eva")), as_of=then) > 10
    export_due(as_of=then)
    exchange.step(then + timedelta(seconds=20))
    assert Trade.objects.filter(venue=Venue.INTRADAY).count() > 5
    after = position(bid.portfolio, TOMORROW, as_of=then + timedelta(seconds=20))
    ahead = slice(28, 56)
    assert np.abs(after.imbalance_kw[ahead]).sum() < 0.6 * np.abs(before.imbalance_kw[ahead]).sum()


def test_a_rule_of_a_person_approves_orders_within_the_limits(exchange: Exchange, park: Park) -> None:
    _, then = intraday(exchange, park, is_automatic=True, most_order_kw=50.0)
    assert reorder(as_of=then) > 10
    orders = IntradayOrder.objects.all()
    assert {one.status for one in orders} == {OrderStatus.APPROVED}
    assert all(one.is_by_rule and one.decided_by == person("eva") for one in orders)
    assert max(abs(one.quantity_kw) for one in orders) == 50.0
    assert export_due(as_of=then) == len(orders)


def test_a_supervisor_may_trade_and_an_operator_not() -> None:
    assert person("s", Role.SUPERVISOR).may("approve_trades")  # type: ignore[arg-type]
    assert not person("o", Role.OPERATOR).may("trade")  # type: ignore[arg-type]
