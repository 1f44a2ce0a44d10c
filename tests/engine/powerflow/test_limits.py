import numpy as np

from gridops.engine.powerflow.limits import Violation, overloads, voltage_violations


def test_voltages_are_judged_by_their_own_limits():
    voltage = np.array([0.94, 0.94, 1.06, 1.0, np.nan])
    low = np.array([0.95, 0.9, 0.95, 0.95, 0.95])
    found = voltage_violations(voltage, low, 1.05)
    expected = [Violation.VOLTAGE_LOW, 0, Violation.VOLTAGE_HIGH, 0, 0]
    np.testing.assert_array_equal(found, expected)


def test_the_limit_itself_is_allowed():
    np.testing.assert_array_equal(voltage_violations(np.array([0.9, 1.1]), 0.9, 1.1), [0, 0])
    np.testing.assert_array_equal(overloads(np.array([1.0, 1.01, np.nan])), [False, True, False])
