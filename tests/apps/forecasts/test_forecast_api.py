"""Forecasts over HTTP: what programs get, what is refused and how, and what is written down of an act."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.audit.models import AuditEvent
from apps.forecasts.choices import STREAM, ModelStatus
from apps.forecasts.models import ModelVersion, Override
from apps.live.models import JournalEntry
from tests.factories.forecasts import City

ROOT = "/api/v1/forecasts"
HOUR = timedelta(hours=1)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{ROOT}/{path}", data=json.dumps(body or {}), content_type="application/json")


def span(now: datetime, begin: int = 1, end: int = 3) -> dict[str, Any]:
    return {"starts_at": (now + begin * HOUR).isoformat(), "ends_at": (now + end * HOUR).isoformat()}


def test_the_list_is_paged_and_filtered(api: Client, city: City) -> None:
    first = api.get(f"{ROOT}/series?limit=5").json()
    assert (first["count"], len(first["results"])) == (len(city.courses), 5)
    assert first["results"][0]["issue"]["model"] == 2
    low = api.get(f"{ROOT}/series?fallback=true").json()["results"]
    assert {row["issue"]["reason"] for row in low} == {"No weather since 10:15.", "Its own history is 4 days long."}
    assert api.get(f"{ROOT}/series?q=harbour&offset=2").json()["results"][0]["name"] == "Harbour F02"


def test_a_site_without_forecasts_answers_with_empty_lists(api: Client) -> None:
    assert api.get(f"{ROOT}/series").json()["results"] == []
    assert api.get(f"{ROOT}/models").json() == []
    assert api.get(f"{ROOT}/trainings").json() == []
    assert api.get(f"{ROOT}/skill").json()["kinds"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("quantity=steam", "quantity"),
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("parent=x", "parent"),
        ("at=yesterday", "at"),
        ("at=0001-01-01T00:00:00Z", "at"),
    ],
)
def test_a_wrong_question_is_told_by_its_field(api: Client, query: str, field: str) -> None:
    answer = api.get(f"{ROOT}/series?{query}")
    assert answer.status_code == 400
    assert field in answer.json()


def test_quantiles_are_given_by_level_and_never_cross(api: Client, city: City) -> None:
    said = api.get(f"{ROOT}/series/{city.named('City').pk}/forecast").json()
    assert list(said["quantiles"]) == ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]
    columns = list(said["quantiles"].values())
    assert all(list(row) == sorted(row) for row in zip(*columns, strict=True))
    assert len(said["t"]) == len(columns[0]) == 192
    assert said["effective"] is None


def test_the_issue_of_then_and_the_week_are_asked_for(api: Client, city: City, now: datetime) -> None:
    path = f"{ROOT}/series/{city.named('City').pk}/forecast"
    before = api.get(path, {"as_of": (now - timedelta(minutes=90)).isoformat()}).json()
    assert datetime.fromisoformat(before["issue"]["as_of"]) == now - 2 * HOUR
    assert len(api.get(path, {"horizon": "week"}).json()["t"]) == 7 * 96
    assert api.get(path, {"as_of": "2001-01-01T00:00:00Z"}).status_code == 404
    assert "horizon" in api.get(path, {"horizon": "year"}).json()
    assert "format" in api.get(path, {"format": "xlsx"}).json()


def test_a_file_has_a_line_for_each_step(api: Client, city: City, now: datetime) -> None:
    series = city.named("City").pk
    post(api, f"series/{series}/overrides", span(now) | {"change_kw": 100, "reason": "Match day"})
    answer = api.get(f"{ROOT}/series/{series}/forecast?format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode())))
    assert lines[0][:3] == ["time", "p5_kw", "p10_kw"]
    assert "effective_p50_kw" in lines[0]
    assert len(lines) == 1 + 192
    own, held = (float(lines[6][lines[0].index(name)]) for name in ("p50_kw", "effective_p50_kw"))
    assert held == pytest.approx(own + 100)


def test_what_was_comes_with_what_had_been_said(api: Client, city: City, now: datetime) -> None:
    path = f"{ROOT}/series/{city.named('Harbour F01').pk}/actual"
    given = {"from": (now - 12 * HOUR).isoformat(), "to": (now + HOUR).isoformat()}
    found = api.get(path, given).json()
    assert len(found["t"]) == len(found["kw"]) == 52
    assert found["kw"][-1] is None
    assert set(found["said_before"]) == {"6", "24", "48"}
    assert found["faults"][0]["fault"] == "flat line"
    assert "from" in api.get(path, {"from": given["to"], "to": given["from"]}).json()
    assert "leads" in api.get(path, {"leads": "soon"}).json()


def test_skill_tells_of_issuers_leads_and_levels(api: Client, city: City) -> None:
    found = api.get(f"{ROOT}/series/{city.named('City').pk}/skill").json()
    (kind,) = found["kinds"]
    model = next(one for one in kind["issuers"] if one["issuer"] == "model")
    assert model["figures"]["rmae"] < 1
    assert len(found["by_day"]) >= 20
    assert len(found["reliability"]) == 7
    assert "days" in api.get(f"{ROOT}/skill?days=0").json()


def test_an_override_is_laid_over_the_forecast_audited_and_told(api: Client, city: City, now: datetime) -> None:
    series = city.named("City").pk
    answer = post(api, f"series/{series}/overrides", span(now) | {"factor": 1.1, "reason": " Match day "})
    assert answer.status_code == 201, answer.content
    assert answer.json()["reason"] == "Match day"
    said = api.get(f"{ROOT}/series/{series}/forecast").json()
    own, held = said["quantiles"]["0.5"], said["effective"]["0.5"]
    assert held[6] == pytest.approx(1.1 * own[6], rel=1e-4)
    assert held[20] == own[20]
    assert AuditEvent.objects.filter(action="forecast.override.made", target=f"forecast/{series}").exists()
    assert JournalEntry.objects.filter(stream=STREAM, kind="override.made", subject=str(series)).exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 400}, "reason"),
        ({"change_kw": 0}, "change_kw"),
        ({"change_kw": 1e9}, "change_kw"),
        ({"change_kw": "NaN"}, "change_kw"),
        ({"factor": 9}, "factor"),
        ({"factor": -1}, "factor"),
        ({"starts_at": "2001-01-01T00:00:00Z"}, "starts_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"ends_at": "2001-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2199-01-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_an_override_that_cannot_be_is_refused_by_its_field(
    api: Client, city: City, now: datetime, change: dict[str, Any], field: str
) -> None:
    given = span(now) | {"change_kw": 100, "reason": "Match day"} | change
    answer = post(api, f"series/{city.named('City').pk}/overrides", given)
    assert answer.status_code == 400
    assert field in answer.json()
    assert not Override.objects.exists()


def test_two_overrides_do_not_overlap_and_one_can_be_withdrawn_once(api: Client, city: City, now: datetime) -> None:
    path = f"series/{city.named('City').pk}/overrides"
    body = span(now) | {"change_kw": 100, "reason": "Match day"}
    made = post(api, path, body).json()["id"]
    again = post(api, path, body)
    assert again.status_code == 400
    assert "withdraw it first" in again.json()["detail"]
    assert post(api, f"overrides/{made}/withdrawal").status_code == 201
    assert post(api, path, body).status_code == 201
    twice = post(api, f"overrides/{made}/withdrawal")
    assert twice.status_code == 409
    assert "already" in twice.json()["detail"]
    assert post(api, "overrides/999999/withdrawal").status_code == 404
    listed = api.get(f"{ROOT}/{path}").json()
    assert [one["withdrawn_at"] is None for one in listed] == [True, False]


def test_where_nothing_is_forecast_there_is_nothing_to_override(api: Client, city: City, now: datetime) -> None:
    series = city.named("City")
    series.forecasts.all().delete()
    answer = post(api, f"series/{series.pk}/overrides", span(now) | {"change_kw": 1, "reason": "x"})
    assert answer.status_code == 409


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PROGRAM_MANAGER])
def test_who_only_looks_changes_nothing(
    client_of: Callable[[Role], Client], city: City, now: datetime, role: Role
) -> None:
    client = client_of(role)
    path = f"series/{city.named('City').pk}/overrides"
    assert client.get(f"{ROOT}/{path}").status_code == 200
    assert post(client, path, span(now) | {"change_kw": 1, "reason": "x"}).status_code == 403
    assert post(client, f"models/{city.older.pk}/in-use").status_code == 403


def test_an_engineer_takes_the_older_model_back_into_use(client_of: Callable[[Role], Client], city: City) -> None:
    client = client_of(Role.ENGINEER)
    answer = post(client, f"models/{city.older.pk}/in-use", {"reason": "The new one sags at noon."})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["status"], answer.json()["reason"]) == ("active", "The new one sags at noon.")
    assert ModelVersion.objects.get(pk=city.model.pk).status == ModelStatus.RETIRED
    assert post(client, f"models/{city.older.pk}/in-use").status_code == 409
    assert post(client, "models/999999/in-use").status_code == 404
    assert AuditEvent.objects.filter(action="forecast.model.in-use").exists()


def test_a_candidate_of_the_future_is_not_shown_of_the_past(api: Client, city: City) -> None:
    then = (timezone.now() - timedelta(days=60)).isoformat()
    rows = api.get(f"{ROOT}/series", {"at": then}).json()["results"]
    assert all(row["issue"] is None and row["peak"] is None and row["skill"] is None for row in rows)


def test_a_model_that_cannot_be_read_explains_nothing_in_words(api: Client, city: City) -> None:
    answer = api.get(f"{ROOT}/series/{city.named('City').pk}/drivers")
    assert answer.status_code == 404
    assert "cannot be read" in answer.json()["detail"]
    low = api.get(f"{ROOT}/series/{city.named('Old Town F02').pk}/drivers")
    assert "fallback" in low.json()["detail"]
