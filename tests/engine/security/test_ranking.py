import numpy as np
import pytest

from gridops.engine.security.ranking import Weights, customers_at_stake, rank
from gridops.engine.security.screening import Consequence


def outage(**changes):
    nothing = np.zeros(0, np.int32)
    fields = {
        "branch": 0, "solved": True, "reason": "", "lost_nodes": nothing, "lost_kw": 0.0, "lost_customers": 0.0,
        "worst_loading": 0.5, "worst_branch": 1, "lowest_pu": 1.0, "lowest_node": 1, "highest_pu": 1.0,
        "highest_node": 1, "overloaded": nothing, "overloaded_to": np.zeros(0), "excess_kva": 0.0,
        "low_nodes": nothing, "high_nodes": nothing, "voltage_customers": 0.0, "zone_customers": 1000.0,
    }  # fmt: skip
    return Consequence(**(fields | changes))


def test_all_consequences_are_counted_in_customers():
    one = outage(lost_customers=40, excess_kva=90, voltage_customers=50)
    assert customers_at_stake(one, kva_per_customer=3) == 40 + 30 + 5
    assert customers_at_stake(one, kva_per_customer=3, weights=Weights(1, 0, 0)) == 40


def test_an_overload_cannot_cost_more_customers_than_there_are():
    assert customers_at_stake(outage(excess_kva=1e6), kva_per_customer=1) == 1000


def test_an_outage_without_a_solution_comes_first():
    order = rank([outage(branch=1, lost_customers=999), outage(branch=2, solved=False)], kva_per_customer=1)
    assert [o.branch for _, o in order] == [2, 1]
    assert order[0][0] == 1000


def test_among_equals_the_higher_loading_comes_first():
    order = rank([outage(branch=1, worst_loading=0.6), outage(branch=2, worst_loading=0.9)], kva_per_customer=1)
    assert [o.branch for _, o in order] == [2, 1]


def test_without_load_there_is_no_average_customer():
    with pytest.raises(ValueError, match="positive"):
        rank([], kva_per_customer=0)
