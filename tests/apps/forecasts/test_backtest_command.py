"""The command as anybody would call it: a process of its own, no server in reach."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.forecasts.adapters import backtests
from gridops.engine.forecasting import Record
from gridops.engine.forecasting import backtest as engine
from gridops.engine.forecasting.combined import RECIPES, fit_members
from gridops.engine.forecasting.features import Rows
from tests.apps.forecasts.files import instants, rhythm, series, utc, wall, write

FIGURES = {"rcrps", "pinball", "nmae", "mape", "rmae", "coverage_80", "coverage_90"}
BASELINES = {"seasonal_naive_week", "seasonal_naive_day", "mean_of_4_weeks", "exponential_smoothing", "lightgbm"}
NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@localhost:1/nothing",
    "REDIS_URL": "redis://localhost:1/0",
    "GRIDOPS_SECRET_KEY": "only-for-a-test-without-a-server-only-for-a-test-without-a-server",
}
SHORT = ("--test-days", "3", "--train-days", "40", "--horizon", "24h", "--quantiles", "0.05,0.1,0.5,0.9,0.95")


def backtest(path: Path, out: Path, *options: str) -> dict:
    call_command("backtest", str(path), "--target", "load", "--json", str(out), *SHORT, *options, stdout=Silent())
    return json.loads(out.read_text())


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    recipes = tuple(replace(one, trees=30) for one in RECIPES)
    monkeypatch.setattr(engine, "fit_members", partial(fit_members, recipes=recipes))


class Silent:
    def write(self, text: str) -> int:
        return len(text)


def test_without_a_server_it_prints_the_scores_and_writes_the_document(tmp_path: Path) -> None:
    series(tmp_path / "load.csv.gz", 24)
    words = ["backtest", "load.csv.gz", "--target", "load", "--json", "out.json", *SHORT, "--test-days", "1"]
    done = subprocess.run(
        [sys.executable, Path("manage.py").resolve(), *words],
        cwd=tmp_path,
        env={**os.environ, **NOWHERE},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "out.json").read_text())
    assert set(document) == {"model", "baselines", "train_s", "predict_s", "rows", "issues"}
    assert set(document["model"]) == FIGURES
    assert set(document["baselines"]) >= BASELINES
    assert all(set(one) == FIGURES for one in document["baselines"].values())
    assert (document["issues"], document["rows"]) == (1, 24)
    for name in ("gridops", *document["baselines"]):
        assert name in done.stdout


def test_a_gap_a_day_long_and_a_third_missing_are_survived(tmp_path: Path) -> None:
    at = instants(60)
    load = rhythm(at)
    load[np.random.default_rng(2).random(len(at)) < 0.3] = np.nan
    load[58 * 24 : 59 * 24] = np.nan

    document = backtest(write(tmp_path / "a.csv", utc(at), {"load": load}), tmp_path / "out.json")

    assert 0 < document["rows"] < 72
    assert document["model"]["nmae"] < 0.2


@pytest.mark.parametrize(
    ("values", "empty"),
    [
        (np.zeros(50 * 24), {"rcrps", "nmae", "mape", "rmae"}),
        (np.full(50 * 24, 7.0), {"rcrps", "rmae"}),
        (-rhythm(instants(50)), set()),
    ],
    ids=["zeros", "constant", "negative"],
)
def test_every_series_is_forecast_and_what_has_no_score_is_null(
    tmp_path: Path, values: np.ndarray, empty: set[str]
) -> None:
    path = write(tmp_path / "a.csv", utc(instants(50)), {"load": values})

    document = backtest(path, tmp_path / "out.json")

    assert {name for name, value in document["model"].items() if value is None} == empty
    assert document["rows"] == 72


@pytest.mark.parametrize(("step_min", "days"), [(5, 20), (30, 50), (1440, 120)])
def test_any_resolution_is_forecast(tmp_path: Path, step_min: int, days: int) -> None:
    path = series(tmp_path / "a.csv", days, step_min)

    document = backtest(path, tmp_path / "out.json", "--train-days", "10" if step_min == 5 else "90")

    assert document["issues"] == 3
    assert document["rows"] == 3 * 1440 // step_min
    assert document["model"]["nmae"] < 0.1


@pytest.mark.parametrize(
    "begin", [datetime(2024, 2, 12, 23, tzinfo=UTC), datetime(2024, 9, 9, 22, tzinfo=UTC)], ids=["spring", "autumn"]
)
def test_days_on_which_the_clock_changes_are_issued_at_the_local_hour(tmp_path: Path, begin: datetime) -> None:
    at = instants(49, 60, begin)
    path = write(tmp_path / "a.csv", wall(at, "Europe/Berlin"), {"load": rhythm(at)})

    document = backtest(path, tmp_path / "out.json", "--zone", "Europe/Berlin", "--holidays", "DE")

    assert (document["issues"], document["rows"]) == (3, 72)


def test_issues_within_the_day_are_forecast_too(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv", 40)

    document = backtest(path, tmp_path / "out.json", "--every", "6h", "--horizon", "6h")

    assert document["issues"] == 12
    assert document["rows"] == 72


def test_what_is_known_ahead_helps_and_winds_and_sun_are_made_of_it(tmp_path: Path) -> None:
    at = instants(60)
    u, v = np.random.default_rng(3).normal(0, 4, (2, len(at)))
    path = write(tmp_path / "a.csv", utc(at), {"load": np.hypot(u, v), "u100": u, "v100": v})

    blind = backtest(path, tmp_path / "out.json")
    seeing = backtest(path, tmp_path / "out.json", "--known-future", "u100,v100", "--site", "52,5")

    assert seeing["model"]["pinball"] < 0.6 * blind["model"]["pinball"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "x"), "there is no column x; there are: time, load"),
        (("--horizon", "25min"), "--horizon: it is no whole number of steps"),
        (("--horizon", "later"), "no span of time; write 15min"),
        (("--test-days", "60"), "give more rows or fewer --test-days"),
        (("--zone", "Berlin"), "no time zone; write Europe/Berlin"),
        (("--holidays", "Atlantis"), "no country with known holidays"),
        (("--quantiles", "0.9,0.1"), "ascending"),
        (("--quantiles", "ten"), "no quantiles; write"),
        (("--issue-at", "25:00"), "no time of day; write 06:00"),
        (("--skip", "24h"), "nothing is left of the horizon"),
        (("--site", "north"), "no site; write"),
        (("--radiation", "ghi"), "ghi is not among the columns of --known-future"),
        (("--known-future", "load"), "column load is named twice"),
        (("--only", "zone"), "names no column and value"),
        (("--train-days", "0"), "no number of days above zero"),
    ],
)
def test_a_wrong_word_is_refused_with_a_remedy(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    path = series(tmp_path / "a.csv", 30)

    with pytest.raises(CommandError, match=words):
        call_command("backtest", str(path), *(("--target", "load") if options[0] != "--target" else ()), *options)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        backtest(series(tmp_path / "a.csv", 30), tmp_path / "none" / "out.json", "--test-days", "1")


def test_three_days_are_too_few_and_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="the file holds 3 days"):
        backtest(series(tmp_path / "a.csv", 3), tmp_path / "out.json")


def test_nothing_that_comes_after_an_issue_changes_its_forecast(tmp_path: Path) -> None:
    at = instants(40)
    sun = np.random.default_rng(4).random(len(at))
    path = write(tmp_path / "a.csv", utc(at), {"load": rhythm(at) - 20 * sun, "sun": sun, "air": sun[::-1]})

    heard = io.StringIO()
    words = ["--target", "load", "--known-future", "sun", "--weather", "air", "--check-leakage", *SHORT]
    call_command("backtest", str(path), *words, stdout=heard)

    assert "no leak: inputs of 3 issues and 720 quantiles the same to the bit" in heard.getvalue()


def test_a_model_that_peeks_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Peeking(backtests.Backtest):
        def run(self, first: int) -> backtests.Issued:
            issued = super().run(first)
            return backtests.replace(issued, forecast=issued.forecast + np.nan_to_num(issued.actual)[:, None])

    monkeypatch.setattr(backtests, "Backtest", Peeking)

    with pytest.raises(CommandError, match="changed with what came after"):
        backtest(series(tmp_path / "a.csv", 30), tmp_path / "out.json", "--check-leakage", "--test-days", "2")


def test_an_input_that_peeks_is_caught_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = backtests.rows

    def peeking(record: Record, issue: np.ndarray, step: np.ndarray) -> Rows:
        found = honest(record, issue, step)
        found.values[:, found.names.index("last")] = record.target[np.minimum(issue + 1, len(record.target) - 1)]
        return found

    monkeypatch.setattr(backtests, "rows", peeking)

    with pytest.raises(CommandError, match=r"changed with what came after it: last$"):
        backtest(series(tmp_path / "a.csv", 30), tmp_path / "out.json", "--check-leakage", "--test-days", "1")


def test_what_is_known_of_other_series_of_the_file_is_known_here_too(tmp_path: Path) -> None:
    at = instants(40)
    wind = np.random.default_rng(8).random(len(at))
    path = tmp_path / "parks.csv"
    lines = [f"{time},a,{100 * wind[k]},0" for k, time in enumerate(utc(at))]
    lines += [f"{time},b,0,{wind[k]}" for k, time in enumerate(utc(at))]
    path.write_text("\n".join(["time,park,load,speed", *lines]) + "\n")
    words = ["--only", "park=a", "--known-future", "speed"]

    alone = backtest(path, tmp_path / "out.json", *words)
    with_others = backtest(path, tmp_path / "out.json", *words, "--beside", "park=b", "--shared", "speed")

    assert with_others["model"]["pinball"] < 0.4 * alone["model"]["pinball"]
