"""Alarms of forecasts: by evidence, not by chance."""

from datetime import timedelta

import numpy as np
import pytest

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.forecasts.adapters.evidence import stands_against
from apps.forecasts.choices import Issuer, Quantity, Subject
from apps.forecasts.models import Score, Series
from apps.forecasts.services.watching import watch
from tests.factories.histories import NOW, made

pytestmark = pytest.mark.django_db


def score(series: Series, days: range, *, inside: int, pinball: float = 4.0) -> None:
    for back in days:
        known = {"series": series, "day": NOW.date() - timedelta(days=back), "steps": 96, "mean_abs_kw": 100}
        Score.objects.create(
            **known, issuer=Issuer.MODEL, mae_kw=10, pinball_kw=pinball, inside_80=inside, inside_90=inside
        )
        Score.objects.create(**known, issuer=Issuer.LAST_WEEK, mae_kw=20)


def standing() -> set[tuple[str, str]]:
    return set(Alarm.objects.filter(is_active=True).values_list("source", "condition"))


def test_bands_that_are_too_narrow_for_weeks_are_an_alarm_until_they_hold_again() -> None:
    series = made("one", Subject.FEEDER, Quantity.NET_LOAD, "One")
    score(series, range(80, 50, -1), inside=40)
    assert watch(as_of=NOW - timedelta(days=50)) == 1
    assert standing() == {("forecast/feeder/net_load", Condition.FORECAST_UNCALIBRATED)}
    assert watch(as_of=NOW - timedelta(days=50)) == 1
    assert Alarm.objects.count() == 1
    score(series, range(50, 0, -1), inside=77)
    watch(as_of=NOW)
    assert standing() == set()


def test_forecasts_that_are_worse_than_repeating_last_week_are_an_alarm() -> None:
    series = made("one", Subject.FEEDER, Quantity.NET_LOAD, "One")
    score(series, range(60, 0, -1), inside=77, pinball=24.0)
    watch(as_of=NOW)
    assert standing() == {("forecast/feeder/net_load", Condition.FORECAST_DRIFT)}


def test_a_few_bad_days_are_chance() -> None:
    series = made("one", Subject.FEEDER, Quantity.NET_LOAD, "One")
    score(series, range(40, 3, -1), inside=77)
    score(series, range(3, 0, -1), inside=30, pinball=14.0)
    assert watch(as_of=NOW) == 0
    assert standing() == set()


def test_honest_years_raise_nothing() -> None:
    generator = np.random.default_rng(3)
    for _ in range(5):
        inside = [(96 * float(share), 96.0) for share in np.clip(generator.normal(0.8, 0.12, 365), 0, 1)]
        assert not any(stands_against(inside[:day], band=0.8) for day in range(20, 365, 15))
