"""What the field's market publishes of load, wind and sun, and how it is read here."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from apps.markets.adapters.files import parse_file
from apps.markets.adapters.parsed import Defaults, FileRefused, ParsedFile
from apps.markets.choices import FUNDAMENTALS, FileFormat, Product
from gridops.simulator.market_post import MarketPost
from gridops.simulator.market_service import MarketService
from gridops.simulator.weather_service import by_calendar
from tests.simulator.town import town

BERLIN = ZoneInfo("Europe/Berlin")
SERVICE = MarketService(town(), 1, by_calendar(2016))
DEFAULTS = Defaults(lambda _: BERLIN)
MORNING = datetime(2026, 3, 10, 8, 30, tzinfo=UTC)  # half past nine there


def read(path: Path) -> ParsedFile:
    return parse_file(path.read_bytes(), FileFormat.CSV if path.suffix == ".csv" else FileFormat.ENTSOE_XML, DEFAULTS)


def told(folder: Path) -> dict[str, list[Path]]:
    found = sorted((folder / "forecasts").glob("*.xml"))
    return {kind: [one for one in found if one.name.startswith(kind)] for kind in ("load", "wind-and-sun")}


def test_the_day_ahead_is_foreseen_each_morning_before_the_gate(tmp_path: Path) -> None:
    post = MarketPost(SERVICE, tmp_path, "town 1", BERLIN)
    post.step(MORNING)
    assert {kind: len(files) for kind, files in told(tmp_path).items()} == {"load": 1, "wind-and-sun": 1}
    post.step(MORNING + timedelta(minutes=31))
    post.step(MORNING + timedelta(hours=3))
    files = told(tmp_path)
    assert {kind: len(every) for kind, every in files.items()} == {"load": 2, "wind-and-sun": 2}
    (load,) = read(files["load"][-1]).series
    wind, sun = read(files["wind-and-sun"][-1]).series
    assert [one.key.product for one in (load, wind, sun)] == list(FUNDAMENTALS)
    assert {one.starts_at for one in (load, wind, sun)} == {datetime(2026, 3, 10, 23, tzinfo=UTC)}
    times = load.starts_at.timestamp() + 900.0 * np.arange(96)
    foreseen = SERVICE.foreseen(times)
    assert load.values == pytest.approx(foreseen.load_mw)
    assert wind.values == pytest.approx(foreseen.wind_mw)
    assert sun.values == pytest.approx(foreseen.sun_mw)
    assert load.published_at == MORNING + timedelta(minutes=31)


def test_the_past_is_told_as_it_was_known_each_morning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.simulator.market_post.ARCHIVE_DAYS", 3)
    MarketPost(SERVICE, tmp_path, "town 1", BERLIN).archive(MORNING)
    (file,) = (tmp_path / "archive-forecasts").glob("*.csv")
    found = read(file).series
    assert {one.key.product for one in found} == set(FUNDAMENTALS)
    for one in found:
        assert one.known_at is not None
        local = one.starts_at.astimezone(BERLIN)
        assert one.known_at.astimezone(BERLIN).date() == local.date() - timedelta(days=1)
        assert one.known_at.astimezone(BERLIN).hour <= 11  # also where clocks are changed between


def test_what_is_foreseen_tells_of_the_price_without_being_it() -> None:
    times = datetime(2025, 3, 1, tzinfo=UTC).timestamp() + 900.0 * np.arange(120 * 96)
    foreseen, price = SERVICE.foreseen(times), SERVICE.at(times).price
    residual = foreseen.load_mw - foreseen.wind_mw - foreseen.sun_mw
    assert 0.8 < np.corrcoef(residual, price)[0, 1] < 0.99
    assert (foreseen.sun_mw >= 0).all()
    assert (foreseen.wind_mw >= 0).all()


HEAD = '<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0">'
PERIOD = (
    "<Period><timeInterval><start>2026-03-10T23:00Z</start><end>2026-03-11T01:00Z</end></timeInterval>"
    "<resolution>PT60M</resolution><Point><position>1</position><quantity>{}</quantity></Point>"
    "<Point><position>2</position><quantity>{}</quantity></Point></Period>"
)
DOMAIN = "<inBiddingZone_Domain.mRID>10YTOWN--------T</inBiddingZone_Domain.mRID>"


def series(plant: str, *values: object) -> str:
    kind = f"<MktPSRType><psrType>{plant}</psrType></MktPSRType>" if plant else ""
    return f"<TimeSeries><mRID>1</mRID>{DOMAIN}{kind}{PERIOD.format(*values)}</TimeSeries>"


def document(*rows: str, kind: str = "A69", process: str = "A01") -> bytes:
    head = f"{HEAD}<type>{kind}</type><process.processType>{process}</process.processType>"
    return f"{head}{''.join(rows)}</GL_MarketDocument>".encode()


def test_wind_on_land_and_at_sea_stand_together() -> None:
    whole = document(series("B19", 100, 200), series("B18", 10, 20), series("B16", 5, 0))
    found = {one.key.product: one.values.tolist() for one in parse_file(whole, FileFormat.ENTSOE_XML, DEFAULTS).series}
    assert found == {Product.WIND_FORECAST: [110.0, 220.0], Product.SOLAR_FORECAST: [5.0, 0.0]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document(series("B19", 1, 2), process="A16"), "ask for the forecast of the day ahead"),
        (document(series("", 1, 2), kind="A75"), "forecasts are read of A65"),
        (document(series("", 1, 2)), "does not say which plants"),
        (document(series("B02", 1, 2)), "psrType: B02 is not read"),
        (document(series("B16", 1, "much")), "position 2, quantity: 'much' is no number"),
        (document(series("B16", 1, -5)), "no possible value"),
        (document(), "it holds no TimeSeries"),
        (document(series("B16", 1, 2).replace(DOMAIN, "")), "no zone is told"),
    ],
)
def test_what_cannot_be_taken_is_told_with_the_place(content: bytes, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        parse_file(content, FileFormat.ENTSOE_XML, DEFAULTS)
    assert words in str(refused.value)


def test_a_day_is_named_by_the_clock_of_the_market(tmp_path: Path) -> None:
    MarketPost(SERVICE, tmp_path, "town 1", BERLIN).step(datetime(2026, 3, 28, 10, tzinfo=UTC))
    (load,) = read(told(tmp_path)["load"][0]).series
    assert len(load.values) == 96 + 92  # the day itself and that on which clocks are put forward
    assert date(2026, 3, 29).strftime("%Y%m%d") in told(tmp_path)["load"][0].name
