"""Energy avoided by a measure: a baseline carried into the time after it, less what was metered (IPMVP, option C)."""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.efficiency.savings_daily import DailyModel, fit_daily
from gridops.engine.efficiency.savings_hourly import HourlyModel, fit_hourly
from gridops.engine.efficiency.savings_meter import (
    LEAST_SHARE,
    MeterDays,
    MeterHours,
    Sufficiency,
    WholeArray,
    sufficiency,
    to_days,
)
from gridops.engine.efficiency.savings_uncertainty import Band, Residuals, band, residuals
from gridops.engine.network.model import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Span:
    """Local days since 1970, the end excluded."""

    first_day: int
    end_day: int

    @property
    def days(self) -> int:
        return self.end_day - self.first_day


@dataclass(frozen=True, slots=True)
class Savings:
    """Of the steps of the reporting period whose reading and temperature are known; kWh.

    counterfactual: what would have been used without the measure. saved = counterfactual - observed; positive is saved.
    steps: (n,) counterfactual and reading, and the local day of each.
    """

    model: DailyModel | HourlyModel
    sufficiency: Sufficiency
    residuals: Residuals
    counterfactual_kwh: float
    observed_kwh: float
    band: Band
    days: int
    asked_days: int
    step_day: WholeArray
    step_counterfactual_kwh: FloatArray
    step_observed_kwh: FloatArray
    notes: tuple[str, ...]

    @property
    def method(self) -> str:
        return "CalTRACK 2 daily" if isinstance(self.model, DailyModel) else "CalTRACK 2 hourly"

    @property
    def saved_kwh(self) -> float:
        return self.counterfactual_kwh - self.observed_kwh

    @property
    def saved_share(self) -> float | None:
        return self.saved_kwh / self.counterfactual_kwh if self.counterfactual_kwh > 0 else None

    @property
    def fractional_uncertainty(self) -> float | None:
        """Half width over the saving; ASHRAE 14 asks for at most 0.5 (at 68 %). None without a saving or a band."""
        if self.band.fsu_kwh is None or not self.saved_kwh:
            return None
        return abs(self.band.fsu_kwh / self.saved_kwh)

    @property
    def is_beyond_doubt(self) -> bool:
        return self.band.fsu_kwh is not None and self.saved_kwh > self.band.fsu_kwh


@dataclass(frozen=True, slots=True)
class _Steps:
    """Of the reporting period: reading, counterfactual and local day."""

    observed_kwh: FloatArray
    foretold_kwh: FloatArray
    day: WholeArray


def verify_daily(days: MeterDays, baseline: Span, reporting: Span) -> Savings | str:
    """By the daily model of CalTRACK 2; or one sentence why not."""
    learnt = days.within(baseline.first_day, baseline.end_day)
    model = fit_daily(learnt)
    if isinstance(model, str):
        return model
    after = days.within(reporting.first_day, reporting.end_day)
    of = residuals(learnt.kwh, model.predict(learnt.temperature_c) - learnt.kwh, model.slopes)
    steps = _Steps(after.kwh, model.predict(after.temperature_c), after.day)
    return _savings(model, of, sufficiency(learnt, baseline.first_day, baseline.end_day), steps, baseline, reporting)


def verify_hourly(hours: MeterHours, baseline: Span, reporting: Span) -> Savings | str:
    """By the hourly model of CalTRACK 2; its errors are those of hours left out, summed to days. Or why not."""
    learnt = hours.within(baseline.first_day, baseline.end_day)
    model = fit_hourly(learnt)
    if isinstance(model, str):
        return model
    after = hours.within(reporting.first_day, reporting.end_day)
    days = to_days(learnt)
    of = residuals(days.kwh, to_days(replace(learnt, kwh=-model.left_out_kwh)).kwh, 0)
    steps = _Steps(after.kwh, model.predict(after), after.day)
    return _savings(model, of, sufficiency(days, baseline.first_day, baseline.end_day), steps, baseline, reporting)


def _savings(
    model: DailyModel | HourlyModel,
    of: Residuals,
    judged: Sufficiency,
    steps: _Steps,
    *spans: Span,
) -> Savings | str:
    baseline, reporting = spans
    known = np.isfinite(steps.observed_kwh) & np.isfinite(steps.foretold_kwh)
    if not known.any():
        return "No reading of the reporting period has a temperature and a model: there is nothing to compare."
    foretold, observed, day = steps.foretold_kwh[known], steps.observed_kwh[known], steps.day[known]
    sums = float(foretold.sum()), float(observed.sum())
    days = len(np.unique(day))
    return Savings(
        model=model,
        sufficiency=judged,
        residuals=of,
        counterfactual_kwh=sums[0],
        observed_kwh=sums[1],
        band=band(of, *sums, days),
        days=days,
        asked_days=reporting.days,
        step_day=day,
        step_counterfactual_kwh=foretold,
        step_observed_kwh=observed,
        notes=_notes(baseline, reporting, days, known),
    )


def _notes(baseline: Span, reporting: Span, days: int, known: BoolArray) -> tuple[str, ...]:
    notes = []
    if reporting.first_day < baseline.end_day:
        notes.append("The reporting period begins before the baseline ends: the measure is on both sides.")
    if days < LEAST_SHARE * reporting.days:
        notes.append(
            f"{days} of {reporting.days} days of the reporting period could be compared; the rest is left out."
        )
    elif not known.all():
        notes.append(f"{int((~known).sum())} readings of the reporting period could not be compared and are left out.")
    return tuple(notes)
