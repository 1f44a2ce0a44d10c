"""Scores of many runs summed up to one."""

import pytest

from apps.resilience.adapters.risk_scores import scored, standing


def test_the_standing_of_two_days_is_that_of_all_their_feeders_together() -> None:
    one = [(0.01, 0.02, False), (0.30, 0.02, True)]
    other = [(0.05, 0.02, False), (0.02, 0.02, False), (0.40, 0.02, True)]
    days = [(rows, scored(rows)) for rows in (one, other)]
    found = standing(
        (len(rows), sum(came for *_, came in rows), day.brier, day.climatology, day.bins) for rows, day in days
    )
    together = scored(one + other)
    assert found.brier == pytest.approx(together.brier)
    assert found.skill == pytest.approx(1 - together.brier / together.climatology)
    assert (found.feeder_days, found.outages) == (5, 2)
    assert sum(point["count"] * point["observed"] for point in found.bins) == pytest.approx(2)


def test_nothing_scored_is_unknown_and_not_zero() -> None:
    found = standing([])
    assert (found.brier, found.skill, found.feeder_days) == (None, None, 0)
