"""How often tap changers and capacitor switches have moved, by the changes that the historian keeps."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from apps.telemetry.choices import Quantity
from apps.telemetry.models import StateChange

_AT_REST = frozenset({0.0, 1.0})  # a switch that travels has not arrived
_MOVED = (Quantity.TAP_POSITION, Quantity.SWITCH_STATE)


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    previous: float | None
    value: float
    quantity: str

    @property
    def operations(self) -> int:
        """A tap changer once a position, a switch each time it arrives."""
        if self.quantity == Quantity.SWITCH_STATE:
            return int(self.value in _AT_REST)
        return 1 if self.previous is None else round(abs(self.value - self.previous))


def midnight_of(as_of: datetime) -> datetime:
    """Of the local day."""
    return timezone.localtime(as_of).replace(hour=0, minute=0, second=0, microsecond=0)


def changes_today(mrids: Collection[str], *, as_of: datetime) -> Mapping[str, list[Change]]:
    """Per device, in their order; who has not moved is empty."""
    rows = StateChange.objects.filter(
        equipment_mrid__in=[UUID(mrid) for mrid in mrids],
        quantity__in=_MOVED,
        at__gte=midnight_of(as_of),
        at__lte=as_of,
    )
    found: dict[str, list[Change]] = defaultdict(list)
    columns = ("equipment_mrid", "at", "previous", "value", "quantity")
    for mrid, at, previous, value, quantity in rows.order_by("at", "id").values_list(*columns):
        found[str(mrid)].append(Change(at, previous, value, quantity))
    return found


def operations_today(mrids: Collection[str], *, as_of: datetime) -> dict[str, int]:
    changes = changes_today(mrids, as_of=as_of)
    return {mrid: sum(change.operations for change in changes[mrid]) for mrid in mrids}
