"""Weather service and market around the room: what is posted into its drop folders, when it is known."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gridops.simulator.field import Field
from gridops.simulator.market_post import MarketPost
from gridops.simulator.market_service import MarketService
from gridops.simulator.paper_market import PaperMarket
from gridops.simulator.paper_prices import PaperPrices
from gridops.simulator.weather_post import WeatherPost
from gridops.simulator.weather_service import Scene, WeatherService, by_calendar, wall_to_profile

LONG_AGO_S = 3600.0  # a file of the post is whole: it is older than whatever is still being written


class Surroundings:
    def __init__(self, field: Field, seed: int, *, weather: Path, market: Path, clock: ZoneInfo) -> None:
        """clock: of the market's days."""
        year, identity = field.world.profiles.year, f"{field.case.source} {seed}"
        scene = Scene(field.clock.started_at.timestamp(), field.scenario.weather.changed)
        service = MarketService(field.case, seed, by_calendar(year))
        skies = WeatherService(field.case, seed, wall_to_profile(field.clock, year), scene)
        self._folders = (weather, market)
        self._weather = WeatherPost(skies, weather, identity)
        self._market = MarketPost(service, market, identity, clock)
        self._paper = PaperMarket(PaperPrices(service, seed), market, identity, clock)
        self._begin = field.clock.started_at
        self._past: dict[str, Callable[[], None]] = {"weather": self._weather_so_far, "market": self._market_so_far}

    def tell_past(self, what: str) -> None:
        """What a site finds on its first day: the archives, and what is new at the begin."""
        self._past[what]()
        self._age(self._begin)

    def post(self, now: datetime) -> None:
        """What has become known by now."""
        for one in (self._weather, self._market, self._paper):
            one.step(now)
        self._age(now)

    def _weather_so_far(self) -> None:
        self._weather.archive(self._begin)
        self._weather.step(self._begin)

    def _market_so_far(self) -> None:
        for one in (self._market, self._paper):
            one.archive(self._begin)
            one.step(self._begin)

    def _age(self, now: datetime) -> None:
        """The folders of the disk know the time of the machine only."""
        at = now.timestamp() - LONG_AGO_S
        for folder in self._folders:
            for path in folder.glob("*/*"):
                if path.is_file() and path.stat().st_mtime > now.timestamp():
                    os.utime(path, (at, at))
