import numpy as np

from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.engine.reliability.hazard.reach import reach_of

NONE, NUMBERS = np.zeros(0, np.int32), np.zeros(0)


def chain() -> Network:
    """0 source -breaker- 1 -line- 2 -switch- 3 -line- 4 -breaker- 5 -line- 6."""
    lines = Lines(np.array([1, 3, 5], np.int32), np.array([2, 4, 6], np.int32), *(np.ones(3) for _ in range(4)))
    none = Transformers(NONE, NONE, *(NUMBERS for _ in range(8)), np.zeros(0, bool), NONE, NONE, NONE, NUMBERS)
    switches = Switches(np.array([0, 2, 4], np.int32), np.array([1, 3, 5], np.int32))
    shunts = Shunts(NONE, NUMBERS, NUMBERS)
    return Network(np.full(7, 10.0), lines, none, switches, shunts, np.array([0], np.int32), NONE)


def test_a_fault_takes_what_its_breaker_feeds_and_a_later_breaker_spares_the_rest() -> None:
    interrupts = np.array([True, False, True])
    customers = np.array([0, 0, 10, 0, 20, 0, 30], float)
    found = reach_of(chain(), np.ones(3, bool), interrupts, customers)
    assert found.customers[found.region_of_line].tolist() == [60.0, 60.0, 30.0]


def test_an_open_switch_keeps_a_fault_to_its_side() -> None:
    found = reach_of(chain(), np.array([True, False, True]), np.array([True, False, True]), np.full(7, 1.0))
    first, beyond, _ = found.customers[found.region_of_line].tolist()
    assert first == 2.0
    assert beyond == 0.0  # was dead before
