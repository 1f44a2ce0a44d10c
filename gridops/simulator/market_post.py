"""Where the field's market is handed over: day-ahead prices in ENTSO-E XML, emission factors as CSV."""

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gridops.simulator.market_forecasts import ZONE, forecast_documents, past_sheet
from gridops.simulator.market_service import STEP_S, MarketService
from gridops.simulator.posted import is_told, write_whole

log = logging.getLogger("gridops.simulator.market")

PUBLISHED = time(12, 45)  # by the market's clock, of the day before
FORESEEN = time(10)
DAY = timedelta(days=1)
ARCHIVE_DAYS = 400
FIRST_DAYS = 14  # after a start, so that a pause of some days leaves no hole
PRICES, EMISSIONS, FORECASTS, ARCHIVED_FORECASTS = "prices", "emissions", "forecasts", "archive-forecasts"
ARCHIVED_PRICES, ARCHIVED_EMISSIONS, TARIFFS = "archive-prices", "archive-emissions", "tariffs"
MARK = ".archive-of"
NAMESPACE = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"
HOUR_STEPS = 3600 // STEP_S

Part = tuple[str, float, str, str, str, str]

# Kind, price, unit, from, to, weekdays.
ENERGY, NETWORK, LEVY, DEMAND, STANDING = "energy", "network", "levy", "demand", "standing"
STANDING_HOME: Part = (STANDING, 118, "EUR/year", "", "", "")
FEED_IN: Part = ("feed_in", 7.8, "ct/kWh", "", "", "")
GRID_BY_TIME: tuple[Part, ...] = (
    (NETWORK, 2.1, "ct/kWh", "00:00", "06:00", ""),
    (NETWORK, 8.4, "ct/kWh", "06:00", "17:00", ""),
    (NETWORK, 14.2, "ct/kWh", "17:00", "21:00", ""),
    (NETWORK, 8.4, "ct/kWh", "21:00", "24:00", ""),
)
HOME_LEVY: Part = (LEVY, 9.6, "ct/kWh", "", "", "")
RETAIL: tuple[tuple[str, str, str, tuple[Part, ...]], ...] = (
    (
        "Home",
        "household",
        "",
        ((ENERGY, 14.8, "ct/kWh", "", "", ""), (NETWORK, 8.4, "ct/kWh", "", "", ""), HOME_LEVY, STANDING_HOME),
    ),
    ("Home by time", "household", "", ((ENERGY, 14.8, "ct/kWh", "", "", ""), *GRID_BY_TIME, HOME_LEVY, STANDING_HOME)),
    ("Home at market price", "household", ZONE, ((ENERGY, 2.2, "ct/kWh", "", "", ""), *GRID_BY_TIME, HOME_LEVY)),
    (
        "Business",
        "medium voltage",
        "",
        (
            (ENERGY, 13.1, "ct/kWh", "06:00", "20:00", "1-5"),
            (ENERGY, 10.2, "ct/kWh", "00:00", "06:00", "1-5"),
            (ENERGY, 10.2, "ct/kWh", "20:00", "24:00", "1-5"),
            (ENERGY, 10.2, "ct/kWh", "", "", "6,7"),
            (NETWORK, 1.9, "ct/kWh", "", "", ""),
            (LEVY, 3.1, "ct/kWh", "", "", ""),
            (DEMAND, 96, "EUR/kW/year", "", "", ""),
            (STANDING, 480, "EUR/year", "", "", ""),
        ),
    ),
)


class MarketPost:
    """Puts what the market says into the folders, each file whole or not at all."""

    def __init__(self, service: MarketService, folder: Path, identity: str, clock: ZoneInfo) -> None:
        """identity: of the field whose past an archive tells."""
        self.service = service
        self.folder = folder
        self.identity = identity
        self.clock = clock
        self._last: date | None = None
        self._foreseen: date | None = None

    def step(self, now: datetime) -> None:
        """The day that was auctioned last, once; after a start some days before it too. Before the auction what is
        foreseen of its day."""
        self._foresee(now)
        newest = self.newest(now)
        if self._last == newest:
            return
        first = newest - (0 if self._last else FIRST_DAYS) * DAY
        self._write(PRICES, EMISSIONS, self._days(first, newest), now)
        self._last = newest
        log.info("prices of %s published", newest)

    def _foresee(self, now: datetime) -> None:
        """Of the last day that is foreseen; after a start the day before it too, so that no morning is missed."""
        local = now.astimezone(self.clock)
        last = local.date() + (DAY if local.time() >= FORESEEN else timedelta())
        if self._foreseen == last:
            return
        days = self._days(last - (timedelta() if self._foreseen else DAY), last)
        for kind, text in forecast_documents(self.service, days, now).items():
            write_whole(
                self.folder / FORECASTS / f"{kind}_{last:%Y%m%d}_{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.xml", text
            )
        self._foreseen = last

    def archive(self, now: datetime) -> bool:
        """The past up to the day before the newest, once for each field."""
        if is_told(self.folder / MARK, self.identity):
            return False
        last = self.newest(now) - DAY
        past = self._days(last - ARCHIVE_DAYS * DAY, last)
        self._write(ARCHIVED_PRICES, ARCHIVED_EMISSIONS, past, now)
        write_whole(self.folder / ARCHIVED_FORECASTS / f"forecasts_{last:%Y%m%d}.csv", past_sheet(self.service, past))
        write_whole(self.folder / TARIFFS / f"tariffs_{last:%Y}.csv", tariffs_sheet(date(last.year - 1, 1, 1)))
        write_whole(self.folder / MARK, self.identity)
        return True

    def newest(self, now: datetime) -> date:
        """The last day of delivery whose prices are out."""
        local = now.astimezone(self.clock)
        return local.date() + (DAY if local.time() >= PUBLISHED else timedelta())

    def _days(self, first: date, last: date) -> Sequence[datetime]:
        """Their midnights, and that at which the last one ends."""
        count = (last - first).days + 2
        midnights = (datetime.combine(first + n * DAY, time(), self.clock) for n in range(count))
        return [one.astimezone(UTC) for one in midnights]

    def _write(self, prices: str, emissions: str, midnights: Sequence[datetime], now: datetime) -> None:
        begin, end = (one.timestamp() for one in (midnights[0], midnights[-1]))
        times = np.arange(begin, end, STEP_S)
        found = self.service.at(times)
        name = f"{midnights[-2].astimezone(self.clock):%Y%m%d}_{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        write_whole(self.folder / prices / f"prices_{name}.xml", prices_document(midnights, found.price.tolist(), now))
        factors = {"emission_average": found.average_g_kwh, "emission_marginal": found.marginal_g_kwh}
        write_whole(self.folder / emissions / f"emissions_{name}.csv", factors_sheet(midnights[0], factors))


def prices_document(midnights: Sequence[datetime], prices: Sequence[float], now: datetime) -> str:
    """A period a day, of curve type A03: a price like the one before it is left out."""
    first = midnights[0].timestamp()
    places = [int(one.timestamp() - first) // STEP_S for one in midnights]
    periods = "".join(
        _period(midnights[n], midnights[n + 1], prices[places[n] : places[n + 1]]) for n in range(len(midnights) - 1)
    )
    parties = "".join(
        f'<{side}_MarketParticipant.mRID codingScheme="A01">{ZONE}</{side}_MarketParticipant.mRID>'
        f"<{side}_MarketParticipant.marketRole.type>{role}</{side}_MarketParticipant.marketRole.type>"
        for side, role in (("sender", "A32"), ("receiver", "A33"))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Publication_MarketDocument xmlns="{NAMESPACE}">'
        f"<mRID>{int(now.timestamp())}</mRID><revisionNumber>1</revisionNumber><type>A44</type>{parties}"
        f"<createdDateTime>{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</createdDateTime>"
        f"<period.timeInterval>{_interval(midnights[0], midnights[-1])}</period.timeInterval>"
        f"<TimeSeries><mRID>1</mRID><auction.type>A01</auction.type><businessType>A62</businessType>"
        f'<in_Domain.mRID codingScheme="A01">{ZONE}</in_Domain.mRID>'
        f'<out_Domain.mRID codingScheme="A01">{ZONE}</out_Domain.mRID>'
        f"<contract_MarketAgreement.type>A01</contract_MarketAgreement.type>"
        f"<currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        f"<curveType>A03</curveType>{periods}</TimeSeries></Publication_MarketDocument>\n"
    )


def _period(begin: datetime, end: datetime, prices: Sequence[float]) -> str:
    points = "".join(
        f"<Point><position>{n + 1}</position><price.amount>{price:.2f}</price.amount></Point>"
        for n, price in enumerate(prices)
        if n == 0 or price != prices[n - 1]
    )
    return (
        f"<Period><timeInterval>{_interval(begin, end)}</timeInterval>"
        f"<resolution>PT{STEP_S // 60}M</resolution>{points}</Period>"
    )


def _interval(begin: datetime, end: datetime) -> str:
    return f"<start>{begin:%Y-%m-%dT%H:%MZ}</start><end>{end:%Y-%m-%dT%H:%MZ}</end>"


def tariffs_sheet(valid_from: date) -> str:
    """Of the supplier and the grid of the field; what it buys back is the same for all."""
    rows = ["tariff;customer_class;kind;price;unit;from;to;weekdays;valid_from;spot_zone"]
    for tariff, customers, spot, parts in RETAIL:
        for kind, price, unit, begin, end, weekdays in (*parts, FEED_IN):
            rows.append(f"{tariff};{customers};{kind};{price};{unit};{begin};{end};{weekdays};{valid_from};{spot}")
    return "\n".join(rows) + "\n"


def factors_sheet(begin: datetime, factors: dict[str, "np.ndarray"]) -> str:
    """By hours."""
    rows = ["time;value;product;zone;resolution;unit"]
    for product, values in factors.items():
        for n, value in enumerate(values.reshape(-1, HOUR_STEPS).mean(axis=1)):
            at = begin + timedelta(hours=n)
            rows.append(f"{at:%Y-%m-%dT%H:%MZ};{value:.1f};{product};{ZONE};PT60M;g/kWh")
    return "\n".join(rows) + "\n"
