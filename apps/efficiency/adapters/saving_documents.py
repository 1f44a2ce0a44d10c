"""A verified saving in the words of the API and of the command."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from gridops.engine.efficiency.savings import Savings, Span
from gridops.engine.efficiency.savings_daily import DailyModel
from gridops.engine.efficiency.savings_hourly import HourlyModel

_EPOCH = date(1970, 1, 1)
_F_A_K = 1.8


def day_text(ordinal: int) -> str:
    return (_EPOCH + timedelta(days=int(ordinal))).isoformat()


def savings_document(found: Savings, baseline: Span, reporting: Span) -> dict[str, Any]:
    """Energies in kWh; a positive saving is less use."""
    return {
        "method": found.method,
        "protocol": "IPMVP option C (whole facility), avoided energy",
        "baseline": _span(baseline),
        "reporting": _span(reporting) | {"days_compared": found.days},
        "model": model_document(found.model),
        "fit": _fit(found),
        "sufficiency": _sufficiency(found),
        "counterfactual_kwh": found.counterfactual_kwh,
        "observed_kwh": found.observed_kwh,
        "saved_kwh": found.saved_kwh,
        "saved_share": found.saved_share,
        "uncertainty": _uncertainty(found),
        "notes": list(found.notes),
    }


def model_document(model: DailyModel | HourlyModel) -> dict[str, Any]:
    if isinstance(model, DailyModel):
        return {
            "kind": model.kind,
            "base_kwh_per_day": model.base_kwh,
            "heating_kwh_per_k_day": model.heating_kwh_per_k,
            "cooling_kwh_per_k_day": model.cooling_kwh_per_k,
            "heating_balance_c": model.heating_balance_c,
            "cooling_balance_c": model.cooling_balance_c,
            "heating_balance_f": _fahrenheit(model.heating_balance_c),
            "cooling_balance_f": _fahrenheit(model.cooling_balance_c),
            "candidates": model.candidates,
        }
    known = [month for month in model.months if month is not None]
    return {
        "kind": "time of week and temperature",
        "months": len(known),
        "occupied_hours_of_week": [None if one is None else int(one.occupied.sum()) for one in model.months],
    }


def by_day(found: Savings) -> list[dict[str, Any]]:
    """Sums of each day of the reporting period that could be compared."""
    day, place = np.unique(found.step_day, return_inverse=True)
    foretold = np.bincount(place, weights=found.step_counterfactual_kwh)
    observed = np.bincount(place, weights=found.step_observed_kwh)
    rows = zip(day, foretold, observed, strict=True)
    return [{"day": day_text(one), "counterfactual_kwh": float(f), "observed_kwh": float(o)} for one, f, o in rows]


def _span(span: Span) -> dict[str, Any]:
    return {"from": day_text(span.first_day), "to": day_text(span.end_day), "days": span.days}


def _fit(found: Savings) -> dict[str, Any]:
    of = found.residuals
    return {
        "days": of.days,
        "r2_adjusted": found.model.r2_adjusted if isinstance(found.model, DailyModel) else None,
        "rmse_kwh_per_day": of.rmse_kwh,
        "cvrmse": of.cvrmse,
        "autocorrelation": of.autocorrelation,
        "independent_days": of.independent_days,
    }


def _sufficiency(found: Savings) -> dict[str, Any]:
    of = found.sufficiency
    return {
        "passes": of.passes,
        "days": of.days,
        "days_with_meter": of.days_with_meter,
        "days_with_temperature": of.days_with_temperature,
        "days_with_both": of.days_with_both,
        "failures": list(of.failures),
        "notes": list(of.notes),
    }


def _uncertainty(found: Savings) -> dict[str, Any]:
    return {
        "confidence": found.band.confidence,
        "fsu_band_kwh": found.band.fsu_kwh,
        "ols_band_kwh": found.band.ols_kwh,
        "fractional": found.fractional_uncertainty,
        "beyond_doubt": found.is_beyond_doubt,
        "reason": found.band.reason,
    }


def _fahrenheit(celsius: float | None) -> float | None:
    return None if celsius is None else round(celsius * _F_A_K + 32, 6)
