"""A past for a site that has none: made from the profiles of its own network. Measured quarter hours are kept."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from apps.assets import selectors as assets
from apps.assets.adapters import stored_case
from apps.forecasts.adapters.seeding import climate_of, seeded
from apps.forecasts.adapters.wanted import wanted_series
from apps.forecasts.models import STEP_S, Series
from apps.forecasts.services.history_rows import write_days
from apps.forecasts.services.series import metered, sync_series

MOST_DAYS = 5 * 365
_AT_ONCE = 60  # days


class CannotSeed(Exception):
    """In plain words, with the remedy."""


@dataclass(frozen=True, slots=True)
class Seeded:
    series: int
    days: int
    quarters: int


def seed_history(*, days: int, as_of: datetime) -> Seeded:
    if not 1 <= days <= MOST_DAYS:
        raise CannotSeed(f"--days is {days}; give 1 to {MOST_DAYS}.")
    model = assets.current_model()
    if model is None:
        raise CannotSeed("There is no network yet; import one first with 'manage.py import_network'.")
    network, profiles = assets.assembled(model), assets.profiles(model)
    if profiles is None:
        raise CannotSeed(f"{model.name} has no profiles to make a past of; import one with 'manage.py import_history'.")
    sync_series()
    keys = {(one.subject_mrid, one.quantity): one.pk for one in Series.objects.in_use()}
    wanted = [one for one in wanted_series(model, network, metered()) if one.key in keys]
    climate, series = climate_of(stored_case(model)), [keys[one.key] for one in wanted]
    first, written = as_of.astimezone(UTC).date() - timedelta(days), 0
    for at in range(0, days + 1, _AT_ONCE):  # with the part of today that has passed
        begin, count = first + timedelta(at), min(_AT_ONCE, days + 1 - at)
        values = seeded(wanted, network, profiles, climate, first=begin, days=count)
        values[:, _passed(begin, as_of) :] = np.nan
        written += write_days(series, begin, values, over=False)
    return Seeded(len(series), days, written)


def _passed(begin: date, as_of: datetime) -> int:
    """Quarter hours that ended by then."""
    since = as_of - datetime.combine(begin, datetime.min.time(), UTC)
    return max(int(since.total_seconds()) // STEP_S, 0)
