"""What an experiment comes to, from the rows that the field has left; and what the API says of it."""

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.efficiency.models import CvrExperiment
from apps.efficiency.selectors.cvr_readings import midnight
from apps.efficiency.services.cvr_scoring import score_experiments
from apps.markets.choices import Product
from apps.markets.models import MarketBlock, MarketSeries
from tests.factories.cvr_measured import DAY, DAYS, FACTOR, FIRST, NOW, measured_experiment
from tests.factories.markets import make_zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> CvrExperiment:
    return measured_experiment(monkeypatch)


def test_the_factor_and_what_was_saved_come_from_the_stored_rows(told: CvrExperiment) -> None:
    assert score_experiments(as_of=NOW) == 1
    told.refresh_from_db()
    factor, saved = told.result["factor"], told.result["saved_kwh"]
    assert factor["low"] < FACTOR < factor["high"]
    assert factor["value"] == pytest.approx(FACTOR, abs=0.1)
    assert told.result["voltage_percent"] == pytest.approx(-3.0, abs=0.1)
    drawn = sum(day.energy_kwh or 0.0 for day in told.days.filter(reduced=True))
    assert saved["value"] == pytest.approx(drawn * (0.97**-FACTOR - 1), rel=0.15)
    assert told.result["p_value"] < 0.05
    assert told.result["has_reference"] is False


def test_a_day_keeps_its_energy_its_lowest_voltage_and_where_it_was(told: CvrExperiment) -> None:
    score_experiments(as_of=NOW)
    day = told.days.filter(reduced=True).first()
    assert day is not None
    assert (day.hours_known, day.lowest_at) == (24, "End")
    assert day.lowest_pu == pytest.approx(0.97)
    assert day.energy_kwh == pytest.approx(24 * 400 * 0.97**FACTOR, rel=0.1)
    assert day.temperature_c is None, "no weather is known, and none is made up"


def test_what_ended_long_ago_is_not_worked_out_again(told: CvrExperiment) -> None:
    assert score_experiments(as_of=NOW) == 1
    assert score_experiments(as_of=NOW + timedelta(hours=5)) == 0


def test_one_is_told_whole_and_what_is_not_known_is_null(told: CvrExperiment, client: Browser) -> None:
    client.force_login(User.objects.get(username="paula"))
    before = client.get(f"/api/v1/efficiency/cvr/{told.pk}").json()
    assert before["factor"]["value"] is None
    assert before["no_factor_because"] == "Nothing was measured yet."
    assert before["guard"]["state"] == "blind"
    assert before["guard"]["lowest_pu"] is None
    score_experiments(as_of=timezone.now())
    body = client.get(f"/api/v1/efficiency/cvr/{told.pk}").json()
    assert body["factor"]["value"] == pytest.approx(FACTOR, abs=0.1)
    assert len(body["calendar"]) == DAYS
    assert body["guard_pu"] == pytest.approx(0.93)
    listed = client.get("/api/v1/efficiency/cvr").json()["experiments"]
    assert [one["id"] for one in listed] == [told.pk]
    assert client.get("/api/v1/efficiency/cvr/999999").status_code == 404


def test_what_was_saved_is_worth_the_prices_of_its_own_days(told: CvrExperiment, client: Browser) -> None:
    """Reduced days cost 100 an MWh, the others 1: only the first are counted."""
    client.force_login(User.objects.get(username="paula"))
    score_experiments(as_of=NOW)
    without = client.get(f"/api/v1/efficiency/cvr/{told.pk}").json()["money"]
    assert without["saved"]["value"] is None and without["net"] is None and "market feed" in without["reason"]
    series = MarketSeries.objects.create(zone=make_zone(), product=Product.DAY_AHEAD, step_s=3600, unit="EUR/MWh")
    price = np.concatenate([np.full(24, 100.0 if day.reduced else 1.0) for day in told.days.order_by("day")])
    first = midnight(FIRST)
    # The last Sunday of March has 23 hours where clocks change: hours go by, days do not.
    begins = [int((midnight(FIRST + n * DAY) - first).total_seconds()) // 3600 for n in range(DAYS + 1)]
    hours = np.full(begins[-1], np.nan)
    for n, at in enumerate(begins[:-1]):
        hours[at : begins[n + 1]] = price[24 * n]
    MarketBlock.objects.create(
        series=series, known_at=NOW - 90 * DAY, starts_at=first, ends_at=midnight(FIRST + DAYS * DAY),
        values=hours.astype("<f8").tobytes(),
    )  # fmt: skip
    money = client.get(f"/api/v1/efficiency/cvr/{told.pk}").json()["money"]
    told.refresh_from_db()
    saved = told.result["saved_kwh"]
    assert money["price_per_mwh"] == pytest.approx(100.0, rel=0.02)
    assert money["saved"]["value"] == pytest.approx(saved["value"] * money["price_per_mwh"] / 1000)
    assert money["saved"]["low"] < money["saved"]["value"] < money["saved"]["high"]
    assert (money["currency"], money["priced_share"], money["wear"]) == ("EUR", 1.0, 0.0)
    assert money["average_kg"] is None


def test_what_has_ended_is_neither_approved_nor_stopped_nor_withdrawn(told: CvrExperiment, client: Browser) -> None:
    client.force_login(User.objects.get(username="otto"))
    for path in ("approval", "stop", "withdrawal"):
        answer = client.post(
            f"/api/v1/efficiency/cvr/{told.pk}/{path}", {"reason": "Because."}, content_type="application/json"
        )
        assert answer.status_code == 409, path
        assert "finished" in answer.json()["detail"]


def test_without_a_state_or_with_a_wrong_body_the_remedy_is_said(client: Browser) -> None:
    client.force_login(User.objects.create_user("paula", role=Role.SUPERVISOR))
    body = {"feeder": str(uuid4()), "steps_down": 2, "starts_on": "2020-01-01", "days": 20}
    late = client.post("/api/v1/efficiency/cvr", body, content_type="application/json")
    assert late.status_code == 409
    assert "starts_on" in late.json()["detail"]
    few = client.post("/api/v1/efficiency/cvr", body | {"days": 3}, content_type="application/json")
    assert few.status_code == 400
    assert "days" in few.json()
    assert client.get("/api/v1/efficiency/cvr/sites").status_code == 409
    assert client.get("/efficiency/cvr/").status_code == 200


def test_who_may_not_manage_drafts_nothing(client: Browser) -> None:
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    body = {"feeder": str(uuid4()), "steps_down": 2, "starts_on": "2030-01-01", "days": 20}
    assert client.post("/api/v1/efficiency/cvr", body, content_type="application/json").status_code == 403
    assert client.get("/api/v1/efficiency/cvr").status_code == 200
