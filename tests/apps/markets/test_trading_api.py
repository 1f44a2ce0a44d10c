"""The books of trading over HTTP."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.markets.adapters.csv_results import parse
from apps.markets.adapters.parsed import FileRefused
from apps.markets.choices import BidStatus
from apps.markets.models import Bid, TradingPortfolio
from apps.markets.rules import day_to_bid, delivery_span
from apps.markets.selectors.trading_documents import bid_document
from apps.markets.services.portfolios import LimitsWanted, set_limits
from apps.markets.services.refusal import By
from tests.factories.markets import make_feed, make_zone, take

pytestmark = pytest.mark.django_db
BODY = {
    "most_sell_kw": 1000.0,
    "most_buy_kw": 500.0,
    "most_loss": 100.0,
    "least_price": -500.0,
    "most_price": 4000.0,
    "most_order_kw": 100.0,
    "least_order_kw": 5.0,
    "is_automatic": False,
    "reason": "for tests",
}


@pytest.fixture
def portfolio() -> TradingPortfolio:
    return TradingPortfolio.objects.create(
        name="Town", zone=make_zone(), folder="out/bids", assumed_spread=20.0, assumed_spread_source="a study"
    )


def client(name: str, role: Role) -> Client:
    made = Client()
    made.force_login(User.objects.get_or_create(username=name, defaults={"role": role})[0])
    return made


def bid(portfolio: TradingPortfolio, **more: Any) -> Bid:
    now = timezone.now()
    day = day_to_bid(portfolio.zone, now)
    begin, steps = delivery_span(portfolio.zone, day)
    usual = {
        "delivery_day": day,
        "starts_at": begin,
        "steps": steps,
        "currency": "EUR",
        "risk_weight": 0.2,
        "risk_level": 0.9,
        "scenario_count": 10,
        "seed": 1,
        "expected_profit": 120.0,
        "worst_profit": 80.0,
        "curve": {
            "price": [[-500.0, 50.0]] * steps,
            "kw": [[-10.0, 40.0]] * steps,
            "storage_kw": [[-10.0, 10.0]] * steps,
        },
        "inputs": {"prices": "a mean", "plants": 1, "batteries": 1},
        "drafted_at": now,
        "drafted_by": User.objects.get_or_create(username="dora", defaults={"role": Role.PROGRAM_MANAGER})[0],
    }
    return Bid.objects.create(portfolio=portfolio, **{**usual, **more})


def test_limits_are_set_by_those_who_approve_and_a_wrong_one_is_told_by_its_field(portfolio: TradingPortfolio) -> None:
    url = f"/api/v1/markets/portfolios/{portfolio.pk}/limits"
    assert client("olga", Role.OPERATOR).put(url, BODY, content_type="application/json").status_code == 403
    eva = client("eva", Role.SUPERVISOR)
    wrong = eva.put(url, BODY | {"least_price": 10.0, "most_price": 5.0}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["problems"][0]["field"]) == (409, "least_price")
    assert "most_loss" in eva.put(url, BODY | {"most_loss": -1}, content_type="application/json").json()
    done = eva.put(url, BODY, content_type="application/json")
    assert (done.status_code, done.json()["set_by"]) == (200, "eva")
    (told,) = eva.get("/api/v1/markets/portfolios").json()
    assert told["limits"]["most_sell_kw"] == 1000.0


def test_a_bid_goes_its_way_over_http(portfolio: TradingPortfolio) -> None:
    by = By(User.objects.create_user("eva", role=Role.SUPERVISOR))
    set_limits(portfolio=portfolio, wanted=LimitsWanted(**BODY), by=by, as_of=timezone.now())  # type: ignore[arg-type]
    one = bid(portfolio)
    dora, eva = client("dora", Role.PROGRAM_MANAGER), client("eva", Role.SUPERVISOR)
    url = f"/api/v1/markets/bids/{one.pk}"
    assert client("olga", Role.OPERATOR).post(f"{url}/submission").status_code == 403
    assert dora.post(f"{url}/submission").json()["status"] == BidStatus.SUBMITTED
    refused = dora.post(f"{url}/approval")
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (409, "approved_by")
    assert eva.post(f"{url}/approval").json()["decided_by"] == "eva"
    assert dora.post(f"{url}/withdrawal", {"reason": ""}, content_type="application/json").status_code == 400
    gone = dora.post(f"{url}/withdrawal", {"reason": "wind"}, content_type="application/json")
    assert (gone.status_code, gone.json()["status"]) == (201, BidStatus.WITHDRAWN)
    assert eva.get(url).json()["kw"][0] == [-10.0, 40.0]


@pytest.mark.parametrize(("kind", "holds"), [("xml", "<quantity>0.040</quantity>"), ("csv", ";50.00;0.040;EUR")])
def test_the_document_is_there_to_be_looked_at(portfolio: TradingPortfolio, kind: str, holds: str) -> None:
    answer = client("olga", Role.OPERATOR).get(f"/api/v1/markets/bids/{bid(portfolio).pk}/document?kind={kind}")
    assert answer.status_code == 200
    assert holds in answer.content.decode()
    assert f".{kind}" in answer["Content-Disposition"]


def test_the_database_keeps_four_eyes(portfolio: TradingPortfolio) -> None:
    one = bid(portfolio)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bid.objects.filter(pk=one.pk).update(
            status=BidStatus.APPROVED, submitted_by=one.drafted_by, decided_by=one.drafted_by
        )


def test_a_bid_is_told_as_it_stood_then(portfolio: TradingPortfolio) -> None:
    now = timezone.now()
    one = bid(portfolio, drafted_at=now - timedelta(hours=3), submitted_at=now - timedelta(hours=2))
    one.status, one.ended_at, one.reason = BidStatus.WITHDRAWN, now - timedelta(hours=1), "wind"
    told = [bid_document(one, now - timedelta(minutes=back)) for back in (150, 90, 30)]
    assert [each["status"] for each in told] == [BidStatus.DRAFTED, BidStatus.SUBMITTED, BidStatus.WITHDRAWN]
    assert [each["reason"] for each in told] == ["", "", "wind"]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (";cleared;2026-03-10T23:00Z;1;50;", "row 2, document"),
        ("GRIDOPS-DA-1;done;;;;", "row 2, outcome"),
        ("GRIDOPS-DA-1;cleared;2026-03-10T23:00;1;50;", "row 2, starts_at"),
        ("GRIDOPS-DA-1;cleared;2026-03-10T23:07Z;1;50;", "no begin of a quarter hour"),
        ("GRIDOPS-DA-1;cleared;2026-03-10T23:00Z;x;50;", "row 2, quantity_mw"),
        ("GRIDOPS-DA-1;cleared;2026-03-10T23:00Z;1;;", "row 2, price"),
        ("GRIDOPS-DA-1;cleared;2026-03-10T23:00Z;1;99999;", "row 2, price"),
    ],
)
def test_what_is_wrong_in_results_is_told_by_its_row(row: str, place: str) -> None:
    with pytest.raises(FileRefused, match=place):
        parse(f"document;outcome;starts_at;quantity_mw;price;reason\n{row}\n".encode())


def test_results_of_what_was_never_handed_over_are_refused_as_a_whole(portfolio: TradingPortfolio) -> None:
    one = bid(portfolio)
    feed = make_feed("results", file_format="results")
    content = f"document;outcome;reason\n{one.document_id};received;\n".encode()
    with pytest.raises(AssertionError, match="no such bid or order was handed over"):
        take(feed, content, datetime(2026, 3, 10, 12, tzinfo=UTC))


def test_an_empty_desk_answers(portfolio: TradingPortfolio) -> None:
    olga = client("olga", Role.OPERATOR)
    begin = f"/api/v1/markets/portfolios/{portfolio.pk}"
    position = olga.get(f"{begin}/position?day={date(2026, 3, 29)}").json()
    assert len(position["t"]) == 92
    assert set(position["sold_kw"]) == {0.0}
    assert set(position["expected_kw"]) == {None}
    for name in ("bids", "orders", "results", "imbalances"):
        assert olga.get(f"{begin}/{name}").json() == []
    frontier = olga.get(f"/api/v1/renewables/trading/frontiers?portfolio={portfolio.pk}")
    assert (frontier.status_code, frontier.json()) == (200, {"frontier": None})
