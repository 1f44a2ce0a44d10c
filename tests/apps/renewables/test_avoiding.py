"""What plants would have to hold back, and who could do it instead, from rows of dispatch."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.models import Congestion, Proposal
from apps.renewables.adapters.avoiding import held_by_plants, options

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


def offer(kind: OfferKind, name: str, *, most: float, relief: float, price: float) -> dict[str, Any]:
    return {
        "kind": kind.value, "node_mrid": "00000000-0000-0000-0000-000000000001", "node_name": name, "most_kw": most,
        "relief_per_100_kw": relief, "eur_per_kwh": price,
    }  # fmt: skip


def short(*offers: dict[str, Any], value: float = 110.0) -> Congestion:
    return Congestion(value=value, limit=100.0, unit="%", offers=list(offers), state_of=NOON)


PARK = offer(OfferKind.CURTAIL, "Park", most=-400.0, relief=5.0, price=0.08)
FAR = offer(OfferKind.CURTAIL, "Far", most=-900.0, relief=1.0, price=0.08)
BATTERY = offer(OfferKind.BATTERY, "Mill", most=-100.0, relief=10.0, price=0.05)


def test_the_most_effective_plants_are_held_back_first() -> None:
    held = held_by_plants(short(FAR, PARK))
    assert held is not None
    assert held.kw == pytest.approx(200.0)  # 10 % at 5 % a hundred kW
    assert held.relief_per_kw == pytest.approx(0.05)
    assert held.is_enough


def test_plants_that_are_too_few_are_told() -> None:
    held = held_by_plants(short(PARK, FAR, value=140.0))
    assert held is not None
    assert held.kw == pytest.approx(1300.0)
    assert not held.is_enough


def test_where_no_plant_relieves_there_is_nothing_to_avoid() -> None:
    assert held_by_plants(short(BATTERY)) is None
    assert held_by_plants(short(offer(OfferKind.CURTAIL, "P", most=-0.2, relief=5.0, price=0.1))) is None


def test_a_battery_near_the_limit_saves_twice_its_power() -> None:
    row = short(PARK, BATTERY, offer(OfferKind.SHED, "Street", most=500.0, relief=9.0, price=0.01))
    held = held_by_plants(row)
    assert held is not None
    (one,), left = options(row, held, [], hours=1.0)
    assert (one["name"], one["saved_kw"]) == ("Mill", 200.0)
    assert one["cost_per_kwh"] == pytest.approx(0.025)
    assert left == 0.0


def test_a_proposal_costs_by_the_kwh_it_saves_over_its_time() -> None:
    row = short(PARK)
    held = held_by_plants(row)
    assert held is not None
    proposal = Proposal(pk=9, title="Close the ring at Mill", cost_eur=10.0, expected_relief=5.0)
    (one,), left = options(row, held, [proposal], hours=2.0)
    assert (one["proposal"], one["saved_kw"]) == (9, 100.0)
    assert one["cost_per_kwh"] == pytest.approx(10.0 / 200.0)
    assert left == pytest.approx(100.0)


def test_options_come_cheapest_first_and_one_without_relief_not_at_all() -> None:
    row = short(PARK, BATTERY)
    held = held_by_plants(row)
    assert held is not None
    dear = Proposal(pk=1, title="Dear", cost_eur=900.0, expected_relief=10.0)
    useless = Proposal(pk=2, title="Useless", cost_eur=0.0, expected_relief=None)
    listed, _ = options(row, held, [dear, useless], hours=1.0)
    assert [one["name"] for one in listed] == ["Mill", "Dear"]
