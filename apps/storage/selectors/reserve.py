"""Reserve that plants and fleets have promised, by the step of a plan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from apps.dispatch.services.held import Hold
from apps.storage.adapters.feeders import Reserve
from apps.storage.choices import DESK, STEP
from apps.storage.models import ReserveCommitment, StorageFleet, StoragePlant

NAMES = ("up_kw", "down_kw")


def reserves_of(
    owners: Sequence[StoragePlant] | Sequence[StorageFleet], *, starts_at: datetime, steps: int
) -> dict[int, Reserve]:
    """Of plants or of fleets, by their key; those without any are missing. Promises that meet add up."""
    if not owners:
        return {}
    owner = "plant" if isinstance(owners[0], StoragePlant) else "fleet"
    rows = ReserveCommitment.objects.in_force().filter(starts_at__lt=starts_at + steps * STEP, ends_at__gt=starts_at)
    found: dict[int, list[ReserveCommitment]] = {}
    for row in rows.filter(**{f"{owner}__in": [one.pk for one in owners]}):
        found.setdefault(getattr(row, f"{owner}_id"), []).append(row)
    return {key: _together(promises, starts_at, steps) for key, promises in found.items()}


def _together(rows: Sequence[ReserveCommitment], starts_at: datetime, steps: int) -> Reserve:
    power, paid = np.zeros((2, steps)), 0.0
    for row in rows:
        first = max((row.starts_at - starts_at) // STEP, 0)
        last = min(-((starts_at - row.ends_at) // STEP), steps)
        power[:, first:last] += np.array([[row.up_kw], [row.down_kw]])
        paid += row.price_per_kw_h * (row.up_kw + row.down_kw) * (last - first) * STEP.total_seconds() / 3600
    return Reserve(power[0], power[1], max(row.backing_h for row in rows), paid)


def reference_of(row: ReserveCommitment) -> str:
    return f"reserve {row.pk}"


def hold_of(row: ReserveCommitment) -> Hold:
    """As other desks are to know it. What a fleet has promised is told by plant, by their powers: which plant holds it
    is for the plan of the hour."""
    plants = [row.plant] if row.plant else list(StoragePlant.objects.filter(fleet=row.fleet, is_planned=True))
    whole = sum(one.discharge_kw + one.charge_kw for one in plants) or 1.0
    part = {one.mrid: (one.discharge_kw + one.charge_kw) / whole for one in plants}
    parts = {mrid: (share * row.up_kw, share * row.down_kw) for mrid, share in part.items()}
    return Hold(DESK, reference_of(row), row.starts_at, row.ends_at, row.backing_h, parts)


def commitment_documents(*, since: datetime, plant: StoragePlant | None = None) -> list[dict[str, Any]]:
    """Those that end after an instant, of a plant and its fleet or of all; withdrawn ones as well."""
    rows = ReserveCommitment.objects.filter(ends_at__gt=since)
    if plant is not None:
        rows = rows.filter(plant=plant) | rows.filter(fleet=plant.fleet)
    return [commitment_document(row) for row in rows.select_related("plant", "fleet", "entered_by", "withdrawn_by")]


def commitment_document(row: ReserveCommitment) -> dict[str, Any]:
    return {
        "id": row.pk,
        "plant": str(row.plant.mrid) if row.plant else None,
        "fleet": row.fleet.pk if row.fleet else None,
        "name": str(row.plant or row.fleet),
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        **{name: getattr(row, name) for name in (*NAMES, "backing_h", "price_per_kw_h", "currency", "source")},
        "entered_by": row.entered_by.get_username(),
        "entered_at": row.entered_at.isoformat(),
        "withdrawn_by": row.withdrawn_by.get_username() if row.withdrawn_by else None,
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
        "withdraw_reason": row.withdraw_reason,
    }
