"""The study in small: few homes and days, so that its figures are rough; its arithmetic is not."""

from datetime import date

import pytest

from tests.simulator.town import town
from tests.studies.demand_response import BY, bias, played
from tests.studies.response_world import ResponseWorld


@pytest.fixture(scope="module")
def outcomes():
    world = ResponseWorld(town(), seed=1, homes=80, first=date(2026, 11, 2))
    return played(world, events=1, seed=1, trials=1, history=12)


def test_every_event_saves_in_truth_and_as_measured(outcomes):
    assert all(one.true_kw > 0 and one.measured_kw > 0 for one in outcomes)


def test_the_second_event_is_foretold_from_the_first(outcomes):
    assert abs(outcomes[1].true_ratio - 1) < abs(outcomes[0].true_ratio - 1) + 0.25
    assert outcomes[1].plan.kw[0] < outcomes[1].plan.kw[1] < outcomes[1].plan.kw[2]


def test_nobody_is_asked_again_while_others_wait(outcomes):
    first, second = (set(one.plan.homes) for one in outcomes)
    assert len(second - first) >= min(len(second), 80 - len(first)) / 3


def test_baselines_of_the_called_are_near_their_truth(outcomes):
    assert abs(bias(BY, outcomes)) < 30
