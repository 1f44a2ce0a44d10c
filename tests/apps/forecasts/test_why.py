"""Why a forecast is what it is, from a model that was really trained."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from apps.forecasts.choices import Rung
from apps.forecasts.models import Forecast
from apps.forecasts.selectors.issues import issue_at
from apps.forecasts.selectors.why import NotExplained, why_document
from apps.forecasts.services.issuing import issue
from apps.forecasts.services.training import train
from tests.factories.histories import TINY, with_past

pytestmark = pytest.mark.django_db


def test_the_drivers_add_up_and_are_told_in_a_sentence(api: Client, now: datetime) -> None:
    grid = with_past(now=now)
    train(as_of=now, effort=TINY)
    issue(as_of=now)
    series = grid["first"]
    found = why_document(series, as_of=now, seen_at=now)
    parts = sum(one["kw"] for one in found["drivers"])
    assert parts == pytest.approx(found["forecast_kw"] - found["base_kw"])
    median = issue_at(series, as_of=now).at_level(0.5)
    assert found["forecast_kw"] == pytest.approx(median[:96].max(), rel=0.1)
    assert {"usual course", "recent level"} <= {one["name"] for one in found["drivers"]}
    assert f"last {found['at']:%A}:" in found["sentence"]
    assert len(found["similar"]) == 3
    assert all(len(day["kw"]) == len(day["t"]) and day["days_back"] >= 1 for day in found["similar"])

    path = f"/api/v1/forecasts/series/{series.pk}/drivers"
    told = api.get(path)
    assert told.status_code == 200
    assert told.json()["sentence"] == found["sentence"]
    Forecast.objects.update(rung=Rung.CLIMATOLOGY)
    with pytest.raises(NotExplained, match="fallback"):
        why_document(series, as_of=now, seen_at=now)
    with pytest.raises(NotExplained, match="Nothing had been issued"):
        why_document(series, as_of=now - timedelta(days=2), seen_at=now)


def test_a_series_without_forecasts_says_that_there_is_nothing_to_tell(api: Client) -> None:
    grid = with_past(days=2)
    answer = api.get(f"/api/v1/forecasts/series/{grid['first'].pk}/drivers")
    assert answer.status_code == 404
    assert "Nothing had been issued" in answer.json()["detail"]
