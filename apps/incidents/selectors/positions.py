"""Where the switches stand, and stood just before something happened: the scan, and what has moved since."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import QuerySet

from apps.incidents.adapters.ground import Ground
from apps.incidents.adapters.seen import BoolArray, shown_positions
from apps.state.models import Solution
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint, StateChange

# What the field timed shortly before a scan may have arrived after it.
LATE = timedelta(seconds=15)
OPEN, CLOSED = 0.0, 1.0


@dataclass(frozen=True, slots=True)
class Positions:
    closed: BoolArray
    as_of: datetime  # of the last that is known to have happened
    load_share: float  # of the loads' rated power, as the scan has it


def switch_changes() -> QuerySet[StateChange]:
    return StateChange.objects.filter(quantity=Quantity.SWITCH_STATE).order_by("at", "id")


def watched(ground: Ground) -> BoolArray:
    """Switches whose position somebody tells."""
    rows = MeasurementPoint.objects.filter(quantity=Quantity.SWITCH_STATE, gateway__is_enabled=True)
    found = np.zeros(len(ground.network.normal_closed), np.bool_)
    found[ground.switches([str(one) for one in rows.values_list("equipment_mrid", flat=True)])] = True
    return found


def positions(ground: Ground, *, as_of: datetime, before: bool = False) -> Positions:
    """At the instant; with `before`, without what moved at the instant itself."""
    scans = Solution.objects.exclude(frame=b"").filter(network_model_id=ground.network.model_id)
    scans = scans.filter(as_of__lt=as_of) if before else scans.filter(as_of__lte=as_of)
    scan = scans.order_by("-as_of").first()
    closed, since, share = ground.network.normal_closed.copy(), as_of - timedelta(days=1), 1.0
    if scan is not None:
        closed = shown_positions(bytes(scan.frame), closed)
        since, share = scan.as_of - LATE, _load_share(scan.system)
    last = scan.as_of if scan else since
    moved = switch_changes().filter(at__gt=since)
    moved = moved.filter(at__lt=as_of) if before else moved.filter(at__lte=as_of)
    at = ground.network.switches.position
    for mrid, value, when in moved.values_list("equipment_mrid", "value", "at"):
        place = at.get(str(mrid))
        if place is not None and value in (OPEN, CLOSED):
            closed[place], last = value == CLOSED, max(last, when)
    return Positions(closed, last, share)


def _load_share(system: dict[str, object]) -> float:
    load, rated = system.get("load_kw"), system.get("rated_load_kw")
    if not isinstance(load, int | float) or not isinstance(rated, int | float) or rated <= 0 or not np.isfinite(load):
        return 1.0
    return float(max(load, 0.0) / rated)
