import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.weather.models import Feed, WeatherFile
from tests.factories.weather_files import NOW, make_feed

pytestmark = pytest.mark.django_db

FEEDS = "/admin/weather/feed/"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("ada", role=Role.ADMIN))
    return client


def given(**more: str) -> dict[str, str]:
    usual = {
        "name": "icon",
        "kind": "folder",
        "file_format": "csv",
        "data_kind": "forecast",
        "provider": "dwd",
        "folder": "icon",
        "every_s": "3600",
        "is_enabled": "on",
    }
    return {**usual, **more}


def test_a_feed_is_added_and_audited(admin: Client) -> None:
    assert admin.post(f"{FEEDS}add/", given()).status_code == 302
    assert Feed.objects.get().folder == "icon"
    assert AuditEvent.objects.filter(action="admin.added").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"folder": "/etc"}, "must lie inside"),
        ({"folder": "../secrets"}, "must lie inside"),
        ({"folder": ""}, "must lie inside"),
        ({"kind": "url", "url": "file:///etc/passwd"}, "Only addresses"),
        ({"kind": "url", "url": ""}, "Only addresses"),
        ({"every_s": "5"}, "60 or more"),
    ],
)
def test_a_feed_that_would_reach_out_of_bounds_is_refused(admin: Client, more: dict[str, str], said: str) -> None:
    answer = admin.post(f"{FEEDS}add/", given(**more))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Feed.objects.exists()


def test_what_came_is_only_read(admin: Client) -> None:
    file = WeatherFile.objects.create(feed=make_feed(), name="a", sha256="", received_at=NOW, outcome="taken")
    assert admin.get("/admin/weather/weatherfile/").status_code == 200
    assert admin.post(f"/admin/weather/weatherfile/{file.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get("/admin/weather/weatherrun/").status_code == 200
    assert admin.post(f"{FEEDS}{file.feed_id}/delete/", {"post": "yes"}).status_code == 403
    assert WeatherFile.objects.count() == 1


def test_an_engineer_does_not_reach_the_feeds() -> None:
    client = Client()
    client.force_login(User.objects.create_user("erik", role=Role.ENGINEER))
    assert client.get(FEEDS).status_code == 302
