"""Everything about an act but the selection itself: whether it can be given at all, and what it would do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.accounts import services as people
from apps.accounts.models import Area, User
from apps.assets import selectors as assets
from apps.assets.selectors.areas import whereabouts
from apps.dispatch.choices.order import Act, AddCause
from apps.dispatch.rules.interlocks import blocked
from apps.dispatch.rules.orders import (
    KIND_OF_ACT,
    Client,
    Objection,
    Present,
    may_operate_there,
    value_objection,
    wanted_value,
)
from apps.dispatch.services.look_ahead import Shown, is_valid, shown_before
from apps.dispatch.services.order_telling import OrderRefused, insist
from apps.telemetry import selectors as telemetry
from apps.telemetry.models import ControlPoint
from apps.telemetry.services.control import CannotControl, check_way

_NOT_SUPPORTED = "This device takes no such command. See which it takes on its page."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants of a device. quantity: of a plant that takes several set-points; empty: the only one."""

    device_mrid: UUID
    act: Act
    value: float | None = None
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything about an act but the selection itself."""

    control: ControlPoint
    device_name: str
    value: float
    present: telemetry.PointValue
    shown: Shown


def prepare(*, wanted: Wanted, client: Client, as_of: datetime) -> Prepared:
    """The look-ahead. Raises OrderRefused where the act makes no sense, whatever the network."""
    control = _control(wanted)
    device = _device_name(wanted.device_mrid)
    insist(authority(client.user, wanted.device_mrid))
    insist_on_a_way(control)
    (told,) = telemetry.point_values([control.point], as_of=as_of)
    present = present_of(told)
    value = wanted_value(wanted.act, wanted.value, control, present)
    if isinstance(value, Objection):
        raise OrderRefused(value)
    insist(value_objection(wanted.act, value, control, present))
    shown = shown_before(control=control, device_name=device, act=wanted.act, value=value, present=told, as_of=as_of)
    return Prepared(control, device, value, told, shown)


def present_of(told: telemetry.PointValue) -> Present:
    return Present(told.value, told.at, told.quality, told.is_stale, is_valid(told))


def _control(wanted: Wanted) -> ControlPoint:
    kind = KIND_OF_ACT[wanted.act]
    rows = ControlPoint.objects.filter(point__equipment_mrid=wanted.device_mrid, kind=kind)
    if wanted.quantity:
        rows = rows.filter(point__quantity=wanted.quantity)
    found = list(rows.select_related("point__gateway").order_by("id")[:2])
    if not found:
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, _NOT_SUPPORTED))
    if len(found) > 1:
        reason = "quantity: the device takes several such set-points; name the measured quantity."
        raise OrderRefused(Objection(AddCause.INCONSISTENT_PARAMETERS, reason))
    return found[0]


def _device_name(mrid: UUID) -> str:
    model = assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        reason = "No equipment of the live network has this mRID; choose it from the search."
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, reason))
    return found.name


def authority(user: User, mrid: UUID) -> Objection:
    place = whereabouts([mrid]).get(mrid)
    own = Area.objects.filter(pk=place.area_id).first() if place and place.area_id else None
    area = own or people.default_area()
    return may_operate_there(user, area_name=area.name, is_mine=area.pk in accounts.areas_of(user))


def insist_on_a_way(control: ControlPoint) -> None:
    try:
        check_way(control)
    except CannotControl as error:
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, str(error))) from error


def insist_on_interlocks(shown: Shown) -> None:
    found = blocked(shown.findings)
    if found is not None:
        raise OrderRefused(Objection(found.add_cause, found.text))
