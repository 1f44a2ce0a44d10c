"""The risk of outages as people and programs read it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.resilience.adapters.risk_ahead import staging_of
from apps.resilience.adapters.risk_network import KINDS
from apps.resilience.adapters.risk_scores import standing
from apps.resilience.choices.risk import LEADS_H, AssetKind, RiskOutcome
from apps.resilience.models import HazardModel, RiskElement, RiskRun, RiskScore

MOST_ELEMENTS = 2000


def newest_run(*, as_of: datetime) -> RiskRun | None:
    return RiskRun.objects.filter(as_of__lte=as_of).order_by("-id").first()


def newest_done(*, as_of: datetime) -> RiskRun | None:
    return RiskRun.objects.filter(as_of__lte=as_of, outcome=RiskOutcome.DONE).order_by("-id").first()


def newest_hazards(*, as_of: datetime) -> dict[AssetKind, HazardModel]:
    """The newest version of each kind that was there then."""
    found = (HazardModel.objects.filter(kind=kind, as_of__lte=as_of).order_by("-id").first() for kind in KINDS)
    return {AssetKind(one.kind): one for one in found if one is not None}


def sentence_of(kind: AssetKind, hazard: HazardModel | None) -> dict[str, Any]:
    """Which model speaks for a kind; without a fit it says how many records there are and are needed."""
    if hazard is None:
        words = f"{kind.label}: not fitted yet; published class rates, raised by wind, ice and heat."
    elif hazard.reason:
        words = (
            f"{kind.label}: not fitted: {hazard.records} records, needs {hazard.needed}; "
            "published class rates, raised by wind, ice and heat."
        )
    else:
        words = f"{kind.label}: fitted on {hazard.records} records since {hazard.begins_at:%Y-%m-%d}."
    return {
        "kind": kind.value,
        "label": kind.label,
        "version": hazard.pk if hazard else None,
        "fitted": bool(hazard and not hazard.reason),
        "records": hazard.records if hazard else 0,
        "needed": hazard.needed if hazard else None,
        "left_out": hazard.left_out if hazard else 0,
        "reason": hazard.reason if hazard else "",
        "words": words,
    }


def run_document(run: RiskRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "as_of": run.as_of,
        "starts_at": run.starts_at,
        "hours": run.hours,
        "outcome": run.outcome,
        "reason": run.reason,
        "network_version": run.network_model_id,
        "models": run.models_used,
        "weather": run.weather,
        "hourly": run.hourly,
        "rates": run.rates,
        "customers": run.customers,
        "districts": run.districts,
        "notes": run.notes,
        "seed": run.seed,
        "duration_ms": run.duration_ms,
        "engine_version": run.engine_version,
    }


def element_rows(run: RiskRun) -> list[dict[str, Any]]:
    """The worst first, by expected customers."""
    rows = list(RiskElement.objects.filter(run=run))
    rows.sort(key=lambda one: (-one.p * one.customers, -one.p, one.name))
    return [_element(one) for one in rows[:MOST_ELEMENTS]]


def element_row(run: RiskRun, mrid: UUID) -> dict[str, Any] | None:
    found = RiskElement.objects.filter(run=run, mrid=mrid).first()
    return _element(found) if found else None


def _element(one: RiskElement) -> dict[str, Any]:
    return {
        "mrid": str(one.mrid),
        "name": one.name,
        "kind": one.kind,
        "feeder_mrid": str(one.feeder_mrid) if one.feeder_mrid else None,
        "feeder_name": one.feeder_name,
        "place": one.place,
        "load": one.load,
        "p": one.p,
        "p_low": one.p_low,
        "p_high": one.p_high,
        "customers": one.customers,
        "expected_customers": one.p * one.customers,
        "factors": one.factors,
        "health": one.health,
        "rests_on": one.rests_on,
        "missing": one.missing,
    }


def standing_to_date(*, as_of: datetime) -> list[dict[str, Any]]:
    """By lead: Brier score, that of climatology, skill and the reliability diagram of all days that are over."""
    rows = list(RiskScore.objects.filter(scored_at__lte=as_of))
    return [
        {
            "lead_h": lead_h,
            **asdict(
                standing(
                    (row.feeders, row.outages, row.brier, row.climatology, row.bins)
                    for row in rows
                    if row.lead_h == lead_h
                )
            ),
        }
        for lead_h in LEADS_H
    ]


def staging_document(run: RiskRun, crews: int) -> dict[str, Any]:
    found = staging_of(run.districts, crews, run.hours)
    known = not found.reason
    placed = zip(run.districts, found.crews.tolist(), strict=True)
    return {
        "crews": crews,
        "reason": found.reason,
        "response_h": found.response_h if known else None,
        "even_response_h": found.even_response_h if known else None,
        "busy": found.busy if known else None,
        "districts": [
            {"mrid": one["mrid"], "name": one["name"], "failures": one["failures"], "crews": count}
            for one, count in placed
        ],
    }
