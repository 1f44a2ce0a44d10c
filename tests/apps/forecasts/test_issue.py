"""Issues: from what was known and nothing after it, adding up, whatever is missing."""

from datetime import timedelta

import numpy as np
import pytest

from apps.forecasts.adapters.adding_up import sums_of
from apps.forecasts.adapters.packed import unpacked_quantiles
from apps.forecasts.choices import Horizon, ModelStatus, Quantity, Rung
from apps.forecasts.models import (
    LEVELS,
    STEPS_A_DAY,
    Combination,
    DataFault,
    Forecast,
    ForecastRun,
    ModelVersion,
    Series,
)
from apps.forecasts.services import rounds
from apps.forecasts.services.history_rows import write_days
from apps.forecasts.services.issuing import issue
from apps.forecasts.services.thinning import thin_runs
from apps.live.models import JournalEntry
from tests.factories.histories import NOW, made, small_grid, with_model, with_past

pytestmark = pytest.mark.django_db
MEDIAN = LEVELS.index(0.5)


def said(run: ForecastRun | None) -> dict[str, np.ndarray]:
    assert run is not None
    rows = Forecast.objects.filter(run=run).select_related("series")
    return {row.series.subject_mrid: unpacked_quantiles(row.quantiles_kw, levels=len(LEVELS)) for row in rows}


def rungs() -> dict[str, str]:
    return dict(Forecast.objects.values_list("series__subject_mrid", "rung"))


@pytest.fixture
def grid() -> dict[str, Series]:
    return with_past()


@pytest.fixture
def trained(grid: dict[str, Series]) -> dict[str, Series]:
    with_model(grid)
    return grid


def test_what_is_written_after_the_issue_time_changes_nothing_of_the_issue(trained: dict[str, Series]) -> None:
    before = said(issue(as_of=NOW))
    ForecastRun.objects.all().delete()
    days = np.random.default_rng(5).uniform(-9e3, 9e3, (len(trained), 3 * STEPS_A_DAY))
    days[:, : NOW.hour * 4] = np.nan  # the quarter hour that has begun, and all after it
    write_days([one.pk for one in trained.values()], NOW.date(), days, over=True)
    DataFault.objects.create(
        series=trained["first"],
        fault="spike",
        begins_at=NOW - timedelta(days=3),
        ends_at=NOW - timedelta(days=2),
        size=1,
        found_at=NOW + timedelta(hours=1),
    )
    after = said(issue(as_of=NOW))
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_the_same_inputs_give_the_same_issue_and_a_quarter_hour_is_issued_once(trained: dict[str, Series]) -> None:
    first = said(issue(as_of=NOW))
    assert issue(as_of=NOW + timedelta(minutes=5)) is None
    ForecastRun.objects.all().delete()
    again = said(issue(as_of=NOW))
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_feeders_add_up_to_their_station_and_what_it_usually_has_besides(trained: dict[str, Series]) -> None:
    found = said(issue(as_of=NOW))
    rest = (found["station"] - found["first"] - found["second"])[:, MEDIAN]
    assert rest == pytest.approx(5, abs=0.5)


def test_quantiles_never_cross_and_a_plant_stays_within_its_limits(trained: dict[str, Series]) -> None:
    found = said(issue(as_of=NOW))
    assert all((np.diff(one, axis=1) >= 0).all() for one in found.values())
    assert found["park"].min() >= 0
    assert found["park"].max() <= 500


def test_an_issue_says_what_it_stands_on_and_hints_at_itself(trained: dict[str, Series]) -> None:
    run = issue(as_of=NOW)
    assert run is not None
    assert (run.starts_at, run.steps) == (NOW.replace(minute=0), 2 * STEPS_A_DAY)
    assert run.inputs["history_until"] == run.starts_at.isoformat()
    assert run.model_version == ModelVersion.objects.get(status=ModelStatus.ACTIVE)
    assert sum(run.rungs.values()) == len(trained)
    assert JournalEntry.objects.filter(stream="forecasts", kind="issued").count() == 1


def test_without_a_model_similar_days_forecast(grid: dict[str, Series]) -> None:
    run = issue(as_of=NOW)
    assert set(rungs().values()) == {Rung.SIMILAR_DAYS}
    assert run is not None
    assert run.model_version is None


def test_a_series_of_two_days_borrows_from_alike_ones_and_says_so(trained: dict[str, Series]) -> None:
    fresh = made("fresh", "feeder", "net_load", "North F03")
    values = np.full((1, 3 * STEPS_A_DAY), np.nan)
    values[0, : 2 * STEPS_A_DAY] = 100.0 + 40 * np.sin(np.arange(2 * STEPS_A_DAY) / STEPS_A_DAY * 2 * np.pi)
    write_days([fresh.pk], NOW.date() - timedelta(2), values, over=True)
    issue(as_of=NOW)
    row = Forecast.objects.get(series=fresh)
    assert row.rung == Rung.BORROWED
    assert "day" in row.reason


def test_nothing_known_of_anything_is_refused_in_plain_words() -> None:
    small_grid()
    issue(as_of=NOW)
    assert set(rungs().values()) == {Rung.REFUSED}
    assert all(Forecast.objects.values_list("reason", flat=True))


def test_what_is_known_to_be_wrong_is_not_looked_at(trained: dict[str, Series]) -> None:
    honest = said(issue(as_of=NOW))["first"]
    ForecastRun.objects.all().delete()
    wrong = np.full((1, STEPS_A_DAY), np.nan)
    wrong[0, 8:32] = 9000.0
    write_days([trained["first"].pk], NOW.date(), wrong, over=True)
    begins = NOW.replace(hour=2, minute=0)
    row = {"series": trained["first"], "fault": "spike", "size": 9000, "found_at": NOW}
    DataFault.objects.create(**row, begins_at=begins, ends_at=begins + timedelta(hours=6))
    found = said(issue(as_of=NOW))["first"]
    assert np.abs(found - honest)[:, MEDIAN].max() < 150


def test_the_week_is_issued_once_after_six_by_the_local_clock(trained: dict[str, Series]) -> None:
    morning = NOW.replace(hour=4, minute=4)  # 06:04 in Berlin
    assert rounds.week(as_of=morning - timedelta(hours=1)) is not None  # the first one at once
    run = rounds.week(as_of=morning)
    assert run is not None
    assert (run.horizon, run.steps) == (Horizon.WEEK, 7 * STEPS_A_DAY)
    assert rounds.week(as_of=morning + timedelta(hours=9)) is None
    assert rounds.week(as_of=morning + timedelta(days=1)) is not None


def test_a_model_put_in_use_by_hand_gets_its_standings_after_the_next_issue(trained: dict[str, Series]) -> None:
    Combination.objects.all().delete()
    rounds.quarter(as_of=NOW)
    assert Combination.objects.count() == len(trained)


def test_old_runs_are_thinned_to_hours_then_to_gates(grid: dict[str, Series]) -> None:
    def run(days: float, hour: int, minute: int, horizon: str = Horizon.INTRADAY) -> int:
        at = (NOW - timedelta(days=days)).replace(hour=hour, minute=minute)
        return ForecastRun.objects.create(
            as_of=at, horizon=horizon, starts_at=at, steps=1, duration_ms=1, engine_version="1"
        ).pk

    kept = [run(1, 7, 15), run(5, 7, 0), run(20, 6, 0), run(20, 4, 0, Horizon.WEEK), run(90, 6, 0)]
    gone = [run(5, 7, 15), run(20, 7, 0), run(500, 6, 0), run(90, 4, 0, Horizon.WEEK)]
    assert thin_runs(as_of=NOW) == len(gone)
    assert sorted(ForecastRun.objects.values_list("pk", flat=True)) == kept


def test_what_a_series_is_worked_out_from_adds_up_to_it() -> None:
    keys = [("system", Quantity.NET_LOAD), ("system", Quantity.LOAD), ("system", Quantity.WIND)]
    source = {"sum": [["system", "net_load"], ["system", "wind"]]}
    series = [
        Series(pk=pk, subject_mrid=mrid, quantity=quantity, source=source if quantity == Quantity.LOAD else {})
        for pk, (mrid, quantity) in enumerate(keys, start=1)
    ]

    assert sums_of(series).matrix.toarray().tolist() == [[-1.0, 1.0, -1.0]]
    assert sums_of(series[:2]).matrix.shape[0] == 0, "a part that has no series leaves nothing to add up"
