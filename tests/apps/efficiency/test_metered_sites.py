"""Sites whose readings are those of the house's own meters."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.efficiency.models import EfficiencySite, MeasureEnrolment, SiteDay
from apps.efficiency.services.program_sites import follow_meters, take_metered_sites
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import HistoryDay, Series

pytestmark = pytest.mark.django_db
TODAY, DAYS = date(2026, 3, 2), 90
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def a_customer(name: str, kw: float, *, days: int = DAYS) -> Series:
    series = Series.objects.create(subject=Subject.CUSTOMER, subject_mrid=name, quantity=Quantity.LOAD, name=name)
    quarter = np.arange(96)
    course = kw * (1.0 + 0.5 * np.sin(2 * np.pi * quarter / 96)).astype("<f4")
    HistoryDay.objects.bulk_create(
        HistoryDay(series=series, day=TODAY - timedelta(days=n), values_kw=course.tobytes()) for n in range(days)
    )
    return series


@pytest.fixture
def engineer() -> User:
    return User.objects.create_user("eva", role=Role.ENGINEER)


def test_the_largest_customers_become_sites_with_a_measure_proposed(engineer: User) -> None:
    for name, kw in (("Bakery", 30.0), ("Foundry", 900.0), ("Laundry", 120.0)):
        a_customer(name, kw)
    assert take_metered_sites(most=2, by=engineer, as_of=NOW) == 2
    assert set(EfficiencySite.objects.values_list("name", flat=True)) == {"Foundry", "Laundry"}
    day = SiteDay.objects.get(site__name="Foundry", day=TODAY - timedelta(days=1))
    kw = 900.0 * (1.0 + 0.5 * np.sin(2 * np.pi * np.arange(96) / 96))
    assert day.kwh == pytest.approx(kw.reshape(24, 4).mean(axis=1), rel=1e-5)
    assert not SiteDay.objects.filter(day=TODAY).exists(), "today is not whole yet"
    proposed = MeasureEnrolment.objects.get(site__name="Foundry")
    yearly_kwh = 900.0 * 8760
    assert 0 < proposed.expected_kwh < 0.2 * yearly_kwh
    assert take_metered_sites(most=2, by=engineer, as_of=NOW) == 0


def test_new_days_follow_and_late_readings_replace_what_was_there(engineer: User) -> None:
    series = a_customer("Foundry", 100.0)
    take_metered_sites(most=1, by=engineer, as_of=NOW)
    late = np.full(96, 7.0, "<f4")
    late[:3] = np.nan
    HistoryDay.objects.filter(series=series, day=TODAY - timedelta(days=1)).update(values_kw=late.tobytes())
    assert follow_meters(as_of=NOW + timedelta(days=1)) == 4
    yesterday = SiteDay.objects.get(day=TODAY - timedelta(days=1))
    assert yesterday.kwh == [None, *[7.0] * 23]
    assert SiteDay.objects.filter(day=TODAY).exists()


def test_without_a_metered_customer_nothing_is_made_and_a_stranger_is_refused(engineer: User) -> None:
    assert take_metered_sites(most=3, by=engineer, as_of=NOW) == 0
    with pytest.raises(CommandError, match="no user bob"):
        call_command("take_metered_sites", by="bob")
