from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.optimization.verification import Breach, Limits, Picture, Watched, excess, spread, verify

LIMITS = Limits(np.full(3, 0.95), np.full(3, 1.05), np.array([10.0, 20.0, 30.0]))
ALIVE = np.ones(3, np.bool_)


def picture(
    voltage: list[float], loading: list[float], *, alive: list[bool] | None = None, losses_kw: float = 100.0
) -> Picture:
    return Picture(
        np.array(voltage), np.array(loading), ALIVE if alive is None else np.array(alive, np.bool_), losses_kw, True
    )


LOW = Watched(Breach.VOLTAGE_LOW, np.array([1, 2], np.int32))
OVER = Watched(Breach.OVERLOAD, np.array([0], np.int32))
BEFORE = picture([1.0, 0.94, 0.93], [0.5, 0.8])


def test_a_remedy_that_lifts_all_nodes_into_the_band_ends_the_trouble() -> None:
    verdict = verify([BEFORE, picture([1.01, 0.96, 0.955], [0.5, 0.8])], LIMITS, LOW)
    assert verdict.passed
    assert verdict.ends
    assert verdict.relief == pytest.approx(0.025)


def test_one_that_lifts_the_worst_node_a_little_eases_it_and_does_not_end_it() -> None:
    verdict = verify([BEFORE, picture([1.0, 0.945, 0.94], [0.5, 0.8])], LIMITS, LOW)
    assert (verdict.passed, verdict.ends) == (True, False)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (picture([1.0, 0.96, 0.96], [1.2, 0.8]), "break a limit"),
        (picture([1.06, 0.96, 0.96], [0.5, 0.8]), "break a limit"),
        (picture([1.0, 0.94, 0.92], [0.5, 0.8]), "worse"),
        (picture([1.0, 0.96, np.nan], [0.5, 0.8], alive=[True, True, False]), "30 customers without supply"),
        (picture([1.0, 0.94, 0.9301], [0.5, 0.8]), "neither end nor ease"),
    ],
)
def test_what_breaks_something_else_or_does_nothing_fails_with_its_reason(after: Picture, words: str) -> None:
    verdict = verify([BEFORE, after], LIMITS, LOW)
    assert not verdict.passed
    assert words in verdict.reason


def test_a_breach_on_the_way_fails_even_if_the_end_is_good() -> None:
    good = picture([1.0, 0.96, 0.96], [0.5, 0.8])
    assert not verify([BEFORE, picture([1.0, 0.96, 0.96], [0.5, 1.3]), good], LIMITS, LOW).passed
    assert verify([BEFORE, picture([1.0, 0.95, 0.95], [0.5, 0.9]), good], LIMITS, LOW).passed


def test_customers_may_be_cut_off_only_if_the_proposal_says_so() -> None:
    after = picture([1.0, 0.96, np.nan], [0.5, 0.8], alive=[True, True, False])
    assert verify([BEFORE, after], LIMITS, LOW, customers_may_lose=30).passed


def test_a_branch_that_is_switched_off_is_not_overloaded_any_more() -> None:
    before = picture([1.0, 1.0, 1.0], [1.4, 0.5])
    verdict = verify([before, picture([1.0, 1.0, 1.0], [np.nan, 0.7])], LIMITS, OVER)
    assert verdict.ends


def test_losses_have_no_limit_and_so_no_end() -> None:
    watched = Watched(Breach.LOSSES, np.zeros(0, np.int32))
    verdict = verify([BEFORE, picture([1.0, 0.945, 0.935], [0.5, 0.8], losses_kw=80.0)], LIMITS, watched)
    assert (verdict.passed, verdict.ends, verdict.relief) == (True, False, 20.0)


def test_a_power_flow_without_solution_is_a_verdict() -> None:
    failed = Picture(np.full(3, np.nan), np.full(2, np.nan), ALIVE, np.nan, False, "it diverged.")
    verdict = verify([BEFORE, failed], LIMITS, LOW)
    assert not verdict.passed
    assert "it diverged" in verdict.reason


def test_what_is_dead_has_no_excess() -> None:
    assert np.isnan(excess(picture([1.0, np.nan, np.nan], [0.5, 0.8]), LIMITS, LOW))


def test_the_spread_holds_the_middle_of_the_draws() -> None:
    assert spread(np.arange(11.0)) == pytest.approx((1.0, 9.0))
    assert np.isnan(spread(np.array([np.nan]))).all()
    with pytest.raises(ValueError, match="share"):
        spread(np.arange(3.0), share=1.0)


def supply(alive: list[bool]) -> Picture:
    return replace(picture([1.0, 1.0, 1.0], [0.5, 0.5]), alive=np.array(alive))


def test_of_supply_the_excess_is_what_its_dead_nodes_would_take() -> None:
    watched = Watched(Breach.SUPPLY, np.array([1, 2], np.int32), drawn_kw=np.array([300.0, 200.0]))
    dead, part, all_live = supply([True, False, False]), supply([True, True, False]), supply([True, True, True])
    assert excess(dead, LIMITS, watched) == 500.0
    eased = verify([dead, part], LIMITS, watched)
    assert (eased.passed, eased.ends, eased.relief) == (True, False, 300.0)
    ended = verify([dead, part, all_live], LIMITS, watched)
    assert (ended.passed, ended.ends, ended.excess_after) == (True, True, 0.0)


def test_what_takes_supply_from_others_is_no_restoration() -> None:
    watched = Watched(Breach.SUPPLY, np.array([2], np.int32), drawn_kw=np.array([200.0]))
    assert (
        "customers without supply"
        in verify([supply([True, True, False]), supply([True, False, True])], LIMITS, watched).reason
    )


def test_of_switching_the_excess_is_how_many_switches_stand_where_they_do_not_belong() -> None:
    at = picture([1.0, 1.0, 1.0], [0.5, 0.5])
    before, after = (replace(at, switch_closed=np.array(closed)) for closed in ([True, True], [False, True]))
    watched = Watched(Breach.OFF_NORMAL, np.array([0, 1], np.int32), normal_closed=np.array([False, True]))
    verdict = verify([before, after], LIMITS, watched)
    assert (verdict.passed, verdict.ends, verdict.excess_before, verdict.excess_after) == (True, True, 1.0, 0.0)


def test_the_reserve_is_what_is_left_to_the_branch_that_took_the_load_over() -> None:
    before, watched = picture([1.0] * 3, [1.1, 0.2]), OVER
    assert verify([before, picture([1.0] * 3, [0.4, 0.96])], LIMITS, watched).reserve == pytest.approx(0.04)
    assert verify([before, picture([1.0] * 3, [0.9, 0.2])], LIMITS, watched).reserve == np.inf
