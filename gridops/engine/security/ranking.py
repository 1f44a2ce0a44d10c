"""Outages by their consequence, in one unit: customers.

Rule: customers without supply at once
+ customers that would have to be cut to relieve what is overloaded (excess over the load of an average customer)
+ a tenth of the customers whose voltage leaves its limits.
An outage without a solution counts with all customers behind the same sources: nobody can say who would be left.
Among equals the higher loading comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridops.engine.security.screening import Consequence


@dataclass(frozen=True, slots=True)
class Weights:
    lost: float = 1.0
    relief: float = 1.0
    voltage: float = 0.1


def customers_at_stake(outage: Consequence, *, kva_per_customer: float, weights: Weights | None = None) -> float:
    """The rule above for one outage. kva_per_customer: average load of a customer, positive."""
    if not outage.solved:
        return outage.zone_customers
    by = weights or Weights()
    relief = min(outage.excess_kva / kva_per_customer, outage.zone_customers)
    return by.lost * outage.lost_customers + by.relief * relief + by.voltage * outage.voltage_customers


def rank(
    outages: Sequence[Consequence], *, kva_per_customer: float, weights: Weights | None = None
) -> list[tuple[float, Consequence]]:
    """Customers at stake with each outage, the gravest first.

    Raises ValueError if kva_per_customer is not positive.
    """
    if not kva_per_customer > 0:
        raise ValueError("The load of an average customer must be positive.")
    at_stake = [customers_at_stake(o, kva_per_customer=kva_per_customer, weights=weights) for o in outages]
    order = sorted(range(len(outages)), key=lambda n: _key(at_stake[n], outages[n]))
    return [(at_stake[n], outages[n]) for n in order]


def _key(at_stake: float, outage: Consequence) -> tuple[float, float, int]:
    return -at_stake, -float(np.nan_to_num(outage.worst_loading)), outage.branch
