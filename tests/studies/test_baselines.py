"""The study of docs/studies/baselines.md in small: the reader on files made here, the rest on the study's homes."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.factories.shared_data import shared_file
from tests.studies.baselines import HOMES, REFERENCES, Reference, counterfactual, extreme_days, hourly, placebo


def test_half_hours_are_added_up_and_a_lone_one_is_unknown(tmp_path: Path) -> None:
    at = [datetime(2026, 1, 1, tzinfo=UTC) + n * timedelta(minutes=30) for n in range(5)]
    with gzip.open(tmp_path / "meter.csv.gz", "wt") as file:
        file.write("start,value\n" + "\n".join(f"{one.isoformat()},0.5" for one in at))
    begin, kwh = hourly(tmp_path / "meter.csv.gz", sums=True)
    assert begin == at[0].timestamp()
    np.testing.assert_allclose(kwh, [1.0, 1.0, np.nan])


@pytest.mark.parametrize("one", REFERENCES, ids=lambda one: HOMES[one.home].name)
def test_the_regression_foretells_the_year_as_caltrack_does(one: Reference) -> None:
    total, observed = counterfactual(shared_file("eemeter"), one)
    assert total == pytest.approx(one.counterfactual, rel=0.01)
    assert observed == pytest.approx(one.observed, rel=0.01)


def test_ten_of_ten_falls_short_on_the_hottest_days_and_the_regression_least_of_all() -> None:
    found = placebo(shared_file("eemeter"))
    plain, adjusted, heat = (found[key] for key in ("caiso_10_10_plain", "caiso_10_10", "weather"))
    assert max(plain[0][:2]) < -25
    assert plain[1] < adjusted[1] < heat[1] < 10
    assert abs(heat[1]) < abs(adjusted[1])


def test_days_of_the_study_are_twenty_weekdays_of_the_last_year() -> None:
    loads = HOMES[0].loads(shared_file("eemeter"))
    days = extreme_days(loads, hot=True)
    assert len(days) == 20
    assert ((loads.ordinals[days] + 3) % 7 < 5).all()
    assert days.min() >= len(loads.ordinals) - 365
