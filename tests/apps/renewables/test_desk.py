"""Bands of portfolios, ramps and reserve, days, ways around curtailment, firming."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.forecasts.adapters.packed import unpacked, unpacked_quantiles
from apps.forecasts.choices import Quantity
from apps.forecasts.models import Series
from apps.renewables.choices import Cause, FirmingStatus
from apps.renewables.models import IntegrationDay, Portfolio, PortfolioForecast, ReserveDay, ReserveRun
from apps.renewables.selectors.documents import band_document, reserve_document
from apps.renewables.selectors.integration import integration_document
from apps.renewables.services.days import count_days
from apps.renewables.services.firming import ask_firming, play_firming
from apps.renewables.services.reserving import add_up_portfolios, judge_reserve, reserve
from apps.renewables.services.rounds import look, look_back
from apps.renewables.services.watching import forget_quarters, watch
from tests.factories.renewables import AVERAGE, MARGINAL, PRICE, SPREAD, Park, make_issue, make_park

pytestmark = pytest.mark.django_db
MIDDAY = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
NOON = MIDDAY + timedelta(minutes=1)  # the issue of noon is there
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def park() -> Park:
    return make_park(MIDDAY, issues_h=12)


def portfolio() -> Portfolio:
    return Portfolio.objects.get()


def test_the_band_of_a_portfolio_is_narrower_than_the_sum_of_its_bands(park: Park) -> None:
    assert add_up_portfolios(as_of=NOON) == 1
    assert add_up_portfolios(as_of=NOON) == 0
    row = PortfolioForecast.objects.get()
    assert (row.plants, row.missing) == (7, 0)
    assert row.pairs > 100
    band = unpacked_quantiles(row.quantiles_kw, levels=len(row.levels))
    assert (np.diff(band, axis=1) >= 0).all()
    rated = sum(plant.rated_kw for plant in portfolio().plants.all())
    assert 0 <= band.min() <= band.max() <= rated
    width, median = band[:8, -1] - band[:8, 0], band[:8, 3]
    assert (width < 2 * 1.645 * SPREAD * median).all()  # as if all erred alike
    told = band_document(portfolio(), as_of=NOON)
    assert len(told["forecast"]["t"]) == 192
    assert len(told["t"]) == 96


def test_of_the_past_the_band_is_told_that_was_known_then(park: Park) -> None:
    assert band_document(portfolio(), as_of=NOON)["forecast"] is None
    add_up_portfolios(as_of=NOON)
    assert band_document(portfolio(), as_of=NOON + HOUR)["forecast"] is not None
    assert band_document(portfolio(), as_of=NOON - HOUR)["forecast"] is None


def test_reserve_is_need_of_load_sun_and_wind_together(park: Park) -> None:
    run = reserve(as_of=NOON)
    assert run is not None
    assert run.components == [Quantity.LOAD, Quantity.PV, Quantity.WIND]
    assert reserve(as_of=NOON) is None  # of one issue once
    planned, up, down = (unpacked(raw) for raw in (run.planned_kw, run.up_kw, run.down_kw))
    assert len(planned) == 192
    assert (up >= 0).all()
    assert (down >= 0).all()
    sigma = SPREAD * np.sqrt(
        sum(park.potential[row.pk][park.end - park.first] ** 2 for row in Series.objects.filter(subject="system"))
    )
    assert up[0] == pytest.approx(1.96 * sigma, rel=0.25)
    ramps = unpacked(run.ramps_kw).reshape(3, 2, 192)
    known = np.isfinite(ramps).all(axis=0)
    assert (ramps[2][known] >= 0).all()
    assert np.nanmean(ramps[2]) > np.nanmean(ramps[0])
    assert run.held_up_kw is None
    assert "No battery" in run.held_words
    told = reserve_document(as_of=NOON)
    assert [one["minutes"] for one in told["run"]["ramps"]] == [15, 60, 180]


def test_without_a_forecast_of_the_system_there_is_no_reserve_run() -> None:
    assert reserve(as_of=NOON) is None
    assert look(as_of=NOON) == 0
    assert reserve_document(as_of=NOON) == {"run": None, "days": []}


def test_how_the_need_held_is_measured_by_what_came_and_only_once(park: Park) -> None:
    yesterday = NOON - DAY
    for hours in range(0, 36, 4):
        at = MIDDAY - DAY - 16 * HOUR + hours * HOUR
        make_issue(park, int(at.timestamp()) // 900)
        reserve(as_of=at + timedelta(minutes=5))
    assert ReserveRun.objects.count() > 7
    assert judge_reserve(as_of=NOON) >= 1
    assert judge_reserve(as_of=NOON) == 0
    row = ReserveDay.objects.get(day=yesterday.date())
    assert row.quarters == 96
    assert row.within + row.above + row.below == row.quarters
    assert row.within / row.quarters > 0.75


def test_a_day_says_what_was_used_lost_and_spared(park: Park) -> None:
    yesterday = NOON - DAY
    park.gave("Wind 2", 0.0, first=park.end - 96, end=park.end - 92)
    watch(as_of=yesterday)
    watch(as_of=NOON)
    assert count_days(as_of=NOON) >= 1
    assert count_days(as_of=NOON) == 0
    row = IntegrationDay.objects.get(day=yesterday.date())
    assert row.available_kwh == pytest.approx(row.used_kwh + row.curtailed_kwh)
    assert row.by_cause == {Cause.FAULT: pytest.approx(row.curtailed_kwh, rel=1e-4)}
    assert row.average_kg == pytest.approx(row.used_kwh * AVERAGE / 1000, rel=1e-6)
    assert row.marginal_kg == pytest.approx(row.used_kwh * MARGINAL / 1000, rel=1e-6)
    assert row.lost_worth == pytest.approx(row.curtailed_kwh * PRICE / 1000, rel=1e-6)
    assert 0 < row.met_kwh <= min(row.used_kwh, row.demand_kwh)
    told = integration_document(portfolio(), as_of=NOON)
    assert [span["days"] for span in told["spans"]] == [1, 7, 28]
    assert told["spans"][1]["used_kwh"] > told["spans"][0]["used_kwh"]
    assert told["spans"][1]["by_cause"][0]["cause"] == Cause.FAULT
    assert 0 < told["spans"][1]["used_share"] < 1


def test_without_a_zone_nothing_is_said_of_money_and_emissions_but_why() -> None:
    make_park(MIDDAY, with_zone=False)
    watch(as_of=NOON)
    span = integration_document(portfolio(), as_of=NOON)["spans"][0]
    assert span["used_kwh"] > 0
    assert (span["average_kg"], span["lost_worth"]) == (None, None)
    assert "no market zone" in span["missing"]


def asked(**more: object) -> dict[str, object]:
    usual = {"days": 14, "tolerance": 0.10, "share": 0.9, "round_trip": 0.88, "per_kw": 150.0, "per_kwh": 250.0}
    return {**usual, "currency": "EUR", "source": "Offer of the maker, 2026-05", **more}


def test_firming_plays_the_past_against_the_day_ahead_plan(park: Park) -> None:
    olga = User.objects.create_user("olga", role=Role.OPERATOR)
    run = ask_firming(of=park.plant("Wind 1"), by=olga, as_of=NOON, **asked())
    assert play_firming(run_id=run.pk, as_of=NOON)
    assert not play_firming(run_id=run.pk, as_of=NOON)
    run.refresh_from_db()
    assert run.status == FirmingStatus.DONE
    told = run.result
    assert told["days"] > 10
    assert told["without"] < 0.9 <= told["best_share"]
    cheapest = told["sizes"][told["cheapest"]]
    assert cheapest["share"] >= 0.9
    assert cheapest["cost"] == pytest.approx(150 * cheapest["power_kw"] + 250 * cheapest["energy_kwh"])
    assert all(one["cost"] >= cheapest["cost"] for one in told["sizes"])


def test_firming_without_a_past_says_so(park: Park) -> None:
    olga = User.objects.create_user("olga", role=Role.OPERATOR)
    run = ask_firming(of=portfolio(), by=olga, as_of=NOON - 60 * DAY, **asked(days=2))
    assert not play_firming(run_id=run.pk, as_of=NOON - 60 * DAY)
    run.refresh_from_db()
    assert run.status == FirmingStatus.REFUSED
    assert "day-ahead forecast" in run.reason


def test_a_look_and_a_look_back_do_all_of_it_and_old_quarters_go(park: Park) -> None:
    assert look(as_of=NOON) == 0
    assert PortfolioForecast.objects.exists()
    assert ReserveRun.objects.exists()
    assert look_back(as_of=NOON) >= 0
    assert forget_quarters(as_of=NOON + 900 * DAY) > 0
