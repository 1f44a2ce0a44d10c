"""A portfolio of a small park, its limits and people, and the simulated field's market in lock step, by files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.forecasts.adapters.packed import packed
from apps.forecasts.models import HistoryDay
from apps.forecasts.selectors.actual import instant_of, step_of
from apps.markets.adapters.blocks import stored
from apps.markets.choices import Product, Source
from apps.markets.models import BiddingZone, MarketBlock, MarketSeries, PortfolioMember, TradingPortfolio
from apps.markets.services.feeds import FIELD_ZONE, prepare_field_feeds
from apps.markets.services.folders import read_folders
from apps.markets.services.portfolios import LimitsWanted, record_terms, set_limits
from apps.markets.services.refusal import By
from apps.renewables.services.trading_volumes import take_plants, tell_volumes
from gridops.simulator.market_post import MarketPost
from gridops.simulator.market_service import MarketService
from gridops.simulator.paper_market import PaperMarket
from gridops.simulator.paper_prices import PaperPrices
from gridops.simulator.weather_service import by_calendar
from tests.factories.renewables import DAY, Park
from tests.simulator.town import town

MORNING = datetime(2026, 3, 10, 9, tzinfo=UTC)  # 10:00 by the market's clock, two hours before the gate
BERLIN = ZoneInfo("Europe/Berlin")
BATTERY = UUID("00000000-0000-4000-8000-0000000000ba")
WIDE = LimitsWanted(20_000.0, 5_000.0, 50_000.0, -500.0, 4_000.0, 2_000.0, 5.0, False, "for tests")
SERVICE = MarketService(town(), 1, by_calendar(2016))
PRICES = PaperPrices(SERVICE, 1)
PAST_DAYS = 20


@dataclass
class Exchange:
    """The field's market: what it writes is read by the feeds at the same instant."""

    root: Path
    post: MarketPost
    paper: PaperMarket

    def step(self, now: datetime) -> None:
        self._touch(self.root / "field" / "bids", now)
        self.post.step(now)
        self.paper.step(now)
        self._touch(self.root, now)
        read_folders(as_of=now, still_s=0)

    def _touch(self, folder: Path, now: datetime) -> None:
        """Files are of the instant that is played, not of the clock on the wall."""
        for path in folder.rglob("*.*"):
            if path.is_file():
                os.utime(path, (now.timestamp(), now.timestamp()))


def make_exchange(root: Path, now: datetime) -> Exchange:
    """With prices of the last weeks already known."""
    make_known(now)
    post = MarketPost(SERVICE, root / "field", "town 1", BERLIN)
    exchange = Exchange(root, post, PaperMarket(PRICES, root / "field", "town 1", BERLIN))
    exchange.step(now)
    return exchange


def make_known(now: datetime, **zone_more: object) -> None:
    """The field's zone and feeds, and its past as an archive would have told it, up to the midnight before."""
    prepare_field_feeds()
    BiddingZone.objects.filter(code=FIELD_ZONE).update(time_zone=BERLIN.key, **zone_more)
    zone = BiddingZone.objects.get(code=FIELD_ZONE)
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    begin = end - timedelta(days=PAST_DAYS)
    times = np.arange(begin.timestamp(), end.timestamp(), 900)
    for product, values in (
        (Product.DAY_AHEAD, SERVICE.at(times).price),
        (Product.IMBALANCE, PRICES.imbalance(times)),
    ):
        series = MarketSeries.objects.create(zone=zone, product=product, step_s=900, unit="EUR/MWh")
        MarketBlock.objects.create(series=series, known_at=begin, starts_at=begin, ends_at=end, values=stored(values))


def make_portfolio(*, limits: LimitsWanted | None = WIDE, now: datetime = MORNING, **more: object) -> TradingPortfolio:
    """Of all plants, with what they are expected to give."""
    zone = BiddingZone.objects.get(code=FIELD_ZONE)
    usual = {
        "folder": "field/bids",
        "takes_all_plants": True,
        "assumed_spread": 20.0,
        "assumed_spread_source": "Imbalance prices of the last year, mean distance.",
        "scenario_count": 12,
    }
    portfolio = TradingPortfolio.objects.create(name="Town", zone=zone, **{**usual, **more})
    take_plants()
    tell_volumes(as_of=now)
    if limits is not None:
        set_limits(portfolio=portfolio, wanted=limits, by=By(person("eva", Role.SUPERVISOR)), as_of=now)
    return portfolio


def add_battery(portfolio: TradingPortfolio, *, now: datetime = MORNING, stored_kwh: float = 500.0) -> None:
    PortfolioMember.objects.create(portfolio=portfolio, source=Source.STORAGE, mrid=BATTERY, name="Battery")
    terms: dict[str, float | None] = {
        "charge_kw": 500.0,
        "discharge_kw": 500.0,
        "energy_kwh": 1_000.0,
        "charge_efficiency": 0.95,
        "discharge_efficiency": 0.95,
        "least_kwh": 100.0,
        "most_kwh": 950.0,
        "stored_kwh": stored_kwh,
        "resting_kwh": 500.0,
        "wear_per_kwh": 0.01,
        "cycles_a_day": 2.0,
    }
    assert record_terms(mrid=BATTERY, terms=terms, as_of=now)


def person(name: str, role: Role = Role.PROGRAM_MANAGER) -> User:
    return User.objects.get_or_create(username=name, defaults={"role": role})[0]


def given(park: Park, until: datetime, *, factor: float = 1.0) -> None:
    """The field goes on: what plants could give is metered up to then."""
    end = step_of(until)
    rows: list[HistoryDay] = []
    for key, values in park.potential.items():
        whole = np.where(np.arange(park.first, park.first + len(values)) < end, values, np.nan)
        whole[park.end - park.first :] *= factor
        days = np.pad(whole, (0, -len(whole) % DAY), constant_values=np.nan).reshape(-1, DAY)
        rows += [
            HistoryDay(series_id=key, day=instant_of(park.first + n * DAY).date(), values_kw=packed(one))
            for n, one in enumerate(days)
            if np.isfinite(one).any()
        ]
    HistoryDay.objects.filter(series__in=list(park.potential)).delete()
    HistoryDay.objects.bulk_create(rows)


def quarter_hours(begin: datetime, count: int) -> Sequence[datetime]:
    return [begin + timedelta(minutes=15 * n) for n in range(count)]
