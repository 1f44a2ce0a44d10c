"""The newest values of the points of a microgrid's equipment, by equipment and quantity."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from apps.microgrids.choices.microgrid import FieldQuantity, Known
from apps.microgrids.rules.situation import NOTHING, Reading
from apps.telemetry import selectors as telemetry
from apps.telemetry.adapters import VALIDITY_MASK, Quality
from apps.telemetry.models import MeasurementPoint

Told = telemetry.PointValue


class Heard:
    """Of several points of a quantity at one equipment the one that is known goes first, then the controller's own."""

    def __init__(self, told: Iterable[Told], controller_id: int | None) -> None:
        self._of: dict[tuple[UUID, str], Told] = {}
        for one in sorted(
            told, key=lambda one: (reading(one).value is not None, one.point.gateway_id == controller_id)
        ):
            self._of[one.point.equipment_mrid, one.point.quantity] = one

    def told(self, mrid: UUID | None, quantity: FieldQuantity) -> Told | None:
        return None if mrid is None else self._of.get((mrid, quantity.value))

    def reading(self, mrid: UUID | None, quantity: FieldQuantity, scale: float = 1.0) -> Reading:
        return reading(self.told(mrid, quantity), scale)

    def first(self, mrids: Iterable[UUID | None], quantity: FieldQuantity, scale: float = 1.0) -> Reading:
        """Of the first equipment that tells it."""
        found = [self.reading(mrid, quantity, scale) for mrid in mrids]
        return next((one for one in found if one.value is not None), next(iter(found), NOTHING))


def heard(mrids: Iterable[UUID], *, controller_id: int | None, as_of: datetime) -> Heard:
    wanted = [quantity.value for quantity in FieldQuantity]
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=list(mrids), quantity__in=wanted)
    return Heard(telemetry.point_values(list(rows), as_of=as_of), controller_id)


def reading(told: Told | None, scale: float = 1.0) -> Reading:
    if told is None:
        return NOTHING
    validity = told.quality & VALIDITY_MASK
    if told.value is None or told.is_stale or validity == Quality.INVALID:
        return Reading(None, told.at)
    return Reading(scale * told.value, told.at, Known.MEASURED, validity != Quality.GOOD)


def per_unit(told: Told | None, nominal_kv: float | None) -> Reading:
    """Voltages come in kV or per unit."""
    if told is None or told.point.unit != "kV":
        return reading(told)
    return reading(told, 1.0 / nominal_kv) if nominal_kv else NOTHING
