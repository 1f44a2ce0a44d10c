"""The study of docs/studies/trading.md: what published forecasts earn, held against what is known of them."""

import argparse

import numpy as np
import pytest

from gridops.engine.optimization.trading import price_members
from tests.factories.shared_data import shared_file
from tests.studies.trading import COLUMNS, MAE, ROWS, Market, Row, band, own, run, shares, tails

ABOUT = 0.3  # points
PUBLISHED = COLUMNS[:3]


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_members, "_TREES", 20)


@pytest.fixture(scope="module")
def markets() -> dict[str, Market]:
    return {name: Market(name, shared_file("epf")) for name in ("DE", "PJM")}


@pytest.mark.parametrize("name", ["DE", "PJM"])
def test_errors_of_the_published_forecasts_are_those_known(markets: dict[str, Market], name: str) -> None:
    for column, known in zip(COLUMNS, MAE[name], strict=False):
        assert markets[name].mae(column) == pytest.approx(known, abs=0.01)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.market}-{row.hours}h-{row.wear}")
def test_published_forecasts_earn_what_is_known(markets: dict[str, Market], row: Row) -> None:
    _, found = shares(markets[row.market], row, PUBLISHED, alternating=False)
    np.testing.assert_allclose([found[name] for name in PUBLISHED], row.known[:3], atol=ABOUT)


def test_a_bare_program_gives_every_column_and_the_ceiling(markets: dict[str, Market]) -> None:
    """At prices below zero and without wear it burns energy, as the known figures do."""
    row = ROWS[0]
    perfect, found = shares(markets["DE"], row, COLUMNS, alternating=True)

    assert perfect == pytest.approx(row.perfect, rel=1e-4)
    np.testing.assert_allclose([found[name] for name in COLUMNS], row.known, atol=ABOUT)


def test_with_wear_both_ways_are_one(markets: dict[str, Market]) -> None:
    row = ROWS[2]
    perfect, found = shares(markets["DE"], row, COLUMNS, alternating=False)

    assert perfect == pytest.approx(row.perfect, rel=1e-3)
    np.testing.assert_allclose([found[name] for name in COLUMNS], row.known, atol=ABOUT)


def test_our_forecast_of_prices_alone_beats_every_repetition(markets: dict[str, Market]) -> None:
    share, error = own(markets["DE"], ROWS[0], ())
    repeated = ROWS[0].known[3:]

    assert share > max(repeated) + 3
    assert error < 6.0


def test_our_forecast_with_what_is_known_ahead_reaches_the_published_ones(markets: dict[str, Market]) -> None:
    share, _ = own(markets["DE"], ROWS[0], COLUMNS[:2])
    assert share >= 88


def test_aversion_buys_the_tail(markets: dict[str, Market]) -> None:
    plain, averse = tails(markets["DE"], ROWS[2], "mean", (0.0, 0.5), every=4)

    assert averse.worst > plain.worst
    assert averse.losing < plain.losing
    assert averse.share < plain.share


def test_without_data_the_study_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDOPS_STUDY_DATA", "")
    assert "--data" in run(argparse.Namespace(data=None, only=""))


def test_bands_hold_on_real_days_what_they_say(markets: dict[str, Market]) -> None:
    found = band(markets["DE"].days, markets["DE"].forecasts["mean"])
    assert found.inside_80 == pytest.approx(80, abs=2)
    assert found.inside_90 == pytest.approx(90, abs=2)
    assert found.mae < found.naive
