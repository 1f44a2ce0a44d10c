"""The trading desk in a browser: a bid that two people bring on its way."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.markets.models import Bid, TradingPortfolio
from apps.markets.rules import day_to_bid
from apps.markets.services.refusal import By
from apps.renewables.adapters.trading import Risk
from apps.renewables.services import trading_bids
from tests.apps.control_room.desk import session_of
from tests.factories.renewables import make_park
from tests.factories.trading import add_battery, make_known, make_portfolio, person

pytestmark = pytest.mark.django_db(transaction=True)
LAST_GATE = time(23, 59, 59)  # so that tomorrow's is open at whatever hour this runs


@pytest.fixture
def desk() -> TradingPortfolio:
    now = timezone.now() + timedelta(seconds=3)
    make_known(now, gate_closes_at=LAST_GATE)
    make_park(now, solar=1, windy=1, days=3, with_zone=False, issues_h=168)
    portfolio = make_portfolio(now=now)
    add_battery(portfolio, now=now)
    draft(portfolio, now)
    return portfolio


def draft(portfolio: TradingPortfolio, now: datetime) -> Bid:
    day = day_to_bid(portfolio.zone, now)
    drafted = trading_bids.draft_bid(
        portfolio=portfolio, day=day, risk=Risk(0.2, 0.9), by=By(person("dora")), as_of=now
    )
    row = trading_bids.ask_frontier(portfolio=portfolio, day=day, as_of=now)
    trading_bids.make_frontier(frontier_id=row.pk, clock=lambda: now)
    return drafted


def opened(user: User, open_page: Callable[..., Page], site: str, **options: object) -> Page:
    page = open_page(session_of(user), **options)
    page.goto(f"{site}/trading/")
    return page


def test_one_person_submits_and_another_approves(
    desk: TradingPortfolio, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(person("dora"), open_page, site)
    expect(page.locator("#bid-status")).to_have_text("Drafted")
    expect(page.locator("#bid-chart canvas")).to_have_count(1)
    expect(page.locator("#position-chart canvas")).to_have_count(1)
    expect(page.locator("#curve svg path")).to_have_count(1)
    expect(page.locator("#frontier svg circle")).to_have_count(7)
    expect(page.locator("#gate")).to_contain_text("closes in")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator("#bid-status")).to_have_text("Waits for approval")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#refusal")).to_contain_text("ask another person")
    other = opened(person("eva"), open_page, site)
    other.get_by_role("button", name="Approve", exact=True).click()
    expect(other.locator("#bid-status")).to_have_text("Approved")
    expect(other.locator("#export-xml")).to_have_attribute(
        "href", f"/api/v1/markets/bids/{Bid.objects.get().pk}/document?kind=xml"
    )
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_slider_shows_what_a_weight_would_bring(
    desk: TradingPortfolio, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(person("dora"), open_page, site)
    expect(page.locator("#frontier-words")).to_contain_text("At 0.20")
    page.locator("#weight").press("End")
    expect(page.locator("#frontier-words")).to_contain_text("At 1.00")


def test_without_a_portfolio_the_page_says_what_to_do(open_page: Callable[..., Page], site: str, olga: User) -> None:
    page = opened(olga, open_page, site)
    expect(page.locator("#portfolio-empty")).to_contain_text("An administrator adds one")
    expect(page.get_by_role("button", name="Draft a bid")).to_have_count(0)


def test_limits_are_set_in_the_name_of_who_does(
    desk: TradingPortfolio, open_page: Callable[..., Page], site: str
) -> None:
    page = opened(person("eva", Role.SUPERVISOR), open_page, site)
    expect(page.locator("#limits-state")).to_contain_text("set by eva")
    page.get_by_label("Sell at most, kW").fill("50")
    page.get_by_label("Reason").fill("for tonight")
    page.get_by_role("button", name="Set in my name").click()
    expect(page.locator("#status-line")).to_contain_text("The limits are set")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator("#refusal")).to_contain_text("the limit is 50")
