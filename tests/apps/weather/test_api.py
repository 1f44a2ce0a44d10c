from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Permission, Role
from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.audit.models import AuditEvent
from apps.weather.choices import DataKind, Variable
from apps.weather.models import Feed, WeatherFile
from tests.factories.weather import location, run
from tests.factories.weather_files import MIDNIGHT, as_json, make_feed, open_meteo

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
API = "/api/v1/weather"


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(role.value, role=role))
    return client


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


def asked(**more: object) -> dict[str, Any]:
    usual = {
        "location": location().pk,
        "variables": "temperature_c",
        "starts_at": MIDNIGHT.isoformat(),
        "ends_at": (MIDNIGHT + 4 * HOUR).isoformat(),
    }
    return {**usual, **more}


def test_series_are_told_as_they_were_known(viewer: Client) -> None:
    run(location(), MIDNIGHT, [1.0] * 4)
    run(location(), MIDNIGHT + HOUR, [9.0] * 3, available_at=MIDNIGHT + 2 * HOUR)
    answer = viewer.get(f"{API}/series", asked(as_of=(MIDNIGHT + HOUR).isoformat())).json()
    assert answer["values"] == {"temperature_c": [1, 1, 1, 1]}
    assert [datetime.fromisoformat(one) for one in answer["issued_at"]] == [MIDNIGHT]
    now = viewer.get(f"{API}/series", asked()).json()
    assert now["values"]["temperature_c"] == [1, 9, 9, 9]
    empty = viewer.get(f"{API}/series", asked(told="observation", step_s=1800)).json()
    assert empty["values"]["temperature_c"] == [None] * 8


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("location", "99999999"),
        ("location", "x"),
        ("variables", "heat"),
        ("variables", ""),
        ("starts_at", "2026-03-10T00:00"),
        ("starts_at", "0001-01-01T00:00Z"),
        ("ends_at", "2025-01-01T00:00Z"),
        ("ends_at", "2199-01-01T00:00Z"),
        ("step_s", "0"),
        ("told", "guess"),
        ("as_of", "soon"),
    ],
)
def test_a_wrong_question_is_told_by_its_field(viewer: Client, field: str, value: str) -> None:
    answer = viewer.get(f"{API}/series", asked(**{field: value}))
    assert answer.status_code == 400
    assert field in answer.json()


def test_errors_are_those_of_stored_runs_by_lead(viewer: Client) -> None:
    place, now = location(), timezone.now().replace(minute=0, second=0, microsecond=0)
    begin = now - 24 * HOUR
    run(place, now, [5.0] * 24, starts_at=begin, data_kind=DataKind.OBSERVATION)
    run(place, begin, [7.0] * 24)
    run(place, begin + HOUR, [2.0] * 23)
    rows = viewer.get(f"{API}/errors", {"location": place.pk, "variable": "temperature_c"}).json()
    found = {(row["from_h"], row["to_h"]): (row["count"], row["rms"], row["mean"]) for row in rows}
    assert found[6, 12] == (12, pytest.approx(6.5**0.5), -0.5)
    assert found[12, 24] == (
        23,
        pytest.approx((12 * 4 / 23 + 11 * 9 / 23) ** 0.5),
        pytest.approx((12 * 2 - 11 * 3) / 23),
    )
    assert found[24, 48] == (0, None, None)
    direction = {"location": place.pk, "variable": Variable.WIND_DIRECTION_DEG.value}
    assert viewer.get(f"{API}/errors", direction).status_code == 400


def test_feeds_tell_their_health_and_files_their_reason(viewer: Client) -> None:
    feed = make_feed(heard_at=timezone.now() - 5 * HOUR, every_s=3600, reason="Not fetched: timed out")
    WeatherFile.objects.create(
        feed=feed, name="a", sha256="", received_at=timezone.now(), outcome="refused", reason="row 2"
    )
    (told,) = viewer.get(f"{API}/feeds").json()
    assert (told["state"], told["refused"], told["taken"], told["reason"]) == ("late", 1, 0, "Not fetched: timed out")
    (file,) = viewer.get(f"{API}/files", {"outcome": "refused"}).json()
    assert (file["feed"], file["reason"]) == ("provider", "row 2")
    assert viewer.get(f"{API}/files", {"outcome": "lost"}).status_code == 400
    assert viewer.get(f"{API}/runs", {"limit": 0}).status_code == 400
    assert viewer.get(f"{API}/runs").json() == viewer.get(f"{API}/locations").json() == []


def post(client: Client, feed: Feed, content: bytes, **extra: Any) -> Any:
    kind = "application/octet-stream"
    return client.post(f"{API}/feeds/{feed.pk}/files?name=x.json", content, content_type=kind, **extra)


def test_who_may_write_weather_hands_over_a_file_and_it_is_audited() -> None:
    feed, engineer = make_feed(), signed_in(Role.ENGINEER)
    content = as_json(open_meteo())
    assert [post(engineer, feed, content).status_code for _ in range(2)] == [201, 200]
    refused = post(engineer, feed, content[:-9])
    assert refused.status_code == 400
    assert "JSON" in refused.json()["detail"]
    assert AuditEvent.objects.filter(action="weather.file").count() == 3


def test_others_may_not_and_a_feed_that_is_off_takes_nothing(viewer: Client) -> None:
    feed = make_feed(is_enabled=False)
    assert post(viewer, feed, b"{}").status_code == 403
    assert post(Client(), feed, b"{}").status_code == 401
    assert post(signed_in(Role.ADMIN), feed, b"{}").status_code == 404


def test_a_token_of_that_scope_is_enough_and_a_form_is_told_what_to_send() -> None:
    user = User.objects.create_user("station", role=Role.ENGINEER)
    scope, life = [Permission.WRITE_WEATHER], timedelta(days=1)
    token = issue_token(owner=user, name="w", scopes=scope, life=life, actor=user, at=timezone.now())[1]
    header = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    feed = make_feed()
    assert post(Client(), feed, as_json(open_meteo()), **header).status_code == 201
    form = Client().post(f"{API}/feeds/{feed.pk}/files", {"file": "x"}, **header)
    assert form.status_code == 400
    assert Client().get(f"{API}/feeds", **header).status_code == 403
    too_long = post(Client(), feed, b"x" * (4 * 2**20 + 1), **header)
    assert too_long.status_code == 413


def test_everything_but_writing_needs_the_grid_and_nothing_is_open() -> None:
    for path in ("feeds", "files", "locations", "runs", "series", "errors"):
        assert Client().get(f"{API}/{path}").status_code == 401
