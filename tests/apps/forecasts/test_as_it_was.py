"""Models, trainings, points and overrides as they stood at an instant of the past."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.forecasts.choices import Issuer, ModelStatus
from apps.forecasts.models import ModelChange, Override, Series, Training
from apps.forecasts.selectors.registry import model_documents
from apps.forecasts.selectors.report import by_day
from apps.forecasts.selectors.skill import DayScore
from apps.forecasts.services.registry import put_in_use
from apps.telemetry.models import MeasurementPoint
from tests.factories.forecasts import City
from tests.factories.telemetry import make_gateway

ROOT = "/api/v1/forecasts"
HOUR = timedelta(hours=1)


def statuses(at: datetime) -> dict[int, str]:
    return {row["number"]: row["status"] for row in model_documents(as_of=at, most=10)}


def test_which_model_was_in_use_is_told_of_then_and_with_the_reason_of_then(
    client_of: Callable[[Role], Client], city: City, now: datetime
) -> None:
    by = User.objects.create_user("erin", role=Role.ENGINEER)
    for model, status, days in ((city.older, "active", 30), (city.older, "retired", 2), (city.model, "active", 2)):
        at = now - timedelta(days=days) + HOUR
        ModelChange.objects.create(model_version=model, at=at, status=status, reason=f"{status} then")
    put_in_use(model_id=city.older.pk, by=by, as_of=now - 3 * HOUR, reason="The new one sags at noon.")
    assert statuses(now - timedelta(days=10)) == {1: ModelStatus.ACTIVE}
    yesterday = statuses(now - 5 * HOUR)
    assert (yesterday[1], yesterday[2]) == (ModelStatus.RETIRED, ModelStatus.ACTIVE)
    today = {row["number"]: row for row in client_of(Role.OPERATOR).get(f"{ROOT}/models").json()}
    assert (today[1]["status"], today[1]["reason"]) == ("active", "The new one sags at noon.")
    assert (today[1]["decided_by"], today[2]["status"]) == ("erin", "retired")
    assert client_of(Role.VIEWER).get(f"{ROOT}/models?at=soon").status_code == 400


def test_a_training_of_the_past_has_not_ended_yet(api: Client, now: datetime) -> None:
    Training.objects.create(begun_at=now - 3 * HOUR, ended_at=now - HOUR, outcome="done", stage="x", done=7, total=7)
    then = (now - 2 * HOUR).isoformat()
    (one,) = api.get(f"{ROOT}/trainings", {"at": then}).json()
    assert (one["outcome"], one["ended_at"], one["models"]) == ("running", None, [])
    assert api.get(f"{ROOT}/trainings", {"at": (now - 4 * HOUR).isoformat()}).json() == []
    assert api.get(f"{ROOT}/trainings").json()[0]["outcome"] == "done"


def made_override(series: Series, now: datetime, **more: Any) -> Override:
    by = User.objects.get_or_create(username="olga", defaults={"role": Role.OPERATOR})[0]
    given = {"starts_at": now + HOUR, "ends_at": now + 3 * HOUR, "change_kw": 500.0, "reason": "Match"} | more
    return Override.objects.create(series=series, made_at=now, made_by=by, **given)


def test_overrides_of_a_part_and_of_the_whole_are_named_beside_a_forecast_that_lacks_them(
    api: Client, city: City, now: datetime
) -> None:
    station, feeder = city.named("Harbour substation"), city.named("Harbour F01")
    made_override(feeder, now)
    made_override(feeder, now, starts_at=now - 4 * HOUR, ends_at=now - 3 * HOUR)
    made_override(city.named("Old Town F01"), now)
    (near,) = api.get(f"{ROOT}/series/{station.pk}/overrides/near").json()
    assert (near["series_name"], near["is_above"], near["change_kw"]) == ("Harbour F01", False, 500.0)
    made_override(station, now)
    (above,) = api.get(f"{ROOT}/series/{feeder.pk}/overrides/near").json()
    assert (above["series_name"], above["is_above"]) == ("Harbour substation", True)
    assert api.get(f"{ROOT}/series/{station.pk}/forecast").json()["effective"]["0.5"] is not None


def test_a_day_of_little_power_is_not_endlessly_wrong_and_all_series_count() -> None:
    def row(series: int, day: int, mae: float, size: float, inside: int) -> DayScore:
        return DayScore(series, Issuer.MODEL, date(2026, 1, day), 96, mae, size, 1.0, inside, inside)

    found = by_day([row(1, 1, 10.0, 100.0, 96), row(2, 1, 30.0, 100.0, 48), row(1, 2, 10.0, 0.0, 96)])
    assert [one["nmae"][Issuer.MODEL] for one in found] == [
        pytest.approx(20 / (200 / 3)),
        pytest.approx(10 / (200 / 3)),
    ]
    assert found[0]["covered_80"] == 0.75


def test_a_point_that_alone_measures_a_series_has_its_forecast(api: Client, city: City) -> None:
    park, station = city.named("Solar park South", "pv"), city.named("Harbour substation")
    make_gateway(3, quantity="active_power", unit="kW")
    points = list(MeasurementPoint.objects.order_by("pk"))
    written = [str(one.equipment_mrid) for one in points]
    park.source = {"terms": [[[written[0], "", -1.0]]]}
    station.source = {"terms": [[[written[1], "", 1.0]], [[written[2], "", 1.0]]]}
    Series.objects.bulk_update([park, station], ["source"])
    asked = ",".join(str(one.pk) for one in points)
    (found,) = api.get(f"{ROOT}/points?points={asked}").json()
    assert (found["point"], found["series"], found["factor"]) == (points[0].pk, park.pk, -1.0)
    assert "points" in api.get(f"{ROOT}/points?points=all").json()
    assert api.get(f"{ROOT}/points?points=999").json() == []
