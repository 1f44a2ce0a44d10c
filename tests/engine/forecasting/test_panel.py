from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.forecasting import boosting, family
from gridops.engine.forecasting.panel import Panel, PanelModel, fit_panel
from tests.engine.forecasting.panels import DAY, HORIZON, LEVELS, SMALL, changed, issued, loads, plants, trained

AT = 60 * DAY


def test_one_model_forecasts_series_of_all_sizes_better_than_last_week() -> None:
    panel, _ = trained()
    model = fit_panel(panel, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL)
    size = np.abs(panel.target).mean(axis=1)
    ours, repeated = [], []
    for at in range(AT, AT + 7 * DAY, DAY):
        actual = panel.target[:, at : at + HORIZON]
        ours.append(np.abs(issued(panel, model, at).quantiles[:, :, 3] - actual).mean(axis=1) / size)
        repeated.append(np.abs(panel.target[:, at - 168 : at - 168 + HORIZON] - actual).mean(axis=1) / size)

    assert np.mean(ours) < 0.85 * np.mean(repeated)
    assert (np.mean(ours, axis=0) < np.mean(repeated, axis=0)).all()


def test_the_same_panel_and_effort_give_the_same_model_and_another_seed_another() -> None:
    panel, model = trained()
    again = fit_panel(panel, until=70 * DAY, horizon=HORIZON, levels=LEVELS, effort=SMALL)
    other = fit_panel(panel, until=70 * DAY, horizon=HORIZON, levels=LEVELS, effort=replace(SMALL, seed=2))

    assert again.to_bytes() == model.to_bytes()
    assert other.to_bytes() != model.to_bytes()


def test_a_model_comes_back_from_its_bytes_as_it_was() -> None:
    panel, model = trained()

    back = PanelModel.from_bytes(model.to_bytes())

    assert np.array_equal(back.say(panel, AT, HORIZON), model.say(panel, AT, HORIZON))
    assert back.features == model.features
    with pytest.raises(ValueError, match="no model of a panel"):
        PanelModel.from_bytes(b"something else")


def test_nothing_after_the_issue_changes_a_forecast_by_a_bit() -> None:
    panel, model = trained()
    shuffled = panel.target.copy()
    np.random.default_rng(0).shuffle(shuffled[:, AT:], axis=1)
    later = replace(panel, target=shuffled * 3)
    later.target[:, :AT] = panel.target[:, :AT]

    assert np.array_equal(model.say(later, AT, HORIZON), model.say(panel, AT, HORIZON))
    assert np.array_equal(issued(later, model, AT).quantiles, issued(panel, model, AT).quantiles)
    cut = replace(panel, target=panel.target[:, :AT])
    assert np.array_equal(issued(cut, model, AT).quantiles, issued(panel, model, AT).quantiles)


def test_nothing_after_the_end_of_training_changes_a_model() -> None:
    panel, _ = trained()
    later = replace(panel, target=panel.target.copy())
    later.target[:, AT:] = 1e6

    first, second = (
        fit_panel(one, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL).to_bytes() for one in (panel, later)
    )

    assert first == second


def test_a_forecast_scales_with_its_series() -> None:
    panel, model = trained()
    doubled = changed(panel, 0, slice(None), 2 * panel.target[0])
    said, twice = model.say(panel, AT, HORIZON)[1, 0], model.say(doubled, AT, HORIZON)[1, 0]

    assert twice == pytest.approx(2 * said, rel=0.05)


def test_plants_stay_between_nothing_and_what_they_are_rated_at() -> None:
    panel = plants()
    model = fit_panel(panel, until=AT, horizon=HORIZON, levels=LEVELS, effort=SMALL)

    found = issued(panel, model, AT)

    assert found.rung == ["full"] * 4
    assert (found.quantiles >= 0).all()
    assert (found.quantiles.max(axis=(1, 2)) <= panel.rated).all()
    actual = panel.target[:, AT : AT + HORIZON]
    assert np.abs(found.quantiles[:, :, 3] - actual).mean() < 0.06 * panel.rated.mean()


def test_without_lightgbm_the_linear_model_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family, "lgb", None)
    monkeypatch.setattr(boosting, "lgb", None)
    panel, with_trees = trained()

    model = fit_panel(panel, until=70 * DAY, horizon=HORIZON, levels=LEVELS, effort=SMALL)
    read = PanelModel.from_bytes(with_trees.to_bytes())

    for one in (model, read):
        found = issued(panel, one, AT)
        assert np.isfinite(found.quantiles).all()
        assert set(found.rung) == {"reduced"}
        assert "could not be loaded" in found.reason[0]


def test_a_panel_with_nothing_known_is_refused_in_plain_words() -> None:
    panel = loads(2, 3)
    empty = replace(panel, target=np.full_like(panel.target, np.nan))

    with pytest.raises(ValueError, match="nothing to learn from"):
        fit_panel(empty, until=3 * DAY, horizon=HORIZON, levels=LEVELS, effort=SMALL)
    with pytest.raises(ValueError, match="does not fit"):
        trained()[1].say(panel, panel.clock.size, 1)
    with pytest.raises(ValueError, match="as many groups"):
        Panel(panel.clock, panel.target, np.zeros(5, np.int64), panel.place)
