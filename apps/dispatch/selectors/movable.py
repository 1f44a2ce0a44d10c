"""Which devices may be proposed to be moved: those that take orders, and hang under no hold tag."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.dispatch.choices import TagKind
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Tag
from apps.telemetry.choices import ControlKind
from apps.telemetry.models import ControlPoint

_KIND = {
    StepQuantity.SWITCH_STATE: ControlKind.POSITION,
    StepQuantity.TAP_POSITION: ControlKind.STEP,
    StepQuantity.ACTIVE_POWER: ControlKind.SETPOINT,
    StepQuantity.REACTIVE_POWER: ControlKind.SETPOINT,
}


@dataclass(frozen=True, slots=True)
class Movable:
    """`commanded` is None where nothing in the field takes orders: then crews do what is proposed."""

    commanded: frozenset[tuple[str, StepQuantity]] | None
    held: frozenset[str]

    def may(self, mrid: str, quantity: StepQuantity) -> bool:
        return mrid not in self.held and (self.commanded is None or (mrid, quantity) in self.commanded)

    def among(self, mrids: Iterable[str], quantity: StepQuantity) -> frozenset[str]:
        return frozenset(mrid for mrid in mrids if self.may(mrid, quantity))


WHATEVER = Movable(None, frozenset())


def movable(among: Collection[str] | None = None) -> Movable:
    """among: mRIDs of the devices that will be asked about, all where omitted."""
    held = Tag.objects.standing().filter(kind=TagKind.HOLD).values_list("equipment_mrid", flat=True)
    points = ControlPoint.objects.all()
    if among is not None:
        points = points.filter(point__equipment_mrid__in=[UUID(mrid) for mrid in among])
    rows = points.values_list("point__equipment_mrid", "point__quantity", "kind")
    commanded = frozenset(
        (str(mrid), StepQuantity(quantity))
        for mrid, quantity, kind in rows
        if quantity in _KIND and _KIND[StepQuantity(quantity)] == kind
    )
    nothing = not commanded and not ControlPoint.objects.exists()
    return Movable(None if nothing else commanded, frozenset(str(mrid) for mrid in held))
