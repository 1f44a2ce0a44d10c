"""The past foreseen as it would have been then, as one document; `outage_backtest` prints it."""

from typing import Any

import numpy as np

from apps.resilience.adapters.outage_files import Records
from gridops.engine.reliability.hazard.backtest import Backtest, LeadRows, Terms, backtest
from gridops.engine.reliability.hazard.panel import names_of_features
from gridops.engine.reliability.hazard.scores import (
    area_under_curve,
    brier,
    log_loss,
    reliability,
    skill,
    skill_interval,
)
from gridops.engine.reliability.hazard.weather import FEATURES

SEED = 1
DIGITS = 6


def terms_of(records: Records, *, train_days: int, refit_days: int) -> Terms:
    """train_days 0: half of the days."""
    return Terms(train_days=train_days or len(records.days.counts) // 2, refit_days=max(refit_days, 1))


def trial(records: Records, terms: Terms) -> Backtest:
    return backtest(records.days, records.weather, terms)


def trial_document(records: Records, terms: Terms, found: Backtest) -> dict[str, Any]:
    """`brier` and its like are of the shortest lead; null, and a reason, where there is nothing to judge."""
    by_lead = [_lead(one) for one in found.leads]
    figures = ("brier", "brier_climatology", "brier_wind_rule", "calibration_error", "skill", "skill_wind_rule")
    head = {name: by_lead[0][name] if by_lead else None for name in figures}
    days = records.days
    weather = "none" if records.weather is None else ("as forecast" if records.has_issues else "as measured")
    return head | {
        "reason": found.reason,
        "by_lead": by_lead,
        "areas": len(records.areas),
        "days": len(days.counts),
        "complete_days": int(days.complete.sum()),
        "events": records.events,
        "train_days": terms.train_days,
        "refit_days": terms.refit_days,
        "origins": found.origins,
        "weather": weather,
        "features": [*names_of_features(), *(FEATURES if records.weather is not None else ())],
        "notes": list(records.notes),
    }


def _lead(rows: LeadRows) -> dict[str, Any]:
    own, other = (rows.probability - rows.happened) ** 2, (rows.climatology - rows.happened) ** 2
    ruled = np.isfinite(rows.wind_rule)
    rule = brier(rows.wind_rule[ruled], rows.happened[ruled])
    diagram = reliability(rows.probability, rows.happened)
    low, high = skill_interval(own, other, rows.day, np.random.default_rng(SEED))
    score, climatology = float(own.mean()), float(other.mean())
    told = {
        "brier": score,
        "brier_climatology": climatology,
        "brier_wind_rule": rule,
        "calibration_error": diagram.error,
        "skill": skill(score, climatology),
        "skill_low": low,
        "skill_high": high,
        "skill_wind_rule": skill(brier(rows.probability[ruled], rows.happened[ruled]), rule),
        "auc": area_under_curve(rows.probability, rows.happened),
        "log_loss": log_loss(rows.probability, rows.happened),
        "base_rate": float(rows.happened.mean()),
    }
    bins = zip(diagram.count.tolist(), diagram.forecast.tolist(), diagram.observed.tolist(), strict=True)
    return {"lead_h": 24 * rows.lead_days, "rows": len(rows.day), "rows_wind_rule": int(ruled.sum())} | {
        **{name: _known(value) for name, value in told.items()},
        "reliability": [
            {"count": count, "forecast": _known(said), "observed": _known(came)} for count, said, came in bins
        ],
    }


def _known(value: float) -> float | None:
    return round(value, DIGITS) if np.isfinite(value) else None
