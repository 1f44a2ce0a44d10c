import numpy as np
import pytest

from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import MeasurementKind
from gridops.engine.estimation.switching import find_wrong_switch, is_suspicious, still_wrong
from gridops.engine.network.topology import resolve
from tests.engine.gross_errors import spoil
from tests.engine.wrong_switches import Case, make_case, meters_of
from tests.studies.wrong_switches import share_named, study


def ask(grid, case):
    taps = grid.tap_position
    estimate = Estimator(grid.network, case.reported).estimate(case.measurements, taps)
    if not is_suspicious(case.reported, case.measurements, estimate):
        return None
    return find_wrong_switch(grid.network, case.reported, case.measurements, taps, estimate)


def test_19_of_20_wrong_positions_that_can_be_seen_are_named_and_clean_scans_accuse_none(mv_urban):
    counts = study(mv_urban, draws=60, seed=4)

    assert share_named(counts) >= 0.95, counts
    assert counts["clean scans in which a switch was accused"] == 0


@pytest.mark.parametrize("moved", [True, False])
def test_a_tie_that_is_not_where_it_says_is_named_and_the_estimate_is_that_of_the_true_positions(mv_urban, moved):
    tie = int(np.flatnonzero(~mv_urban.switch_closed)[-2])
    case = make_case(mv_urban, tie, np.random.default_rng(2), moved=moved)

    finding = ask(mv_urban, case)

    assert finding is not None
    assert tie in (finding.wrong.switch, *finding.wrong.alternatives)
    assert finding.wrong.reported_closed is not moved
    right = Estimator(mv_urban.network, case.true).estimate(case.measurements, mv_urban.tap_position)
    np.testing.assert_allclose(finding.estimate.line_p_from_kw, right.line_p_from_kw, atol=5)
    assert still_wrong(mv_urban.network, case.reported, case.measurements, mv_urban.tap_position, finding)


def test_when_the_meters_agree_with_the_report_again_the_doubt_is_over(mv_urban):
    tie, rng = int(np.flatnonzero(~mv_urban.switch_closed)[-2]), np.random.default_rng(2)
    case = make_case(mv_urban, tie, rng, moved=True)
    finding = ask(mv_urban, case)
    assert finding is not None

    opened = meters_of(mv_urban, case.reported, rng)

    assert not still_wrong(mv_urban.network, case.reported, opened, mv_urban.tap_position, finding)


def test_a_bad_meter_is_not_blamed_on_a_switch(mv_urban):
    normal, rng = resolve(mv_urban.network, mv_urban.switch_closed), np.random.default_rng(5)
    clean = meters_of(mv_urban, normal, rng)
    for kind in (MeasurementKind.VOLTAGE, MeasurementKind.INJECTION, MeasurementKind.LINE_FLOW):
        wrong = spoil(clean, kind, 30, 0, 25)
        assert ask(mv_urban, Case(normal, normal, wrong)) is None
