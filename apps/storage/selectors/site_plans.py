"""Sites behind a meter and what plans of their batteries save, as people and scripts read it."""

from typing import Any

from apps.storage.adapters.packed import unpacked
from apps.storage.choices import STEP
from apps.storage.models import SitePlan, StorageSite
from apps.storage.selectors.documents import numbers

_FIGURES = (
    "cost", "cost_without", "cost_by_rule", "rule_breaks", "wear", "peak_before_kw", "peak_kw", "peak_without_kw",
    "self_consumed", "self_consumed_without",
)  # fmt: skip
_COLUMNS = ("load_kw", "sun_kw", "net_kw", "net_without_kw", "net_by_rule_kw")


def site_documents() -> list[dict[str, Any]]:
    """Each with its newest plan, without columns."""
    sites = list(StorageSite.objects.select_related("load", "sun").prefetch_related("plants"))
    rows = SitePlan.objects.filter(site__in=sites).order_by("site_id", "-id").distinct("site_id").defer(*_COLUMNS)
    newest = {row.site_id: row for row in rows}
    return [_whole(site, newest.get(site.pk)) for site in sites]


def site_document(site: StorageSite) -> dict[str, Any]:
    return _whole(site, SitePlan.objects.filter(site=site).defer(*_COLUMNS).first())


def _whole(site: StorageSite, newest: SitePlan | None) -> dict[str, Any]:
    return _site(site) | {"newest": _plan(newest) if newest else None}


def _site(site: StorageSite) -> dict[str, Any]:
    return {
        "id": site.pk,
        "name": site.name,
        "load": str(site.load),
        "sun": str(site.sun) if site.sun else None,
        "tariff": site.tariff,
        "import_kw": site.import_kw,
        "export_kw": site.export_kw,
        "is_curtailable": site.is_curtailable,
        "plants": [str(plant.mrid) for plant in site.plants.all()],
    }


def site_plan_documents(site: StorageSite, *, horizon: str = "", most: int = 50) -> list[dict[str, Any]]:
    rows = SitePlan.objects.filter(site=site).defer(*_COLUMNS)
    rows = rows.filter(horizon=horizon) if horizon else rows
    return [_plan(row) for row in rows[:most]]


def site_plan_document(row: SitePlan) -> dict[str, Any]:
    columns = {name: numbers(unpacked(getattr(row, name))) for name in _COLUMNS}
    return _plan(row) | columns | {"inputs": row.inputs}


def _plan(row: SitePlan) -> dict[str, Any]:
    saved = row.cost_without - row.cost if row.cost is not None and row.cost_without is not None else None
    by_rule = row.cost_by_rule - row.cost if row.cost is not None and row.cost_by_rule is not None else None
    return {
        "id": row.pk,
        "horizon": row.horizon,
        "horizon_label": row.get_horizon_display(),
        "as_of": row.as_of.isoformat(),
        "starts_at": row.starts_at.isoformat(),
        "step_s": int(STEP.total_seconds()),
        "steps": row.steps,
        "outcome": row.outcome,
        "outcome_label": row.get_outcome_display(),
        "reason": row.reason,
        "currency": row.currency,
        "saved": saved,
        "saved_against_rule": by_rule,
        **{name: getattr(row, name) for name in _FIGURES},
    }
