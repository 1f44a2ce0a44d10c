"""The renewables desk over HTTP: who may, what is refused, and that the schema is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.renewables.models import FirmingRun, Portfolio
from apps.renewables.services.rounds import look, look_back
from tests.factories.renewables import Park, make_park

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/renewables"
ASKED = {"tolerance": 0.1, "share": 0.9, "per_kw": 150, "per_kwh": 250, "rates_from": "Offer 7"}


@pytest.fixture
def park() -> Park:
    found = make_park(timezone.now() - timedelta(minutes=16), issues_h=24)
    look(as_of=found.as_of + timedelta(minutes=1))
    return found


@pytest.fixture
def olga(client: Client) -> User:
    person = User.objects.create_user("olga", role=Role.OPERATOR)
    client.force_login(person)
    return person


def told(client: Client, path: str, **query: str) -> Any:
    answer = client.get(f"{ROOT}/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_whole_desk_is_read(client: Client, olga: User, park: Park) -> None:
    (portfolio,) = told(client, "portfolios")["portfolios"]
    assert portfolio["rated_kw"] == 10_000.0
    one = f"portfolios/{portfolio['id']}"
    assert set(told(client, f"{one}/band")["forecast"]["quantiles"]) == {
        "0.05",
        "0.1",
        "0.25",
        "0.5",
        "0.75",
        "0.9",
        "0.95",
    }
    plants = told(client, f"{one}/plants")["plants"]
    assert len(plants) == 7
    assert all(plant["basis_label"] for plant in plants)
    spans = told(client, f"{one}/integration")["spans"]
    assert [span["days"] for span in spans] == [1, 7, 28]
    assert told(client, "reserve")["run"]["components"] == ["load", "pv", "wind"]
    assert told(client, "avoidance") == {"run": None}
    assert look_back(as_of=timezone.now()) >= 0


def test_the_past_is_told_as_it_was_known(client: Client, olga: User, park: Park) -> None:
    before = (park.as_of - timedelta(hours=2)).isoformat()
    assert told(client, "reserve", at=before)["run"] is None
    portfolio = told(client, "portfolios")["portfolios"][0]["id"]
    assert told(client, f"portfolios/{portfolio}/band", at=before)["forecast"] is None


NEW_YEAR, NEXT_DAY, YEAR_BEFORE = (f"{day}T00:00:00Z" for day in ("2026-01-01", "2026-01-02", "2025-01-01"))


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("reserve", {"at": "soon"}, "at"),
        ("reserve", {"at": "2999-01-01T00:00:00Z"}, "at"),
        ("portfolios/{}/curtailments", {"starts_at": NEXT_DAY}, "ends_at"),
        ("portfolios/{}/curtailments", {"starts_at": NEXT_DAY, "ends_at": NEW_YEAR}, "ends_at"),
        ("portfolios/{}/curtailments", {"starts_at": YEAR_BEFORE, "ends_at": NEW_YEAR}, "ends_at"),
    ],
)
@pytest.mark.usefixtures("olga")
def test_what_cannot_be_read_names_its_field(client: Client, path: str, query: dict[str, str], field: str) -> None:
    portfolio = Portfolio.objects.create(name="Parks")
    answer = client.get(f"{ROOT}/{path.format(portfolio.pk)}", query)
    assert answer.status_code == 400
    assert field in answer.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tolerance": 0}, "tolerance"),
        ({"share": 1.2}, "share"),
        ({"per_kw": 0, "per_kwh": 0}, "per_kwh"),
        ({"plant": "00000000-0000-0000-0000-000000000000"}, "plant"),
        ({"portfolio": None}, "portfolio"),
        ({"portfolio": 999_999}, "portfolio"),
        ({"currency": "euro"}, "currency"),
        ({"rates_from": ""}, "rates_from"),
        ({"days": 1}, "days"),
    ],
)
@pytest.mark.usefixtures("olga")
def test_a_firming_that_cannot_be_played_names_its_field(client: Client, change: dict[str, Any], field: str) -> None:
    body = {"portfolio": Portfolio.objects.create(name="Parks").pk, **ASKED, **change}
    answer = client.post(f"{ROOT}/firming", body, content_type="application/json")
    assert answer.status_code == 400
    assert field in answer.json()
    assert not FirmingRun.objects.exists()


def test_a_firming_is_asked_for_by_those_who_may(
    client: Client, olga: User, park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("apps.renewables.tasks.play_firming.delay", asked.append)
    body = {"plant": str(park.plant("Wind 1").mrid), **ASKED}
    answer = client.post(f"{ROOT}/firming", body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    assert asked == [answer.json()["id"]]
    assert told(client, f"firming/{asked[0]}")["status"] == "waiting"
    assert told(client, "firming")["firmings"][0]["of"] == "Wind 1"
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    assert client.post(f"{ROOT}/firming", body, content_type="application/json").status_code == 403
    assert client.get(f"{ROOT}/firming").status_code == 200


def test_who_is_not_signed_in_reads_nothing(client: Client) -> None:
    assert client.get(f"{ROOT}/portfolios").status_code in (401, 403)
