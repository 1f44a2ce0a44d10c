"""Which recorded fact explains that a plant gave less than it could."""

import pytest

from apps.renewables.choices import Cause
from apps.renewables.rules import Facts, Restriction, cause_of, is_explained

LIMIT = Restriction(300.0, "Order 5: no more than 300 kW.", order=5)
USUAL = {"rated_kw": 1000.0, "produced_kw": 300.0, "available_kw": 800.0}


def found(**more: object) -> Cause:
    return cause_of(Facts(**{**USUAL, **more})).cause  # type: ignore[arg-type]


def test_a_set_point_explains_only_what_follows_it() -> None:
    assert found(restriction=LIMIT) == Cause.ORDER
    assert found(restriction=LIMIT, produced_kw=340.0) == Cause.ORDER
    assert found(restriction=LIMIT, produced_kw=500.0) == Cause.UNKNOWN  # it gives more than it was told
    assert found(restriction=Restriction(900.0, "")) == Cause.UNKNOWN  # the limit is above what there is
    assert found(restriction=Restriction(300.0, "", order=5, course=2)) == Cause.COURSE


def test_an_envelope_explains_a_plant_that_stands_at_it() -> None:
    assert found(envelope_kw=320.0) == Cause.ENVELOPE
    assert found(envelope_kw=600.0) == Cause.UNKNOWN
    assert found(envelope_kw=320.0, restriction=LIMIT) == Cause.ORDER  # what was ordered goes first


@pytest.mark.parametrize(("voltage", "start", "cause"), [
    (1.09, 1.08, Cause.VOLTAGE), (1.07, 1.08, Cause.UNKNOWN), (1.09, None, Cause.UNKNOWN), (None, 1.08, Cause.UNKNOWN)
])  # fmt: skip
def test_a_voltage_explains_only_a_plant_with_a_rule_for_it(voltage: float, start: float, cause: Cause) -> None:
    assert found(voltage_pu=voltage, reduces_from_pu=start) == cause


@pytest.mark.parametrize(("price", "below", "cause"), [
    (-5.0, 0.0, Cause.PRICE), (0.0, 0.0, Cause.UNKNOWN), (-5.0, None, Cause.UNKNOWN), (None, 0.0, Cause.UNKNOWN)
])  # fmt: skip
def test_a_price_explains_only_a_plant_that_is_taken_off_for_it(price: float, below: float, cause: Cause) -> None:
    assert found(price=price, stops_below_price=below, produced_kw=0.0) == cause


def test_standing_still_is_a_fault_only_while_others_give() -> None:
    assert found(produced_kw=0.0, peers_share=0.5) == Cause.FAULT
    assert found(produced_kw=0.0, peers_share=0.05) == Cause.UNKNOWN
    assert found(produced_kw=0.0, peers_share=None) == Cause.UNKNOWN
    assert found(produced_kw=300.0, peers_share=0.8) == Cause.UNKNOWN


def test_a_standstill_does_not_explain_itself() -> None:
    assert not is_explained(Facts(**{**USUAL, "produced_kw": 0.0}, peers_share=0.5))
    assert is_explained(Facts(**USUAL, restriction=LIMIT))
