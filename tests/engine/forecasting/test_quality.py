import numpy as np
import pytest

from gridops.engine.forecasting.quality import Fault, examined, usable
from tests.engine.forecasting.series import DAY, load

AT = 30 * DAY + 8


def series():
    record = load(60, noise=2.0)
    return record.clock, record.target


def named(values, clock) -> list[tuple[Fault, int, int]]:
    return [(one.fault, one.begin, one.end) for one in examined(clock, values)]


def test_a_healthy_series_has_few_findings() -> None:
    clock, values = series()

    assert sum(end - begin for _, begin, end in named(values, clock)) < 0.01 * len(values)


@pytest.mark.parametrize(
    ("fault", "harm"),
    [
        (Fault.GAP, lambda v: np.full_like(v, np.nan)),
        (Fault.ZERO, np.zeros_like),
        (Fault.FLAT, lambda v: np.full_like(v, v[0])),
        (Fault.SIGN, np.negative),
        (Fault.STEP, lambda v: 1.6 * v),
    ],
)
def test_a_fault_of_eight_hours_is_named_where_it_is(fault: Fault, harm) -> None:
    clock, values = series()
    values[AT : AT + 8] = harm(values[AT : AT + 8])

    found = [(begin, end) for kind, begin, end in named(values, clock) if kind is fault]

    assert any(begin <= AT + 2 and end >= AT + 6 for begin, end in found)


def test_a_single_wild_value_is_a_spike() -> None:
    clock, values = series()
    values[AT] *= 1000

    assert (Fault.SPIKE, AT, AT + 1) in named(values, clock)


def test_a_day_whose_clock_was_an_hour_late_is_named_with_the_hour() -> None:
    clock, values = series()
    day = slice(30 * DAY, 32 * DAY)
    values[day] = np.roll(values, 1)[day]

    found = [one for one in examined(clock, values) if one.fault is Fault.CLOCK]

    assert [one.size for one in found] and all(one.size == 1 for one in found)


def test_faults_are_not_learned_from_but_a_new_level_is() -> None:
    clock, values = series()
    values[AT] *= 1000
    values[50 * DAY :] *= 1.6

    kept = usable(values, examined(clock, values))

    assert np.isnan(kept[AT])
    assert np.isfinite(kept[51 * DAY]).all()
