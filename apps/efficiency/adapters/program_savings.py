"""A site's saving around the work of a measure, and its course by the hour for factors of emissions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.efficiency.adapters.program_readings import SiteHours, span_of, starts_at
from apps.efficiency.adapters.saving_documents import by_day, savings_document
from apps.efficiency.choices.programs import SavingMethod
from gridops.engine.efficiency.savings import Savings, verify_daily, verify_hourly
from gridops.engine.efficiency.savings_meter import to_days
from gridops.engine.forecasting.clock import Clock

BASELINE_DAYS = 365
LONGEST_REPORTING_DAYS = 365


@dataclass(frozen=True, slots=True)
class Periods:
    """Local days, ends excluded: the year before the work, and up to a year after it."""

    baseline_from: date
    baseline_to: date
    reporting_from: date
    reporting_to: date


@dataclass(frozen=True, slots=True)
class SiteSaving:
    counterfactual_kwh: float
    observed_kwh: float
    band_kwh: float | None
    days: int
    passes: bool
    document: dict[str, Any]
    by_day: list[dict[str, Any]]
    begins_at: datetime
    hourly_kwh: npt.NDArray[np.float64]  # saved in each hour; 0 where nothing could be compared


def periods_around(work_from: date, work_to: date, last_day: date) -> Periods:
    end = min(work_to + timedelta(days=LONGEST_REPORTING_DAYS), last_day + timedelta(days=1))
    return Periods(work_from - timedelta(days=BASELINE_DAYS), work_from, work_to, end)


def site_saving(hours: SiteHours, clock: Clock, periods: Periods, method: SavingMethod) -> SiteSaving | str:
    """Or why there is none."""
    baseline = span_of(periods.baseline_from, periods.baseline_to)
    reporting = span_of(periods.reporting_from, periods.reporting_to)
    if method is SavingMethod.HOURLY:
        found = verify_hourly(hours, baseline, reporting)
    else:
        found = verify_daily(to_days(hours), baseline, reporting)
    if isinstance(found, str):
        return found
    return SiteSaving(
        counterfactual_kwh=found.counterfactual_kwh,
        observed_kwh=found.observed_kwh,
        band_kwh=found.band.fsu_kwh,
        days=found.days,
        passes=found.sufficiency.passes,
        document=savings_document(found, baseline, reporting),
        by_day=by_day(found),
        begins_at=starts_at(clock),
        hourly_kwh=_by_hour(found, hours),
    )


def _by_hour(found: Savings, hours: SiteHours) -> npt.NDArray[np.float64]:
    """A day's saving is spread over its hours as the load was: a daily model does not say when it was saved."""
    day, place = np.unique(found.step_day, return_inverse=True)
    saved = np.bincount(place, weights=found.step_counterfactual_kwh - found.step_observed_kwh)
    load = np.where(np.isfinite(hours.kwh), np.maximum(hours.kwh, 0.0), 0.0)
    inside = np.isin(hours.day, day)
    spot = np.searchsorted(day, hours.day[inside])
    total = np.bincount(spot, weights=load[inside], minlength=len(day))
    count = np.bincount(spot, minlength=len(day))
    even = total[spot] <= 0
    share = np.where(even, 1 / count[spot], load[inside] / np.where(even, 1.0, total[spot]))
    spread = np.zeros(len(hours.kwh))
    spread[inside] = saved[spot] * share
    return spread
