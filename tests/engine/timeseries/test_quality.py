import numpy as np

from gridops.engine.timeseries.quality import Quality, is_usable, worst


def test_invalid_old_and_tested_values_are_not_usable_and_substituted_ones_are():
    quality = np.array(
        [
            Quality.GOOD,
            Quality.QUESTIONABLE,
            Quality.INVALID,
            Quality.OLD_DATA,
            Quality.TEST,
            Quality.SUBSTITUTED,
            Quality.INVALID | Quality.QUESTIONABLE,
        ]
    )
    np.testing.assert_array_equal(is_usable(quality), [True, True, False, False, False, True, False])


def test_the_worst_of_two_keeps_every_detail():
    first = np.array([Quality.QUESTIONABLE | Quality.OLD_DATA])
    second = np.array([Quality.INVALID | Quality.CLOCK])
    assert worst(first, second)[0] == Quality.INVALID | Quality.OLD_DATA | Quality.CLOCK
    assert worst(first, np.array([Quality.GOOD]))[0] == first[0]
