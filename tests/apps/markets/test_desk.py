"""The administration and the commands."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.markets.models import BiddingZone, MarketBlock, MarketFeed, MarketSeries, Tariff
from tests.factories.market_files import ZONE, day_document
from tests.factories.markets import make_feed, make_zone, take_day

pytestmark = pytest.mark.django_db

FEEDS, ZONES, SERIES = (f"/admin/markets/{name}/" for name in ("marketfeed", "biddingzone", "marketseries"))


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("ada", role=Role.ADMIN))
    return client


def given(**more: str) -> dict[str, str]:
    usual = {"name": "entsoe", "kind": "folder", "file_format": "entsoe_xml", "folder": "entsoe", "every_s": "900"}
    return {**usual, "product": "day_ahead", "is_enabled": "on", **more}


def test_a_feed_is_added_and_audited(admin: Client) -> None:
    assert admin.post(f"{FEEDS}add/", given()).status_code == 302
    assert MarketFeed.objects.get().folder == "entsoe"
    assert AuditEvent.objects.filter(action="admin.added").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"folder": "../out"}, "must lie inside"),
        ({"kind": "url", "url": "ftp://host/"}, "http:// or https://"),
        ({"every_s": "5"}, "at most once a minute"),
    ],
)
def test_a_wrong_feed_is_refused(admin: Client, more: dict[str, str], words: str) -> None:
    assert words in admin.post(f"{FEEDS}add/", given(**more)).content.decode()
    assert not MarketFeed.objects.exists()


def test_a_zone_needs_a_time_zone_that_there_is(admin: Client) -> None:
    zone = {
        "code": ZONE,
        "time_zone": "Mars/Olympus",
        "gate_closes_at": "12:00",
        "publishes_at": "12:45",
        "late_at": "14:00",
    }
    assert "no time zone of this name" in admin.post(f"{ZONES}add/", zone).content.decode()
    assert admin.post(f"{ZONES}add/", {**zone, "time_zone": "Europe/Vienna"}).status_code == 302
    assert BiddingZone.objects.get().time_zone == "Europe/Vienna"


def test_which_series_is_believed_first_is_chosen_and_nothing_else(admin: Client) -> None:
    take_day(make_feed(), range(24))
    series = MarketSeries.objects.get()
    assert admin.post(f"{SERIES}{series.pk}/change/", {"rank": "3", "unit": "GBP/MWh"}).status_code == 302
    series.refresh_from_db()
    assert (series.rank, series.unit) == (3, "EUR/MWh")
    assert admin.get(f"{SERIES}add/").status_code == 403
    for page in (FEEDS, ZONES, SERIES, "/admin/markets/marketfile/", "/admin/markets/tariff/"):
        assert admin.get(page).status_code == 200


def told(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command(*arguments)
    return capsys.readouterr().out


def test_a_file_is_imported_by_command_after_it_was_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_zone()
    file = tmp_path / "day.xml"
    file.write_bytes(day_document(range(24)))
    seen = told("import_prices", str(file), capsys=capsys)
    assert "24 values 2026-03-10 23:00 to 2026-03-11 23:00 UTC, 0 missing, 24 new, 0 changed" in seen
    assert "nothing was changed" in seen
    assert not MarketBlock.objects.exists()
    assert "stored: taken" in told("import_prices", str(file), "--confirm", capsys=capsys)
    assert MarketBlock.objects.count() == 1


def test_tariffs_are_imported_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tariffs.csv"
    file.write_text("tariff,kind,price,unit,valid_from\nHome,energy,30,ct/kWh,2026-01-01\n")
    seen = told("import_prices", str(file), "--holds", "tariffs", "--confirm", capsys=capsys)
    assert "Home from 2026-01-01: 1 parts" in seen
    assert Tariff.objects.count() == 1


def test_a_wrong_file_is_an_error_that_names_the_row(tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("time,price,zone\nlater,1,TOWN\n")
    with pytest.raises(CommandError, match="row 2, time: 'later' is no time"):
        call_command("import_prices", str(file), "--confirm")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_prices", str(tmp_path / "none.csv"))


def test_feeds_of_the_field_are_made_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert "field prices" in told("prepare_markets", capsys=capsys)
    assert told("prepare_markets", capsys=capsys).strip() == "all there"
    assert BiddingZone.objects.get().is_watched


def test_folders_are_read_by_command(tmp_path: Path, settings: object, capsys: pytest.CaptureFixture[str]) -> None:
    settings.MARKET_ROOT = str(tmp_path)  # type: ignore[attr-defined]
    make_feed()
    make_zone(is_watched=True)
    words = told("read_prices", "--folders-only", capsys=capsys)
    assert words.strip() == "0 files looked at, 0 addresses asked, 1 zones without prices that are due"
