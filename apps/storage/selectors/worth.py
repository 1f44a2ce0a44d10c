"""How plants have aged and earned, as people and scripts read it."""

from collections.abc import Sequence
from typing import Any

from apps.storage.models import Earning, HealthState, Rack, StoragePlant, WarrantyCounter

_FIGURES = ("planned", "realised", "perfect", "simple_rule", "wear", "charged_kwh", "discharged_kwh", "cycles")
EARNING_COLUMNS = ("day", "currency", *_FIGURES, "known_share", "reason")
# What a warranty counts, and the term that limits it.
_TERMS = (
    ("years", "years"),
    ("throughput_kwh", "throughput_kwh"),
    ("equivalent_cycles", "cycles"),
    ("hours_warm", "hours_warm"),
    ("hours_full", "hours_full"),
)


def health_of(racks: Sequence[Rack]) -> dict[int, dict[str, Any]]:
    """The newest night of each rack, by its key."""
    rows = HealthState.objects.filter(rack__in=racks).order_by("rack_id", "-as_of").distinct("rack_id")
    return {row.rack_id: _health(row) for row in rows.defer("sums")}


def _health(row: HealthState) -> dict[str, Any]:
    return {
        "as_of": row.as_of.isoformat(),
        "capacity": row.capacity,
        "capacity_sigma": row.capacity_sigma,
        "resistance": row.resistance,
        "resistance_sigma": row.resistance_sigma,
    }


def warranty_document(plant: StoragePlant) -> dict[str, Any]:
    """Each term with its limit and what is used of it."""
    row = WarrantyCounter.objects.filter(plant=plant).first()
    return {
        "counted_until": row.counted_until.isoformat() if row else None,
        "hours_unknown": row.hours_unknown if row else None,
        "warm_c": plant.warranty_warm_c,
        "full_soc": plant.warranty_full_soc,
        "terms": [
            _term(name, getattr(plant, f"warranty_{limit}"), getattr(row, name) if row else None)
            for name, limit in _TERMS
        ],
    }


def _term(name: str, limit: float | None, counted: float | None) -> dict[str, Any]:
    used = counted / limit if counted is not None and limit else None
    return {"name": name, "limit": limit, "counted": counted, "used": used}


def earning_documents(plant: StoragePlant, *, most: int = 92) -> list[dict[str, Any]]:
    """The newest day first."""
    return [_earning(row) for row in Earning.objects.filter(plant=plant)[:most]]


def _earning(row: Earning) -> dict[str, Any]:
    figures = {name: getattr(row, name) for name in _FIGURES}
    return {
        "day": row.day.isoformat(),
        "currency": row.currency,
        "known_share": row.known_share,
        "reason": row.reason,
    } | (figures)
