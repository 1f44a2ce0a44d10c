"""Arithmetic of receipts, against figures worked out by hand."""

import numpy as np
import pytest

from gridops.engine.optimization.track_record import Receipts, calibrated, hits, track_record


def receipts(
    expected: list[float],
    realised: list[float],
    *,
    half: float = 1.0,
    confidence: list[float] | None = None,
    ends: list[bool] | None = None,
    said: list[bool] | None = None,
) -> Receipts:
    middle = np.array(expected)
    count = len(expected)
    stated = np.array(confidence or [0.9] * count)
    return Receipts(
        expected=middle,
        low=middle - half,
        high=middle + half,
        realised=np.array(realised),
        confidence=stated,
        ends=np.array(ends if ends is not None else [True] * count, np.bool_),
        said_ends=np.array(said if said is not None else [True] * count, np.bool_),
        raw_low=middle - half,
        raw_high=middle + half,
        raw_confidence=stated,
    )


def test_hit_rate_bias_and_share_inside_are_those_of_the_hand() -> None:
    record = track_record(receipts([10, 10, 10, 10], [10.5, 9.5, 8.0, 12.0], ends=[True, True, False, True]))
    assert (record.count, record.hits, record.hit_rate) == (4, 3, 0.75)
    assert record.bias == pytest.approx((0.05 - 0.05 - 0.2 + 0.2) / 4)
    assert record.share_inside == 0.5
    assert record.brier == pytest.approx((3 * 0.1**2 + 0.9**2) / 4)


def test_where_only_relief_was_said_half_of_it_is_a_hit() -> None:
    said = receipts([10, 10], [5.0, 4.9], ends=[False, False], said=[False, False])
    assert hits(said).tolist() == [True, False]


def test_without_receipts_a_desk_is_believed_four_times_of_five_and_nothing_is_widened() -> None:
    record = track_record(receipts([], []))
    assert (record.count, record.reliability, record.widening) == (0, 0.8, 1.0)
    assert np.isnan(record.hit_rate)
    assert calibrated(0.7, record) == 0.7


def test_a_desk_that_is_wrong_loses_reliability_and_one_that_is_right_gains_it() -> None:
    wrong = track_record(receipts([10] * 10, [0.0] * 10, ends=[False] * 10))
    right = track_record(receipts([10] * 10, [10.0] * 10))
    assert wrong.reliability < 0.3
    assert right.reliability > 0.8


def test_bands_that_were_too_narrow_are_widened_until_they_hold_eight_of_ten() -> None:
    rng = np.random.default_rng(5)
    expected = np.full(200, 10.0)
    realised = expected + rng.normal(0, 2.0, 200)
    record = track_record(receipts(expected.tolist(), realised.tolist(), half=1.0))
    inside = np.abs(realised - expected) <= record.widening
    assert 0.78 <= inside.mean() <= 0.83
    assert track_record(receipts(expected.tolist(), realised.tolist(), half=20.0)).widening < 1


def test_a_few_receipts_move_the_band_only_a_little() -> None:
    few = track_record(receipts([10, 10], [16, 14], half=1.0))
    many = track_record(receipts([10] * 40, [16, 14] * 20, half=1.0))
    assert 1 < few.widening < many.widening


def test_confidence_that_was_stated_too_high_comes_down() -> None:
    record = track_record(receipts([10] * 30, [10.0] * 30, confidence=[0.95] * 30, ends=[True, False, False] * 10))
    assert calibrated(0.95, record) == pytest.approx(0.95 + 30 / 40 * (1 / 3 - 0.95))
    assert calibrated(0.0, record) == 0.0


def test_bins_hold_every_receipt_once() -> None:
    stated = [0.0, 0.3, 0.5, 0.75, 0.9, 1.0, 1.0]
    record = track_record(receipts([1] * 7, [1.0] * 7, confidence=stated))
    assert sum(one.count for one in record.bins) == 7
    assert record.bins[-1].stated == 1.0
