import pytest

from gridops.engine.microgrids.criteria import Criterion, Memory, Wish, advance, decide, judged

LOW = Criterion("voltage-low", on_at=0.88, off_at=0.917, on_delay_s=2.0, off_delay_s=300.0)
HIGH = Criterion("price", on_at=500.0, off_at=200.0, on_delay_s=0.0, off_delay_s=10.0)


def test_a_criterion_stands_only_after_its_delay_without_a_break():
    assert not judged(LOW, [(0.0, 0.8), (1.9, 0.8)]).is_standing
    assert judged(LOW, [(0.0, 0.8), (2.0, 0.8)]).is_standing
    assert not judged(LOW, [(0.0, 0.8), (1.0, 0.95), (2.0, 0.8)]).is_standing


def test_between_both_thresholds_it_keeps_what_it_is():
    between = [(second, 0.9) for second in range(1000)]
    assert not judged(LOW, between).is_standing
    assert judged(LOW, between, Memory(is_standing=True)).is_standing


def test_it_ends_after_the_other_delay_within_the_other_threshold():
    assert judged(LOW, [(0.0, 0.95), (299.0, 0.95)], Memory(is_standing=True)).is_standing
    assert not judged(LOW, [(0.0, 0.95), (300.0, 0.95)], Memory(is_standing=True)).is_standing


def test_a_value_that_is_not_known_breaks_what_was_turning_and_changes_nothing():
    assert not judged(LOW, [(0.0, 0.8), (1.0, None), (2.5, 0.8)]).is_standing
    assert advance(LOW, Memory(is_standing=True), None, 5.0) == Memory(is_standing=True)


def test_where_the_first_threshold_is_the_higher_one_high_values_count():
    assert judged(HIGH, [(0.0, 501.0)]).is_standing
    assert not judged(HIGH, [(0.0, 499.0)]).is_standing


def test_negative_delays_are_refused():
    with pytest.raises(ValueError):
        Criterion("x", 1.0, 0.0, -1.0, 0.0)


@pytest.mark.parametrize(
    ("standing", "alone", "more", "wish"),
    [
        ([], False, {}, Wish.STAY),
        ([("storm", "Storm.")], False, {}, Wish.ISLAND),
        ([("storm", "Storm.")], True, {}, Wish.STAY),
        ([], True, {}, Wish.RECONNECT),
        ([], True, {"asked_by_person": True}, Wish.STAY),
        ([], True, {"may_reconnect": "crew"}, Wish.STAY),
        ([("storm", "Storm.")], False, {"may_island": "no"}, Wish.STAY),
        ([("storm", "Storm.")], True, {"command": Wish.RECONNECT}, Wish.RECONNECT),
        ([], False, {"command": Wish.ISLAND, "may_island": "no"}, Wish.STAY),
        ([("storm", "Storm.")], None, {}, Wish.STAY),
    ],
)
def test_a_veto_goes_before_a_command_and_a_command_before_criteria(standing, alone, more, wish):
    assert decide(standing, is_alone=alone, **more).wish is wish


def test_the_weightiest_criterion_is_told():
    assert decide([("outage", "Outage."), ("price", "Price.")], is_alone=False).by == "outage"
