from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from apps.markets.adapters.csv_tariffs import parse as parse_tariffs
from apps.markets.adapters.files import parse_file
from apps.markets.adapters.parsed import Defaults, ParsedSeries
from apps.markets.choices import FileFormat, Product
from gridops.simulator.market_post import FIRST_DAYS, MarketPost
from gridops.simulator.market_service import MarketService
from gridops.simulator.weather_service import by_calendar
from tests.simulator.town import town

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 11, 30, tzinfo=UTC)  # 12:30 there
SERVICE = MarketService(town(), 1, by_calendar(2016))
YEAR = SERVICE.at(datetime(2025, 3, 1, tzinfo=UTC).timestamp() + 900.0 * np.arange(364 * 96))


def read(path: Path) -> list[ParsedSeries]:
    file_format = FileFormat.ENTSOE_XML if path.suffix == ".xml" else FileFormat.CSV
    return parse_file(path.read_bytes(), file_format, Defaults(lambda _: BERLIN)).series


def post(folder: Path) -> MarketPost:
    return MarketPost(SERVICE, folder, "town 1", BERLIN)


def files(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / kind).glob("*.*")) if (folder / kind).is_dir() else []


def test_prices_are_those_of_a_market() -> None:
    assert 40 < np.mean(YEAR.price) < 130
    assert YEAR.price.min() >= -120
    assert np.quantile(YEAR.price, 0.99) < 500


def test_days_are_alike_but_never_the_same() -> None:
    hours = YEAR.price.reshape(-1, 24, 4).mean(axis=2)
    likeness = np.corrcoef(hours[1:].ravel(), hours[:-1].ravel())[0, 1]
    assert 0.3 < likeness < 0.999


def test_the_price_rises_with_the_residual_load_and_factors_are_those_of_plants() -> None:
    start = datetime(2026, 1, 15, tzinfo=UTC).timestamp()
    times = start + 900.0 * np.arange(96 * 28)
    load, renewable = SERVICE._courses(SERVICE._profile_time(times + 450))
    assert np.corrcoef(load - renewable, SERVICE.at(times).price)[0, 1] > 0.8
    assert (YEAR.average_g_kwh >= 0).all()
    assert (YEAR.average_g_kwh <= 1050).all()
    assert set(np.unique(YEAR.marginal_g_kwh)) <= {40.0, 1050.0, 830.0, 370.0, 520.0, 760.0}


def test_the_same_day_is_told_alike_and_another_seed_tells_otherwise() -> None:
    times = NOW.timestamp() // 900 * 900 + 900.0 * np.arange(96)
    again = MarketService(town(), 1, by_calendar(2016))
    other = MarketService(town(), 2, by_calendar(2016))
    assert np.array_equal(again.at(times).price, SERVICE.at(times).price)
    assert not np.array_equal(other.at(times).price, SERVICE.at(times).price)


def test_tomorrow_is_published_once_at_a_quarter_to_one(tmp_path: Path) -> None:
    field = post(tmp_path)
    assert field.newest(NOW) == date(2026, 3, 10)
    field.step(NOW)
    field.step(NOW + timedelta(minutes=14))
    assert len(files(tmp_path, "prices")) == 1
    field.step(NOW + timedelta(minutes=15))
    field.step(NOW + timedelta(hours=5))
    first, second = files(tmp_path, "prices")
    (prices,) = read(second)
    assert (prices.key.product, prices.key.step_s, prices.key.unit) == (Product.DAY_AHEAD, 900, "EUR/MWh")
    assert (prices.starts_at, len(prices.values)) == (datetime(2026, 3, 10, 23, tzinfo=UTC), 96)
    assert np.isfinite(prices.values).all()
    assert len(read(first)[0].values) == (FIRST_DAYS + 1) * 96  # what a pause may have left out


def test_what_is_published_is_what_the_market_said(tmp_path: Path) -> None:
    post(tmp_path).step(NOW)
    (prices,) = read(files(tmp_path, "prices")[0])
    times = prices.starts_at.timestamp() + 900.0 * np.arange(len(prices.values))
    assert prices.values == pytest.approx(SERVICE.at(times).price)
    average, marginal = read(files(tmp_path, "emissions")[0])
    assert (average.key.product, marginal.key.product) == (Product.EMISSION_AVERAGE, Product.EMISSION_MARGINAL)
    by_hour = SERVICE.at(times).average_g_kwh.reshape(-1, 4).mean(axis=1)
    assert average.values == pytest.approx(by_hour, abs=0.051)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_of_23_and_25_hours_are_whole(tmp_path: Path, day: date, hours: int) -> None:
    field = post(tmp_path)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    field.step(noon - timedelta(days=2))
    field.step(noon)
    (prices,) = read(files(tmp_path, "prices")[-1])
    assert len(prices.values) == hours * 4


def test_the_past_is_told_once_for_each_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.simulator.market_post.ARCHIVE_DAYS", 20)
    assert post(tmp_path).archive(NOW)
    assert not post(tmp_path).archive(NOW)
    (prices,) = read(files(tmp_path, "archive-prices")[0])
    assert prices.ends_at == datetime(2026, 3, 9, 23, tzinfo=UTC)  # the day before the newest
    assert len(prices.values) == 21 * 96


def test_a_field_that_starts_anew_says_the_same_of_the_past(tmp_path: Path) -> None:
    post(tmp_path / "before").step(NOW)
    post(tmp_path / "after").step(NOW + timedelta(days=3))
    (before,), (after,) = (read(files(tmp_path / name, "prices")[0]) for name in ("before", "after"))
    shared = before.values[3 * 96 :]
    assert np.array_equal(after.values[: len(shared)], shared)


def test_tariffs_of_the_supplier_come_with_the_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.simulator.market_post.ARCHIVE_DAYS", 2)
    post(tmp_path).archive(NOW)
    (file,) = files(tmp_path, "tariffs")
    tariffs = {one.name: one for one in parse_tariffs(file.read_bytes())}
    assert set(tariffs) == {"Home", "Home by time", "Home at market price", "Business"}
    assert tariffs["Home at market price"].spot_zone
    assert {one.valid_from for one in tariffs.values()} == {date(2025, 1, 1)}
