"""Whom to ask in which stage: enough is delivered, nobody is asked twice, and what comes back finds room."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.engine.optimization.calls import (
    MOST_SPANS,
    RELEASED_LATER,
    Asked,
    Segments,
    Wanted,
    asked,
    rebound_kw,
    spans_of,
    together,
)

LATER = 20


def segments(customers: list[int], kw: list[float], **more: object) -> Segments:
    count = len(customers)
    told: dict[str, object] = {
        "eur_per_event": np.full(count, 0.5),
        "eur_per_kwh": np.full(count, 0.2),
        "asked_before": np.zeros(count),
        "feeder": np.zeros(count, np.int32),
        "rebound_share": np.full(count, 0.4),
        "rebound_steps": np.full(count, 8, np.int32),
    }
    return Segments(customers=np.array(customers, np.int32), kw=np.array(kw), **(told | more))  # type: ignore[arg-type]


def wanted(kw: float, *, steps: int = 8, longest: int = 16, shortest: int = 2, room: float = 1e9) -> Wanted:
    return Wanted(np.full(steps, kw), np.full((1, steps + LATER), room), 0.25, shortest, longest, 0.1)


def drawn_more(found: Asked, of: Segments, reach: int) -> np.ndarray:
    """Per step what all of them draw more than without the call, worked out customer by customer."""
    more = np.zeros(reach)
    for segment, row in enumerate(found.count):
        for (begin, end), count in zip(found.spans, row, strict=True):
            more[begin:end] -= count * of.kw[segment]
            energy = count * of.kw[segment] * (end - begin) * 0.25
            back = rebound_kw(
                energy, share=of.rebound_share[segment], steps=int(of.rebound_steps[segment]), step_hours=0.25
            )
            more[end : end + len(back)] += back[: reach - end]
    return more


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 300), st.floats(0.2, 8.0)), min_size=1, max_size=12),
    st.floats(0.05, 0.9),
    st.integers(2, 12),
    st.integers(2, 16),
)
def test_every_step_is_served_by_no_more_customers_than_there_are(
    sizes: list[tuple[int, float]], share: float, steps: int, longest: int
) -> None:
    of = segments([count for count, _ in sizes], [kw for _, kw in sizes])
    power = share * float((of.customers * of.kw).sum()) * min(longest / steps, 1.0) / 2
    found = asked(of, wanted(power, steps=steps, longest=longest))
    assert (found.count >= 0).all() and (found.count.sum(axis=1) <= of.customers).all()
    assert all(end - begin <= longest for begin, end in found.spans)
    if found.ok:
        assert (found.delivered_kw >= power - 1e-6).all()
    else:  # only ever for want of halves of customers
        assert of.customers.min() < 2 * steps


def test_cheap_customers_are_asked_first_and_those_asked_often_last() -> None:
    dear = segments([50, 50], [1.0, 1.0], eur_per_event=np.array([0.5, 2.0]))
    assert asked(dear, wanted(40.0)).count.sum(axis=1).tolist() == [40, 0]
    tired = segments([50, 50], [1.0, 1.0], asked_before=np.array([3.0, 0.0]))
    assert asked(tired, wanted(40.0)).count.sum(axis=1).tolist() == [0, 40]


def test_without_need_all_are_asked_for_the_same_time() -> None:
    found = asked(segments([100], [1.0]), wanted(60.0))
    assert found.count[:, 1:].sum() == 0 and found.spans[0] == (0, 8)


def test_where_the_rebound_has_too_little_room_stages_end_one_after_the_other() -> None:
    of = segments([100], [1.0])
    free = asked(of, wanted(60.0))
    most = drawn_more(free, of, 8 + LATER).max()
    kept = asked(of, wanted(60.0, room=0.8 * most))
    assert kept.ok and (kept.count.sum(axis=0) > 0).sum() > 1
    assert drawn_more(kept, of, 8 + LATER).max() <= 0.8 * most + of.kw.max()
    assert (kept.delivered_kw >= 60.0 - 1e-6).all()
    assert kept.cost_eur >= free.cost_eur


def test_what_cannot_be_is_explained_by_what_would_help() -> None:
    of = segments([20, 30], [1.0, 1.0], left_out=["", "the limit of events a month"])
    found = asked(of, wanted(40.0))
    assert not found.ok and found.count.sum() == 0
    assert any("the limit of events a month: 20 customers" in words for words in found.relaxation)
    assert any("less power in every step: 20 kW" in words for words in found.relaxation)


def test_nobody_who_may_not_be_asked_is_asked() -> None:
    of = segments([20, 30], [1.0, 1.0], left_out=["", "another event at that time"], eur_per_event=np.array([9.0, 0.0]))
    assert asked(of, wanted(15.0)).count.sum(axis=1).tolist() == [15, 0]


@pytest.mark.parametrize(("steps", "shortest", "longest"), [(8, 2, 16), (8, 1, 4), (12, 4, 12), (40, 1, 3), (1, 4, 8)])
def test_stages_are_as_long_as_allowed_and_few_enough(steps: int, shortest: int, longest: int) -> None:
    found = spans_of(steps, shortest=shortest, longest=longest)
    assert 0 < len(found) <= MOST_SPANS and len(set(found)) == len(found)
    assert all(
        0 <= begin < end <= steps + max(RELEASED_LATER, longest) and end - begin <= longest for begin, end in found
    )
    assert {step for begin, end in found for step in range(begin, end)} >= set(range(steps))


def test_a_rebound_gives_back_its_share_and_falls() -> None:
    back = rebound_kw(10.0, share=0.5, steps=8, step_hours=0.25)
    assert back.sum() * 0.25 == pytest.approx(5.0)
    assert (np.diff(back) < 0).all()


def test_kinds_fall_short_by_themselves_and_their_members_together() -> None:
    rows = np.array([[1.0, 2.0, 3.0]] * 4)
    alike = together(rows, np.zeros(4, np.int32))
    apart = together(rows, np.arange(4, dtype=np.int32))
    assert alike == (4.0, 8.0, 12.0)
    assert apart[1] == 8.0 and alike[0] < apart[0] < 8.0 < apart[2] < alike[2]


def test_a_negative_wish_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        asked(segments([1], [1.0]), wanted(-1.0))
