import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.alarms.selectors import standing_sources
from apps.markets.choices import DayState, FeedKind, FeedState, FileFormat, FileOutcome
from apps.markets.models import BiddingZone, MarketBlock, MarketFeed, MarketFile, Tariff
from apps.markets.selectors.days import delivery_day
from apps.markets.selectors.health import feeds_health
from apps.markets.services import retention
from apps.markets.services.addresses import ask, ask_addresses, filled
from apps.markets.services.folders import read_folders
from apps.markets.services.lateness import watch_zones
from gridops.intake.addresses import AddressRefused
from tests.factories.market_files import DAY, NOW, ZONE, acknowledgement, day_document
from tests.factories.markets import make_feed, make_zone, take_day

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
TOMORROW = date(2026, 3, 11)


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.MARKET_ROOT = str(tmp_path)
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    os.utime(folder / name, (NOW.timestamp() - 60,) * 2)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_taken_and_refused_files_are_moved_and_a_refusal_says_why(folder: Path) -> None:
    feed = make_feed()
    put(folder, "good.xml", day_document(range(24)))
    put(folder, "bad.xml", acknowledgement())
    put(folder, "half.xml.part", b"<")
    assert read_folders(as_of=NOW) == 2
    assert names(folder) == ["half.xml.part", "refused/bad.xml", "refused/bad.xml.txt", "taken/good.xml"]
    assert "No matching data found" in (folder / "refused/bad.xml.txt").read_text()
    assert sorted(feed.files.values_list("outcome", flat=True)) == [FileOutcome.REFUSED, FileOutcome.TAKEN]
    assert MarketBlock.objects.count() == 1


def test_a_feed_says_what_it_holds_and_how_it_is(folder: Path) -> None:
    make_feed()
    make_feed("off", is_enabled=False)
    assert [one.state for one in feeds_health(as_of=NOW)] == [FeedState.OFF, FeedState.WAITING]
    put(folder, "bad.xml", b"<x/>")
    read_folders(as_of=NOW)
    (health,) = (one for one in feeds_health(as_of=NOW) if one.feed.name == "provider")
    assert (health.state, health.taken, health.refused) == (FeedState.FAILING, 0, 1)
    put(folder, "good.xml", day_document(range(24)))
    read_folders(as_of=NOW)
    assert [one.state for one in feeds_health(as_of=NOW)][1] == FeedState.WORKING


def test_a_folder_outside_the_root_is_a_reason_and_no_failure(folder: Path) -> None:
    make_feed(folder="../..")
    assert read_folders(as_of=NOW) == 0
    assert "must lie inside" in MarketFeed.objects.get().reason


def test_files_and_notes_go_and_prices_stay(folder: Path) -> None:
    make_feed()
    put(folder, "good.xml", day_document(range(24)))
    put(folder, "bad.xml", b"<x/>")
    read_folders(as_of=NOW)
    put(folder, "again.xml", day_document(range(24)))
    read_folders(as_of=NOW)
    assert retention.delete_files(as_of=NOW + timedelta(days=29)) == 0
    assert retention.delete_files(as_of=NOW + timedelta(days=31)) == 2
    assert retention.forget_files(as_of=NOW + timedelta(days=8)) == 1
    assert retention.forget_files(as_of=NOW + timedelta(days=91)) == 1
    assert MarketFile.objects.get().outcome == FileOutcome.TAKEN


def test_tariffs_come_by_a_folder_too(folder: Path) -> None:
    make_feed(file_format=FileFormat.TARIFFS)
    put(folder, "good.csv", b"tariff,kind,price,unit,valid_from\nHome,energy,30,ct/kWh,2026-01-01\n")
    put(folder, "wrong.csv", b"tariff,kind,price,unit,valid_from\nHome,energy,dear,ct/kWh,2026-01-01\n")
    assert read_folders(as_of=NOW) == 2
    assert Tariff.objects.get().name == "Home"
    assert "row 2, price: 'dear' is no number" in (folder / "refused/wrong.csv.txt").read_text()


class Provider(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200 if "token=hidden" in self.path else 401)
        self.end_headers()
        self.wfile.write(day_document(range(24)))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider(settings: Settings) -> Iterator[str]:
    settings.MARKET_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    settings.MARKET_SECRETS = {"GRIDOPS_MARKET_SECRET_TOKEN": "hidden"}
    Provider.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_an_address_is_asked_for_the_days_around_with_a_secret_that_no_table_holds(provider: str) -> None:
    url = f"{provider}/api?documentType=A44&periodStart={{from}}&periodEnd={{to}}&token={{token}}"
    feed = make_feed(kind=FeedKind.URL, url=url, zone=make_zone())
    assert ask_addresses(as_of=NOW) == 1
    assert ask_addresses(as_of=NOW + timedelta(minutes=14)) == 0
    assert Provider.asked == ["/api?documentType=A44&periodStart=202603082300&periodEnd=202603112300&token=hidden"]
    assert feed.files.get().outcome == FileOutcome.TAKEN
    assert "hidden" not in str(list(MarketFeed.objects.values())) + str(list(MarketFile.objects.values()))


def test_what_an_address_lacks_is_told_without_its_secret(provider: str) -> None:
    feed = make_feed(kind=FeedKind.URL, url=f"{provider}/api?token={{token}} x")
    assert ask(feed=feed, as_of=NOW) is None
    assert feed.reason.startswith("Not fetched")
    assert "hidden" not in feed.reason
    feed.url = f"{provider}/api"
    assert ask(feed=feed, as_of=NOW) is None
    assert "answered 401" in feed.reason
    feed.url = "https://host/{other}"
    with pytest.raises(AddressRefused, match="set GRIDOPS_MARKET_SECRET_OTHER"):
        filled(feed, NOW)


def late_sources() -> set[str]:
    return {source for source, _ in standing_sources([Condition.PRICES_LATE])}


def local(hour: int, minute: int = 0, *, day: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


def test_missing_prices_are_one_alarm_from_the_hour_on_until_they_come() -> None:
    zone, feed = make_zone(is_watched=True), make_feed()
    take_day(feed, range(24), begin=DAY - timedelta(days=1), at=NOW - timedelta(days=1))
    assert watch_zones(as_of=local(13, 59)) == 0
    assert watch_zones(as_of=local(14)) == 1
    assert watch_zones(as_of=local(23, 59)) == 1
    assert watch_zones(as_of=local(0, 1, day=11)) == 1  # tomorrow became today
    assert late_sources() == {f"markets/zone/{zone.pk}"}
    assert "96 of 96 quarter hours missing. Until then: mean of the same hour" in Alarm.objects.get().message
    take_day(feed, range(24), at=local(1, day=11))
    assert watch_zones(as_of=local(1, 5, day=11)) == 0
    assert late_sources() == set()


def test_a_day_with_a_hole_is_late_and_a_zone_that_nobody_watches_never() -> None:
    take_day(make_feed(), [*range(23)], at=local(13))
    zone = BiddingZone.objects.get(code=ZONE)
    assert watch_zones(as_of=local(15)) == 0
    BiddingZone.objects.update(is_watched=True)
    assert watch_zones(as_of=local(15)) == 1
    day = delivery_day(zone=zone, day=TOMORROW, as_of=local(15))
    assert (day.state, day.missing) == (DayState.LATE, 4)
    assert delivery_day(zone=zone, day=TOMORROW, as_of=local(13, 30)).state == DayState.PARTLY
    assert delivery_day(zone=zone, day=TOMORROW, as_of=local(12)).state == DayState.AWAITED


@pytest.mark.parametrize(("day", "steps"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100), (TOMORROW, 96)])
def test_days_of_delivery_have_the_hours_of_their_clock(day: date, steps: int) -> None:
    zone, feed = make_zone(), make_feed()
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    take_day(feed, range(steps // 4), begin=begin)
    found = delivery_day(zone=zone, day=day, as_of=NOW)
    assert (len(found.prices.values), found.state) == (steps, DayState.KNOWN)
    assert np.array_equal(found.prices.values, np.repeat(np.arange(steps // 4), 4))
