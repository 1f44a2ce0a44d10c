from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Permission, Role
from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.audit.models import AuditEvent
from apps.markets.models import BiddingZone, MarketBlock, MarketFile, Tariff
from apps.markets.selectors import FALLBACK
from tests.factories.market_files import DAY, NOW, ZONE, acknowledgement, day_document
from tests.factories.markets import make_feed, make_zone, take_day

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
API = "/api/v1/markets"
TARIFF = (
    b"tariff,kind,price,unit,valid_from,weekdays\nHome,energy,30,ct/kWh,2026-01-01,\nHome,feed_in,8,ct/kWh,2026-01-01,"
)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(role.value, role=role))
    return client


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def engineer() -> Client:
    return signed_in(Role.ENGINEER)


def span(**more: object) -> dict[str, Any]:
    usual = {"starts_at": DAY.isoformat(), "ends_at": (DAY + 4 * HOUR).isoformat(), "step_s": 3600}
    return {**usual, "as_of": (NOW + HOUR).isoformat(), **more}


def test_prices_are_told_as_they_were_known(viewer: Client) -> None:
    feed = make_feed()
    take_day(feed, [1, 2, 3, 4])
    take_day(feed, [1, 2, 3, 9], at=NOW + HOUR)
    now = viewer.get(f"{API}/prices", span(zone=ZONE)).json()
    assert (now["values"], now["unit"], now["basis"]) == ([1, 2, 3, 9], "EUR/MWh", "")
    assert now["t"][1] - now["t"][0] == 3600
    assert now["series"] == [{"product": "day_ahead", "auction": "", "step_s": 3600, "unit": "EUR/MWh", "rank": 1}]
    before = viewer.get(f"{API}/prices", span(zone=ZONE, as_of=NOW.isoformat())).json()
    assert before["values"] == [1, 2, 3, 4]


def test_what_is_expected_is_never_mixed_up_with_what_is_known(viewer: Client) -> None:
    feed = make_feed()
    for back in (3, 2, 1):
        take_day(feed, [10.0 * back] * 24, begin=DAY - timedelta(days=back))
    take_day(feed, [7])
    told = viewer.get(f"{API}/prices", span(zone=ZONE)).json()
    assert (told["values"], told["expected"]) == ([7, None, None, None], [None, 20, 20, 20])
    assert told["basis"] == FALLBACK


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "nowhere"),
        ("product", "futures"),
        ("starts_at", "2026-03-10"),
        ("starts_at", "1889-03-10T00:00Z"),
        ("ends_at", DAY.isoformat()),
        ("ends_at", "2199-01-01T00:00Z"),
        ("step_s", "400"),
        ("as_of", "now"),
    ],
)
def test_a_wrong_question_is_told_by_its_field(viewer: Client, field: str, value: str) -> None:
    make_zone()
    answer = viewer.get(f"{API}/prices", {**span(zone=ZONE), field: value})
    assert answer.status_code == 400
    assert field in answer.json()


def test_zones_feeds_and_files_are_told(viewer: Client) -> None:
    take_day(make_feed(zone=make_zone(is_watched=True)), range(24))
    (zone,) = viewer.get(f"{API}/zones").json()
    assert (zone["code"], zone["time_zone"], len(zone["series"]), len(zone["days"])) == (ZONE, "Europe/Berlin", 1, 2)
    (feed,) = viewer.get(f"{API}/feeds").json()
    assert (feed["zone"], feed["state"]) == (ZONE, "working")
    assert [one["outcome"] for one in viewer.get(f"{API}/files?outcome=taken").json()] == ["taken"]
    assert viewer.get(f"{API}/files?limit=0").status_code == 400


def post(client: Client, content: bytes, **more: str) -> Any:
    query = "&".join(f"{name}={value}" for name, value in more.items())
    return client.post(f"{API}/imports?{query}", content, content_type="application/octet-stream")


def test_a_preview_changes_nothing_and_its_confirmation_stores(engineer: Client) -> None:
    content = day_document(range(24))
    seen = post(engineer, content, holds="entsoe_xml").json()
    assert (seen["problems"], seen["series"][0]["new"], seen["series"][0]["mean"]) == ([], 24, 11.5)
    assert not BiddingZone.objects.exists()
    assert not MarketFile.objects.exists()
    stored = post(engineer, content, holds="entsoe_xml", confirm=seen["sha256"], name="day.xml")
    assert (stored.status_code, stored.json()) == (201, {"outcome": "taken", "stored": 1})
    assert AuditEvent.objects.get(action="markets.import").target == "file day.xml"
    again = post(engineer, content, holds="entsoe_xml").json()["series"][0]
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 24)
    assert post(engineer, content, holds="entsoe_xml", confirm=seen["sha256"]).json()["outcome"] == "known"


def test_another_file_than_the_previewed_one_is_not_stored(engineer: Client) -> None:
    seen = post(engineer, day_document([1]), holds="entsoe_xml").json()
    other = post(engineer, day_document([2]), holds="entsoe_xml", confirm=seen["sha256"])
    assert other.status_code == 409
    assert "preview" in other.json()["detail"]
    assert not MarketBlock.objects.exists()


def test_problems_are_listed_and_cannot_be_confirmed(engineer: Client) -> None:
    rows = b"time,price\nlater,1\n2026-03-10T01:00Z,much\n"
    seen = post(engineer, rows, holds="csv", zone="TOWN").json()
    assert [one.partition(":")[0] for one in seen["problems"]] == ["row 2, time", "row 3, price"]
    refused = post(engineer, rows, holds="csv", zone="TOWN", confirm=seen["sha256"])
    assert refused.status_code == 400
    assert "row 2, time" in refused.json()["detail"]
    assert "No matching data" in post(engineer, acknowledgement(), holds="entsoe_xml").json()["problems"][0]
    assert post(engineer, b"", holds="csv").json()["problems"] == ["the file: it is empty"]


@pytest.mark.parametrize(("field", "value"), [("holds", "xlsx"), ("confirm", "yes"), ("product", "x"), ("name", "%00")])
def test_a_wrong_import_is_told_by_its_field(engineer: Client, field: str, value: str) -> None:
    answer = post(engineer, b"x", **{"holds": "csv", field: value})
    assert answer.status_code == 400
    assert field in answer.json()


def test_a_body_that_is_too_large_is_refused(engineer: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert post(engineer, b"x" * 20, holds="csv").status_code == 413


def test_tariffs_are_imported_and_told_with_what_they_cost(engineer: Client) -> None:
    seen = post(engineer, TARIFF, holds="tariffs").json()
    assert seen["tariffs"] == [
        {"name": "Home", "valid_from": "2026-01-01", "valid_to": None, "parts": 2, "is_known": False}
    ]
    assert not Tariff.objects.exists()
    assert post(engineer, TARIFF, holds="tariffs", confirm=seen["sha256"]).json() == {"outcome": "taken", "stored": 1}
    (tariff,) = engineer.get(f"{API}/tariffs?day=2026-03-10").json()
    assert [part["kind"] for part in tariff["parts"]] == ["energy", "feed_in"]
    course = engineer.get(f"{API}/tariffs/course", span(name="Home")).json()
    assert (course["buy_per_kwh"], course["sell_per_kwh"]) == ([0.3] * 4, [0.08] * 4)
    missing = engineer.get(f"{API}/tariffs/course", span(name="none"))
    assert missing.status_code == 400
    assert "No version of the tariff none" in missing.json()["name"]


def test_only_who_may_imports(viewer: Client) -> None:
    assert post(viewer, b"x", holds="csv").status_code == 403
    assert post(signed_in(Role.OPERATOR), b"x", holds="csv").status_code == 403
    assert Client().get(f"{API}/zones").status_code in (401, 403)


def test_a_token_of_the_scope_imports(engineer: Client) -> None:
    user = User.objects.get(username=Role.ENGINEER.value)
    told = {"owner": user, "name": "prices", "scopes": [Permission.WRITE_PRICES], "life": timedelta(days=1)}
    secret = issue_token(**told, actor=user, at=timezone.now())[1]
    answer = Client().post(
        f"{API}/imports?holds=entsoe_xml",
        day_document([1]),
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200


def test_days_and_tariffs_are_told_as_of_an_instant(engineer: Client) -> None:
    take_day(make_feed(), range(24))
    states = {}
    for as_of in (NOW - HOUR, NOW):
        (zone,) = engineer.get(f"{API}/zones", {"as_of": as_of.isoformat()}).json()
        states[as_of] = [(day["day"], day["state"]) for day in zone["days"]]
    assert states[NOW - HOUR][1] == ("2026-03-11", "awaited")
    assert states[NOW][1] == ("2026-03-11", "known")
    seen = post(engineer, TARIFF, holds="tariffs").json()
    post(engineer, TARIFF, holds="tariffs", confirm=seen["sha256"])
    assert len(engineer.get(f"{API}/tariffs", {"as_of": NOW.isoformat()}).json()) == 1
    assert engineer.get(f"{API}/tariffs", {"as_of": "2025-12-31T12:00:00Z"}).json() == []
    assert engineer.get(f"{API}/zones", {"as_of": "yesterday"}).status_code == 400
