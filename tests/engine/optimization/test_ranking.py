"""The order of remedies: what must hold whatever the weights are."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.engine.optimization.ranking import Claim, Claimant, Remedy, conflicts, order, score

SHARE = st.floats(0, 1)
AMOUNT = st.floats(0, 1e5)
REMEDIES = st.builds(
    Remedy,
    confidence=SHARE,
    relieved_share=SHARE,
    customer_minutes=AMOUNT,
    operations=AMOUNT,
    cost_eur=AMOUNT,
    time_to_effect_s=AMOUNT,
    emissions_kg=st.floats(-1e4, 1e4),
    reliability=SHARE,
    rejected=SHARE,
    gravity=SHARE,
)
BETTER_HIGHER = ("confidence", "relieved_share", "reliability")
BETTER_LOWER = ("customer_minutes", "operations", "cost_eur", "time_to_effect_s", "emissions_kg", "rejected")


@given(remedy=REMEDIES, name=st.sampled_from(BETTER_HIGHER), more=SHARE)
def test_more_effect_confidence_or_reliability_never_costs_points(remedy: Remedy, name: str, more: float) -> None:
    higher = replace(remedy, **{name: min(getattr(remedy, name) + more, 1.0)})
    assert score(higher).total >= score(remedy).total - 1e-9


@given(remedy=REMEDIES, name=st.sampled_from(BETTER_LOWER), more=AMOUNT)
def test_more_of_what_is_spent_never_earns_points(remedy: Remedy, name: str, more: float) -> None:
    assert score(replace(remedy, **{name: getattr(remedy, name) + more})).total <= score(remedy).total + 1e-9


@given(remedies=st.lists(REMEDIES, min_size=2, max_size=8), other=REMEDIES)
def test_what_else_is_on_the_list_changes_no_order(remedies: list[Remedy], other: Remedy) -> None:
    alone = order([score(one) for one in remedies])
    beside = [at for at in order([score(one) for one in [*remedies, other]]) if at < len(remedies)]
    assert beside == alone


@given(remedy=REMEDIES)
def test_the_parts_add_up_to_the_score(remedy: Remedy) -> None:
    points = score(remedy)
    assert sum(points.parts().values()) == pytest.approx(points.overall)
    assert points.total == pytest.approx(points.overall - points.trouble)


def test_one_that_surely_ends_the_trouble_beats_one_that_only_eases_it_at_no_cost() -> None:
    nothing = {field.name: 0.0 for field in fields(Remedy)} | {"reliability": 0.8}
    ends = Remedy(**nothing | {"confidence": 1.0, "relieved_share": 1.0, "operations": 4.0, "cost_eur": 100.0})
    eases = Remedy(**nothing | {"relieved_share": 0.9})
    assert order([score(eases), score(ends)]) == [1, 0]


@pytest.mark.parametrize("name", ["operations", "customer_minutes", "cost_eur", "time_to_effect_s"])
def test_a_negative_amount_is_refused_by_name(name: str) -> None:
    good = Remedy(0.5, 0.5, 0, 1, 0, 10, 0, 0.8, 0)
    with pytest.raises(ValueError, match=name):
        score(replace(good, **{name: -1.0}))
    with pytest.raises(ValueError, match="confidence"):
        score(replace(good, confidence=float("nan")))


def claimant(
    device: str, value: float, *, trouble: str = "a", under_way: bool = False, priority: int = 5, points: float = 0.0
) -> Claimant:
    return Claimant((Claim(device, "tap_position", value),), trouble, under_way, priority, points)


def test_of_two_that_want_a_device_elsewhere_the_desk_that_goes_first_keeps_it() -> None:
    lost = conflicts([claimant("t1", 3, priority=7, points=99), claimant("t1", 5, trouble="b", priority=4)])
    assert {at: winner for at, (winner, _) in lost.items()} == {0: 1}
    assert lost[0][1].device == "t1"


def test_whoever_is_under_way_keeps_the_device_even_from_a_desk_that_goes_first() -> None:
    lost = conflicts([claimant("t1", 3, under_way=True, priority=9), claimant("t1", 3, trouble="b", priority=1)])
    assert {at: winner for at, (winner, _) in lost.items()} == {1: 0}


def test_answers_to_one_trouble_are_alternatives_until_one_is_under_way() -> None:
    assert conflicts([claimant("t1", 3), claimant("t1", 5)]) == {}
    assert list(conflicts([claimant("t1", 3, under_way=True), claimant("t1", 5)])) == [1]


def test_who_has_lost_takes_nothing_from_others() -> None:
    first = Claimant((Claim("t1", "tap_position", 1.0),), "a", False, 1, 0.0)
    second = Claimant((Claim("t1", "tap_position", 2.0), Claim("t2", "tap_position", 1.0)), "b", False, 2, 0.0)
    third = Claimant((Claim("t2", "tap_position", 2.0),), "c", False, 3, 0.0)
    assert list(conflicts([third, second, first])) == [1]


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000))
def test_no_two_winners_of_different_troubles_want_a_device_at_two_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = [
        claimant(
            f"d{rng.integers(3)}",
            float(rng.integers(3)),
            trouble=str(rng.integers(4)),
            priority=int(rng.integers(5)),
            points=float(rng.normal()),
        )
        for _ in range(8)
    ]
    lost = conflicts(found)
    kept = [one for at, one in enumerate(found) if at not in lost]
    for one in kept:
        for other in kept:
            if one.trouble != other.trouble and one.claims[0].device == other.claims[0].device:
                assert one.claims[0].value == other.claims[0].value
