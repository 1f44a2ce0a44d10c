from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.forecasting import ridge
from gridops.engine.forecasting.combined import pairs
from gridops.engine.forecasting.features import Rows, rows
from gridops.engine.forecasting.ridge import fit_linear
from tests.engine.forecasting.series import load, mornings

LEVELS = np.array([0.1, 0.5, 0.9])
HORIZON = 24


@pytest.fixture
def known() -> tuple[Rows, np.ndarray]:
    record = load(60)
    found = rows(record, *pairs(mornings(record, HORIZON)[7:], HORIZON))
    return found, record.target[found.step]


def error(found: Rows, target: np.ndarray) -> float:
    return float(np.abs(target - fit_linear(found, target, LEVELS).forecast(found)[:, 1]).mean())


def test_of_very_many_columns_those_are_heard_that_tell_something(
    known: tuple[Rows, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, target = known
    noise = np.random.default_rng(2).normal(size=(len(target), 100))
    wide = replace(
        found,
        values=np.column_stack([noise, found.values, target + noise[:, 0]]),
        names=(*(f"noise_{k}" for k in range(100)), *found.names, "told"),
        moves=np.r_[np.zeros(100, bool), found.moves, False],
    )
    monkeypatch.setattr(ridge, "_MOST_COLUMNS", 20)

    fitted = fit_linear(wide, target, LEVELS)

    assert len(fitted.columns) == 20
    assert len(wide.names) - 1 in fitted.columns
    assert np.isfinite(fitted.forecast(wide)).all()


def test_of_very_many_rows_some_teach_about_as_much(
    known: tuple[Rows, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = error(*known)
    monkeypatch.setattr(ridge, "_MOST_CELLS", 300_000)

    assert error(*known) < 1.2 * every
