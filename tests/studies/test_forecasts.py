"""The study of docs/studies/forecasts.md in small: few days, few trees, few levels."""

import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from apps.forecasts.management.commands.backtest import Command
from gridops.engine.forecasting import backtest as engine
from gridops.engine.forecasting.combined import RECIPES, fit_members
from tests.apps.forecasts.files import instants, rhythm, utc, write
from tests.factories.shared_data import shared_file
from tests.studies.forecast_cases import CASES, Case, day_ahead
from tests.studies.forecasts import Result, results, table

LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)
BY_NAME = {case.name: case for case in CASES}


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    recipes = tuple(replace(one, trees=60) for one in RECIPES)
    monkeypatch.setattr(engine, "fit_members", partial(fit_members, recipes=recipes))


def small(case: Case, *, test: int, train: int) -> Case:
    terms = replace(case.terms, train_days=train, test_days=test, levels=LEVELS, retrain_days=30)
    return replace(case, terms=terms)


@pytest.mark.parametrize(
    ("name", "bar"),
    [("il_meter", 0.45), ("gefcom_wind_1", 0.05), ("gefcom_solar_1", 0.02)],
)
def test_real_series_are_forecast_better_than_repeated(name: str, bar: float) -> None:
    case = BY_NAME[name]
    directory = shared_file(case.file).parents[len(Path(case.file).parts) - 1]
    found = next(results([small(case, test=20, train=60)], directory, None))
    assert isinstance(found, Result)

    ours = found.said["gridops"]
    assert ours["pinball"] < bar
    for repetition in ("persistence", "seasonal_naive_week", "seasonal_naive_day", "mean_of_4_weeks"):
        assert ours["pinball"] < found.said[repetition]["pinball"]
    assert ours["coverage_80"] == pytest.approx(0.8, abs=0.13)


def test_a_study_tells_its_figures_and_names_what_is_not_there(tmp_path: Path) -> None:
    at = instants(70)
    write(tmp_path / "made.csv", utc(at), {"load": rhythm(at)})
    wanted = replace(BY_NAME["il_meter"].wanted, target="load")
    made = Case("made", "made.csv", wanted, replace(day_ahead(40, 3), levels=LEVELS))

    found = list(results([made, replace(made, name="lost", file="lost.csv")], tmp_path, tmp_path))

    assert found[1] == f"lost: lost.csv is not in {tmp_path}"
    assert "| made | 3 |" in table(found[:1])
    assert (tmp_path / "made.json").exists()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_command_of_a_row_says_what_the_row_does(case: Case) -> None:
    percents = ",".join(f"{level:.2f}" for level in np.arange(1, 100) / 100)
    words = shlex.split(case.command.replace("$(seq -s, 0.01 0.01 0.99)", percents))
    options = vars(Command().create_parser("manage.py", "backtest").parse_args(words[2:]))

    terms, wanted = case.terms, case.wanted
    assert (options["horizon"], options["issue_at"], options["every"]) == (
        terms.horizon_s,
        terms.issue_at_s,
        terms.every_s,
    )
    assert (options["train_days"], options["test_days"]) == (terms.train_days, terms.test_days)
    assert (options["retrain_days"], options["skip"]) == (terms.retrain_days, terms.skip_s)
    np.testing.assert_allclose(options["quantiles"], terms.levels)
    assert (options["target"], options["zone"], options["resolution"]) == (wanted.target, wanted.zone, wanted.step_s)
    assert (tuple(options["weather"]), tuple(options["known_future"])) == (tuple(wanted.observed), tuple(wanted.ahead))
    assert (options["only"], options["stamps"] == "end") == (wanted.only, wanted.stamps_end)
    assert (options["site"], options["radiation"]) == (case.plant.site, case.plant.radiation)
    assert bool(options["holidays"]) == bool(wanted.holidays)
    assert options["beside"] == tuple(other.only for other in case.beside)
    assert options["shared"] == case.shared
