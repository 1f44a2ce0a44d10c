import json
from dataclasses import asdict

import numpy as np
import pytest

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.issuing import Standing, standings
from gridops.engine.forecasting.ladder import combine
from gridops.engine.forecasting.panel import Panel
from tests.engine.forecasting.panels import DAY, HORIZON, LEVELS, MONDAY_S

NORMAL = np.array([-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645])
DAYS = 60


def said(spreads: tuple[float, float], biases: tuple[float, float] = (0.0, 0.0)) -> tuple[Panel, list]:
    """Two series that stray by 10 about 100, and what two members said of them: bands too narrow, too wide, astray."""
    generator = np.random.default_rng(1)
    clock = Clock(MONDAY_S, 3600, (DAYS + 3) * DAY)
    panel = Panel(clock, 100 + generator.normal(0, 10, (2, DAYS * DAY)), np.zeros(2, int), np.full(2, -1))
    found = []
    for day in range(DAYS - 30, DAYS - 1):
        bands = [100 + bias + spread * NORMAL for spread, bias in zip(spreads, biases, strict=True)]
        forecast = np.broadcast_to(np.array(bands)[:, None, None], (2, 2, HORIZON, 7)).astype(np.float32)
        found.append((day * DAY, forecast))
    return panel, found


def test_bands_too_narrow_and_too_wide_are_put_right() -> None:
    for spread in (3.0, 30.0):
        panel, issues = said((spread, spread))
        found = standings(panel, issues, now=DAYS * DAY, levels=LEVELS)
        corrected = combine(issues[0][1], found, LEVELS)[:, 0]

        held = [(panel.target[k] >= corrected[k, 1]) & (panel.target[k] <= corrected[k, 5]) for k in range(2)]
        assert np.mean(held, axis=1) == pytest.approx([0.8, 0.8], abs=0.05)
        assert corrected[:, 3] == pytest.approx([100.0, 100.0], abs=0.1)


def test_the_better_member_weighs_more_and_none_is_left_out() -> None:
    panel, issues = said((10.0, 10.0), (0.0, 30.0))
    found = standings(panel, issues, now=DAYS * DAY, levels=LEVELS)

    for one in found:
        assert one.weights == [0.85, 0.15]
        assert one.crps[0] < one.crps[1]
        assert sum(one.weights) == pytest.approx(1)


def test_what_is_not_known_yet_does_not_count() -> None:
    panel, issues = said((3.0, 3.0))
    now = (DAYS - 10) * DAY
    later = panel.target.copy()
    later[:, now:] = 1e6
    changed = Panel(panel.clock, later, panel.group, panel.place)

    assert standings(changed, issues, now=now, levels=LEVELS) == standings(panel, issues, now=now, levels=LEVELS)


def test_without_a_past_all_weigh_the_same_and_nothing_is_moved() -> None:
    panel, _ = said((3.0, 3.0))
    (first, _) = standings(panel, [], now=DAYS * DAY, levels=LEVELS)

    assert first == Standing([0.5, 0.5], [0.0] * 7, [], None, 0)
    assert Standing(**json.loads(json.dumps(asdict(first)))) == first


def test_gaps_in_what_became_true_are_left_out() -> None:
    panel, issues = said((10.0, 10.0))
    holes = panel.target.copy()
    holes[0, :] = np.nan
    found = standings(Panel(panel.clock, holes, panel.group, panel.place), issues, now=DAYS * DAY, levels=LEVELS)

    assert found[0].steps == 0
    assert found[0].shift == [0.0] * 7
    assert found[1].steps > 500
