from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.markets.adapters.blocks import stored
from apps.markets.choices import PriceMethod, Product
from apps.markets.models import BiddingZone, MarketBlock, MarketSeries, PriceForecast, PriceScore
from apps.markets.rules import DAY, gate_closes, midnight, published_at
from apps.markets.selectors import FALLBACK, expected, price_forecast
from apps.markets.selectors.price_forecasts import price_skill, quantiles_of
from apps.markets.selectors.price_history import days_not_out
from apps.markets.services.price_forecasting import forecast_prices, is_due, issue, score_days
from gridops.engine.forecasting.boosting import lgb
from gridops.engine.optimization.trading import price_model
from tests.factories.market_files import ZONE
from tests.factories.markets import make_zone

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)
DAYS = 84
HOUR_S = 3600


@pytest.fixture(autouse=True)
def without_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no library of trees is there: the other members are quick."""
    monkeypatch.setattr(price_model, "lgb", None)


def put(
    zone: BiddingZone,
    day: date,
    values: np.ndarray,
    *,
    product: Product = Product.DAY_AHEAD,
    at: datetime | None = None,
) -> None:
    """By hours, known when the auction is over unless told otherwise."""
    unit = "EUR/MWh" if product is Product.DAY_AHEAD else "MW"
    row, _ = MarketSeries.objects.get_or_create(zone=zone, product=product, step_s=HOUR_S, defaults={"unit": unit})
    MarketBlock.objects.create(
        series=row,
        known_at=at or published_at(zone, day),
        starts_at=midnight(zone, day),
        ends_at=midnight(zone, day + DAY),
        values=stored(values),
    )


def hours(zone: BiddingZone, day: date) -> int:
    return int((midnight(zone, day + DAY) - midnight(zone, day)).total_seconds()) // HOUR_S


def course(zone: BiddingZone, day: date, chance: np.random.Generator) -> np.ndarray:
    """Two peaks, a cheap weekend, and noise that a day shares."""
    hour = np.arange(hours(zone, day))
    level = (60 if day.weekday() < 5 else 35) + chance.normal(0, 6)
    return level + 25 * np.sin((hour - 5) / 24 * 4 * np.pi) + chance.normal(0, 3, len(hour))


def market(days: int = DAYS, *, until: date = TODAY) -> BiddingZone:
    """Whose prices are out up to a day."""
    zone, chance = make_zone(is_watched=True), np.random.default_rng(7)
    for day in (until - n * DAY for n in reversed(range(days))):
        put(zone, day, course(zone, day, chance))
    return zone


def noon(zone: BiddingZone) -> datetime:
    return gate_closes(zone, TODAY + DAY) - timedelta(minutes=10)


def test_the_days_that_are_not_out_are_foretold_from_what_is_known() -> None:
    zone = market()
    as_of = noon(zone)
    days = days_not_out(zone=zone, as_of=as_of)
    assert days == [TODAY + DAY, TODAY + 2 * DAY]
    rows = [row for row in issue(zone=zone, days=days, as_of=as_of) if row.was_there]
    assert [(row.day, row.method, row.inputs["days_ahead"]) for row in rows] == [
        (days[0], PriceMethod.MODEL, 1),
        (days[1], PriceMethod.MODEL, 2),
    ]
    for row in rows:
        band = quantiles_of(row)
        assert band.shape == (24, len(row.levels))
        assert (np.diff(band, axis=1) >= 0).all()
        assert sum(row.inputs["weights"].values()) == pytest.approx(1, abs=0.01)
    told = price_forecast(zone=ZONE, starts_at=rows[0].starts_at, steps=48, step_s=1800, as_of=as_of)
    assert told.quantiles[0].tolist() == quantiles_of(rows[0])[0].tolist()


def test_what_came_later_changes_not_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_model, "lgb", lgb)
    zone = market(60)
    as_of, days = noon(zone), [TODAY + DAY, TODAY + 2 * DAY]
    first = [bytes(row.quantiles) for row in issue(zone=zone, days=days, as_of=as_of)]
    PriceForecast.objects.all().delete()
    chance = np.random.default_rng(1)
    for n in range(3):  # prices of the days themselves, and corrections of all that was known
        put(zone, TODAY + (n + 1) * DAY, chance.normal(500, 300, 24), at=as_of + timedelta(minutes=1))
    for n in range(60):
        day = TODAY - n * DAY
        put(zone, day, chance.normal(-300, 50, hours(zone, day)), at=as_of + timedelta(seconds=1))
    assert [bytes(row.quantiles) for row in issue(zone=zone, days=days, as_of=as_of)] == first


def test_a_short_history_falls_back_and_says_why() -> None:
    zone = market(12)
    rows = issue(zone=zone, days=[TODAY + DAY], as_of=noon(zone))
    assert (rows[0].method, rows[0].levels) == (PriceMethod.REPEATED, [0.5])
    assert "12 whole days of prices are known; the model learns from 42" in rows[0].reason
    hour = MarketBlock.objects.order_by("-starts_at")[:7]
    mean = np.mean([np.frombuffer(bytes(one.values)) for one in hour], axis=0)
    np.testing.assert_allclose(quantiles_of(rows[0])[:, 0], mean)


def test_with_less_than_a_week_nothing_is_said_and_the_fallback_of_the_prices_stands() -> None:
    friday = date(2026, 3, 13)
    zone = market(4, until=friday)
    as_of = gate_closes(zone, friday + DAY)
    rows = issue(zone=zone, days=[friday + DAY], as_of=as_of)
    assert rows[0].method == PriceMethod.NOTHING
    assert "4 whole days" in rows[0].reason
    found = expected(zone=ZONE, starts_at=rows[0].starts_at, steps=24, step_s=HOUR_S, as_of=as_of)
    assert (found.basis, np.isfinite(found.values).all()) == (FALLBACK, True)


def test_prices_that_stopped_coming_are_said_to_be_too_old() -> None:
    zone = market(until=TODAY - 3 * DAY)
    rows = issue(zone=zone, days=days_not_out(zone=zone, as_of=noon(zone)), as_of=noon(zone))
    assert {row.method for row in rows if row.was_there} == {PriceMethod.NOTHING}
    assert "The newest whole day of prices is 3 days before" in rows[0].reason


def test_it_is_issued_at_first_before_the_gate_and_after_news() -> None:
    zone = market()
    early = midnight(zone, TODAY) + timedelta(hours=8)

    def due(at: datetime) -> bool:
        return is_due(zone=zone, days=days_not_out(zone=zone, as_of=at), as_of=at)

    assert forecast_prices(as_of=early) >= 2
    assert not due(early + timedelta(minutes=5))
    assert due(noon(zone))
    assert forecast_prices(as_of=noon(zone)) == 2
    assert not due(noon(zone) + timedelta(minutes=5))
    put(zone, TODAY + DAY, np.full(24, 50.0))
    after = published_at(zone, TODAY + DAY) + timedelta(minutes=1)
    assert days_not_out(zone=zone, as_of=after)[0] == TODAY + 2 * DAY
    assert due(after)
    assert forecast_prices(as_of=after) == 2
    assert not due(after + timedelta(minutes=5))


def test_what_is_expected_is_the_newest_forecast_that_was_there() -> None:
    zone = market()
    issue(zone=zone, days=[TODAY + DAY], as_of=noon(zone))
    span = {"zone": ZONE, "starts_at": midnight(zone, TODAY), "steps": 72, "step_s": HOUR_S}
    found = expected(**span, as_of=noon(zone))
    assert found.is_known.tolist() == [True] * 24 + [False] * 48
    row = PriceForecast.objects.get(day=TODAY + DAY)
    np.testing.assert_array_equal(found.values[24:48], quantiles_of(row)[:, 3])
    assert found.basis == f"median of the price forecast of {row.as_of:%Y-%m-%d %H:%M} UTC; beyond it {FALLBACK}"
    assert expected(**span, as_of=noon(zone) - timedelta(minutes=1)).basis == FALLBACK


class TestScores:
    @pytest.fixture
    def zone(self) -> Iterator[BiddingZone]:
        zone = market()
        forecast_prices(as_of=noon(zone))
        yield zone

    def test_days_of_the_archive_are_worked_out_again_and_scored(self, zone: BiddingZone) -> None:
        skill = price_skill(zone=zone, until=TODAY + DAY)
        assert (skill.days, skill.worked_out_again, skill.by_model) == (28, 28, 28)
        assert skill.mae_ratio is not None
        assert skill.mae_ratio < 1
        assert 0.6 < (skill.coverage_80 or 0) <= (skill.coverage_90 or 0) <= 1
        assert all(row.forecast.as_of <= gate_closes(zone, row.day) < row.forecast.issued_at for row in skill.rows)

    def test_a_day_worked_out_again_says_what_would_have_been_said_then(self, zone: BiddingZone) -> None:
        day = TODAY - 9 * DAY
        again = PriceForecast.objects.get(day=day)
        then = issue(zone=zone, days=[day], as_of=gate_closes(zone, day) - timedelta(seconds=1))[0]
        assert np.abs(quantiles_of(then) - quantiles_of(again)).max() < 3.0  # members are fitted every few days

    def test_what_was_worked_out_again_was_never_there_to_plan_by(self, zone: BiddingZone) -> None:
        then = gate_closes(zone, TODAY) + timedelta(minutes=5)
        told = price_forecast(zone=ZONE, starts_at=midnight(zone, TODAY), steps=24, step_s=HOUR_S, as_of=then)
        assert (told.issued, bool(np.isfinite(told.median).any())) == ([], False)

    def test_a_day_is_scored_once_by_what_stood_at_its_gate(self, zone: BiddingZone) -> None:
        late = gate_closes(zone, TODAY + DAY) + timedelta(minutes=20)
        issue(zone=zone, days=[TODAY + DAY], as_of=late)
        price = np.full(24, 50.0)
        put(zone, TODAY + DAY, price)
        after = published_at(zone, TODAY + DAY) + timedelta(minutes=1)
        assert (score_days(zone=zone, as_of=after), score_days(zone=zone, as_of=after)) == (1, 0)
        score = PriceScore.objects.get(day=TODAY + DAY)
        assert score.forecast.as_of == noon(zone)
        band = quantiles_of(score.forecast)
        assert score.mae == pytest.approx(np.abs(price - band[:, 3]).mean())
        assert score.inside_80 == ((price >= band[:, 1]) & (price <= band[:, 5])).sum()

    def test_days_whose_prices_came_too_late_are_not_worked_out_again(self, zone: BiddingZone) -> None:
        PriceForecast.objects.all().delete()
        put(zone, TODAY - 10 * DAY, np.full(24, 40.0), at=noon(zone) - timedelta(hours=1))  # a correction of today
        issue(zone=zone, days=[TODAY + DAY], as_of=noon(zone))
        days = PriceForecast.objects.exclude(day=TODAY + DAY).values_list("day", flat=True)
        assert max(days) == TODAY - 10 * DAY


def test_published_forecasts_of_load_are_learned_from_where_they_are_known_ahead() -> None:
    zone, chance = make_zone(is_watched=True), np.random.default_rng(3)
    for n in reversed(range(-1, DAYS)):
        day = TODAY - n * DAY
        load = 50 + chance.normal(0, 8, hours(zone, day)).cumsum() * 0.4
        put(zone, day, load, product=Product.LOAD_FORECAST, at=gate_closes(zone, day) - timedelta(hours=3))
        if n >= 0:
            put(zone, day, 1.5 * load)
    row = issue(zone=zone, days=[TODAY + DAY], as_of=noon(zone))[0]
    assert row.inputs["known_ahead"] == [Product.LOAD_FORECAST]
    assert np.abs(quantiles_of(row)[:, 3] - 1.5 * load).mean() < 3
    MarketBlock.objects.filter(series__product=Product.LOAD_FORECAST, starts_at=row.starts_at).update(
        known_at=noon(zone) + timedelta(minutes=1)
    )
    without = issue(zone=zone, days=[TODAY + DAY], as_of=noon(zone) - timedelta(minutes=1))[0]
    assert without.inputs["known_ahead"] == []


def test_nothing_is_issued_of_a_zone_without_prices_or_without_a_watch() -> None:
    make_zone(is_watched=True)
    make_zone(code="unwatched")
    assert forecast_prices(as_of=datetime(2026, 3, 10, 12, tzinfo=UTC)) == 0


class TestOverHttp:
    API = "/api/v1/markets/price-forecasts"

    @pytest.fixture
    def viewer(self) -> Client:
        client = Client()
        client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
        return client

    def test_the_newest_forecast_of_each_day_is_told_with_what_it_stands_on(self, viewer: Client) -> None:
        zone = market(64)
        row = issue(zone=zone, days=[TODAY + DAY], as_of=noon(zone))[0]
        span = {"starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat(), "step_s": HOUR_S}
        told = viewer.get(self.API, {"zone": ZONE, **span}).json()
        assert np.array(told["quantiles"]).shape == (7, 24)
        assert (told["levels"][3], told["unit"], len(told["t"])) == (0.5, "EUR/MWh", 24)
        (issued,) = told["issued"]
        assert (issued["day"], issued["method"], issued["was_there"]) == (str(row.day), "model", True)
        assert issued["inputs"]["days"] == 64
        before = viewer.get(self.API, {"zone": ZONE, **span, "as_of": (noon(zone) - timedelta(hours=1)).isoformat()})
        assert (before.json()["issued"], set(before.json()["quantiles"][0])) == ([], {None})

    def test_how_good_it_was_is_told_by_day(self, viewer: Client) -> None:
        zone = market(64)
        forecast_prices(as_of=noon(zone))
        told = viewer.get(f"{self.API}/skill", {"zone": ZONE, "as_of": noon(zone).isoformat(), "days": 7}).json()
        assert (told["days"], told["worked_out_again"], len(told["rows"])) == (7, 7, 7)
        assert told["mae_ratio"] == pytest.approx(told["mae"] / told["naive_mae"])

    @pytest.mark.parametrize(("path", "field"), [("", "starts_at"), ("/skill", "zone")])
    def test_a_wrong_question_is_told_by_its_field(self, viewer: Client, path: str, field: str) -> None:
        assert field in viewer.get(f"{self.API}{path}", {"zone": "nowhere"}).json()

    def test_nobody_else_is_told(self) -> None:
        assert Client().get(f"{self.API}/skill", {"zone": ZONE}).status_code in (401, 403)
