"""What may fail in 72 hours: looked at, fitted, scored and told, on a small city."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import ACLineSegment, NetworkModel, PowerTransformer
from apps.live.models import JournalEntry
from apps.resilience.choices.risk import AssetKind, RiskOutcome, Vegetation
from apps.resilience.models import AssetCondition, HazardModel, RiskElement, RiskRun, RiskScore
from apps.resilience.services.risk import fit_hazards, forget_risk, look_ahead_at_risk, look_ahead_where_due
from apps.resilience.services.risk_scores import score_runs
from tests.factories import risk
from tests.factories.grids import MEDIUM_VOLTAGE, grid

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 20, tzinfo=UTC)
CALM, STORM = [6.0] * 80, [6.0] * 24 + [30.0] * 12 + [6.0] * 44


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(MEDIUM_VOLTAGE)


@pytest.fixture
def city() -> NetworkModel:
    return risk.make_city(NOW - timedelta(days=300))


def reader(role: Role = Role.VIEWER) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"some-{role}", role=role))
    return client


def test_without_a_network_or_weather_a_run_says_what_to_do() -> None:
    assert look_ahead_at_risk(as_of=NOW).reason == "There is no live network. Import one and release it."


def test_without_a_forecast_nothing_is_said(city: NetworkModel) -> None:
    run = look_ahead_at_risk(as_of=NOW)
    assert run.outcome == RiskOutcome.NO_WEATHER
    assert not RiskElement.objects.exists()


def test_a_look_is_good_for_an_hour_and_one_that_came_to_nothing_is_tried_again_soon(city: NetworkModel) -> None:
    assert look_ahead_where_due(as_of=NOW).outcome == RiskOutcome.NO_WEATHER  # type: ignore[union-attr]
    assert look_ahead_where_due(as_of=NOW + timedelta(minutes=2)) is None
    risk.forecast(risk.airport(city), NOW, CALM)
    again = NOW + timedelta(minutes=5)
    assert look_ahead_where_due(as_of=again).outcome == RiskOutcome.DONE  # type: ignore[union-attr]
    assert look_ahead_where_due(as_of=again + timedelta(minutes=50)) is None
    assert look_ahead_where_due(as_of=again + timedelta(minutes=60)) is not None


def test_every_line_and_transformer_has_a_chance_a_band_and_customers(city: NetworkModel) -> None:
    risk.forecast(risk.airport(city), NOW, CALM)
    run = look_ahead_at_risk(as_of=NOW)
    rows = list(run.elements.all())
    assert run.outcome == RiskOutcome.DONE
    assert len(rows) == sum(kind.objects.filter(model=city).count() for kind in (ACLineSegment, PowerTransformer))
    assert all(0 < one.p_low <= one.p_high < 1 for one in rows)
    assert max(one.customers for one in rows) <= run.customers["all"]
    assert len(run.hourly) == 72
    assert run.is_of_the_day
    assert "not fitted yet; published class rates" in run.models_used[0]["words"]
    assert JournalEntry.objects.filter(stream="risk").count() == 1


def test_in_calm_weather_the_failures_of_a_year_are_those_of_the_class_rates(city: NetworkModel) -> None:
    risk.forecast(risk.airport(city), NOW, CALM)
    run = look_ahead_at_risk(as_of=NOW)
    km = {one.name: one.length_km for one in ACLineSegment.objects.filter(model=city)}
    rate = {AssetKind.OVERHEAD.value: 0.065, AssetKind.CABLE.value: 0.04}
    units = run.elements.filter(kind=AssetKind.TRANSFORMER).count()
    expected = units * 0.015 + sum(
        rate[one.kind] * km[one.name] for one in run.elements.exclude(kind=AssetKind.TRANSFORMER)
    )
    assert sum(hour["failures"] for hour in run.hourly) * 8760 / 72 == pytest.approx(expected, rel=0.01)


def test_a_storm_ahead_raises_what_hangs_on_poles(city: NetworkModel) -> None:
    ACLineSegment.objects.filter(model=city).update(b_us=0.0)
    place = risk.airport(city)
    risk.forecast(place, NOW - timedelta(hours=2), CALM)
    calm = look_ahead_at_risk(as_of=NOW - timedelta(hours=1))
    risk.forecast(place, NOW, STORM)
    storm = look_ahead_at_risk(as_of=NOW)
    failures = [hour["failures"] for hour in storm.hourly]
    assert sum(failures) > 2 * sum(hour["failures"] for hour in calm.hourly)
    assert storm.customers["mean"] > 1.3 * calm.customers["mean"]
    assert 24 <= int(np.argmax(failures)) < 36
    line = storm.elements.filter(kind=AssetKind.OVERHEAD).first()
    assert line is not None
    assert line.p > calm.elements.get(mrid=line.mrid).p


def test_what_is_known_of_an_asset_moves_it_and_is_told(city: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=city).order_by("index")[0]
    ACLineSegment.objects.filter(pk=line.pk).update(b_us=0.0)
    risk.forecast(risk.airport(city), NOW, CALM)
    before = look_ahead_at_risk(as_of=NOW).elements.get(mrid=line.mrid)
    AssetCondition.objects.create(
        mrid=line.mrid, commissioned_on="1950-01-01", vegetation=Vegetation.DENSE, source="walk of 2025"
    )
    after = look_ahead_at_risk(as_of=NOW).elements.get(mrid=line.mrid)
    assert before.health is None
    assert "age" in before.missing
    assert after.health is not None
    assert after.health > 5.5
    assert after.factors["vegetation"] == 2.0
    assert after.p / before.p == pytest.approx(2.0 * after.factors["health"], rel=0.01)


def test_too_few_records_are_counted_and_the_class_rates_stay(city: NetworkModel) -> None:
    place, begin = risk.airport(city), NOW - timedelta(days=30)
    risk.measured(place, begin, np.full(30 * 24, 6.0))
    risk.outage(ACLineSegment.objects.filter(model=city).order_by("index")[0], begin + timedelta(hours=5))
    risk.forecast(place, NOW, CALM)
    assert fit_hazards(as_of=NOW) == 0
    words = " ".join(one["words"] for one in look_ahead_at_risk(as_of=NOW).models_used)
    assert "not fitted: 1 records, needs 30" in words


def test_enough_records_fit_a_version_that_feels_the_wind(city: NetworkModel) -> None:
    ACLineSegment.objects.filter(model=city).update(b_us=0.0)
    rng = np.random.default_rng(3)
    begin, hours = NOW.replace(minute=0) - timedelta(days=200), 200 * 24
    gusts = rng.gamma(3.0, 3.0, hours)
    place = risk.airport(city)
    risk.measured(place, begin, gusts)
    lines = list(ACLineSegment.objects.filter(model=city).select_related("feeder"))
    for hour in np.flatnonzero(rng.random(hours) < 0.002 * np.exp(0.15 * gusts)):
        risk.outage(lines[int(rng.integers(len(lines)))], begin + timedelta(hours=int(hour), minutes=7))
    assert fit_hazards(as_of=NOW) == 1
    fit = HazardModel.objects.get(kind=AssetKind.OVERHEAD)
    assert fit.records >= 30
    risk.forecast(place, NOW, STORM)
    run = look_ahead_at_risk(as_of=NOW)
    assert run.models_used[0]["version"] == fit.pk
    rates = [hour["failures"] for hour in run.hourly]
    assert rates[30] > 5 * rates[5]
    assert sum(rates[:20]) / 20 == pytest.approx(0.002 * np.exp(0.15 * 6.0), rel=0.6)


def test_a_day_that_is_over_is_scored_once_against_what_was_recorded(city: NetworkModel) -> None:
    risk.forecast(risk.airport(city), NOW, CALM)
    run = look_ahead_at_risk(as_of=NOW)
    assert look_ahead_at_risk(as_of=NOW + timedelta(hours=1)).is_of_the_day is False
    line = ACLineSegment.objects.filter(model=city, feeder__isnull=False)[0]
    risk.outage(line, NOW + timedelta(hours=30))
    assert score_runs(as_of=NOW + timedelta(hours=2)) == 0
    assert score_runs(as_of=NOW + timedelta(hours=74)) == 3
    assert score_runs(as_of=NOW + timedelta(hours=75)) == 0
    found = {one.lead_h: one for one in RiskScore.objects.filter(run=run)}
    assert [found[lead].outages for lead in (24, 48, 72)] == [0, 1, 0]
    said = np.array([one["p"][1] for one in run.feeders.values()])
    came = np.array([mrid == str(line.feeder.mrid) for mrid in run.feeders])
    assert found[48].brier == pytest.approx(np.mean((said - came) ** 2))


def test_elements_go_when_they_are_scored_and_the_first_run_of_a_day_stays(city: NetworkModel) -> None:
    risk.forecast(risk.airport(city), NOW, CALM)
    look_ahead_at_risk(as_of=NOW)
    look_ahead_at_risk(as_of=NOW + timedelta(hours=1))
    forget_risk(as_of=NOW + timedelta(days=9))
    assert RiskRun.objects.count() == 1
    assert not RiskElement.objects.exists()


def test_the_api_tells_the_run_its_elements_and_the_crews(city: NetworkModel) -> None:
    client = reader()
    assert client.get("/api/v1/resilience/risk").json()["run"] is None
    assert client.get("/api/v1/resilience/risk/staging?crews=3").status_code == 404
    now = timezone.now()
    risk.forecast(risk.airport(city), now, CALM)
    run = look_ahead_at_risk(as_of=now)
    told = client.get("/api/v1/resilience/risk").json()
    assert told["run"]["id"] == run.pk
    assert told["elements"][0]["expected_customers"] >= told["elements"][-1]["expected_customers"]
    assert [one["brier"] for one in told["standing"]] == [None] * 3
    staged = client.get("/api/v1/resilience/risk/staging?crews=3").json()
    assert sum(one["crews"] for one in staged["districts"]) == 3
    assert staged["response_h"] <= staged["even_response_h"] + 1e-9
    assert "crews" in client.get("/api/v1/resilience/risk/staging?crews=many").json()
    mrid = told["elements"][0]["mrid"]
    assert client.get(f"/api/v1/resilience/risk/elements/{mrid}").json()["mrid"] == mrid
    assert client.get(f"/api/v1/resilience/risk/elements/{city.pk:032x}").status_code == 404


def test_only_who_manages_resilience_may_ask_for_a_run() -> None:
    assert reader().post("/api/v1/resilience/risk").status_code == 403
