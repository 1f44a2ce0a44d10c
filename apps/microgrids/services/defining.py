"""People define microgrids and say what is important in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.live import services as live
from apps.microgrids.adapters.parts import Part, part_behind
from apps.microgrids.adapters.proposing import forming_of, parts_with_backup, proposed_members
from apps.microgrids.choices.microgrid import STREAM, FieldQuantity, LoadPriority, MemberKind
from apps.microgrids.models import Microgrid, MicrogridMember
from apps.telemetry.models import Gateway, MeasurementPoint

DEMO_NOTE = "Found where a breaker parts a battery with a backup generator; priorities, fuel and costs are assumed."


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a microgrid behind a switch would be; nothing is stored."""

    members: Sequence[MicrogridMember]
    forming_mrid: UUID
    customers: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Only what is named changes. By member's element: the fields that change."""

    name: str | None = None
    note: str | None = None
    is_active: bool | None = None
    members: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)


def propose(*, coupling_switch_mrid: UUID, forming_mrid: UUID | None = None) -> Proposal:
    """Raises Refused, with the remedy, where the part behind the switch cannot be a microgrid."""
    network = _network()
    part = part_behind(network, str(coupling_switch_mrid))
    if isinstance(part, str):
        raise Refused(part)
    if part.reason:
        raise Refused(part.reason)
    members = proposed_members(network, part)
    forming = forming_mrid or forming_of(network, part)
    if forming is None or forming not in {one.element_mrid for one in members if one.kind == MemberKind.STORAGE}:
        raise Refused("forming_mrid names no battery with a capacity behind that switch: name one of its batteries.")
    _refuse_overlap(members, part, network)
    return Proposal(members, forming, part.customers)


@transaction.atomic
def define(
    *,
    name: str,
    coupling_switch_mrid: UUID,
    by: User | None,
    as_of: datetime,
    forming_mrid: UUID | None = None,
    note: str = "",
) -> Microgrid:
    """With the members that the topology gives; their priorities and figures are changed afterwards. Raises Refused."""
    proposal = propose(coupling_switch_mrid=coupling_switch_mrid, forming_mrid=forming_mrid)
    if Microgrid.objects.filter(name=name).exists():
        raise Refused(f"There is a microgrid named {name} already: choose another name.")
    made = Microgrid(
        name=name,
        coupling_switch_mrid=coupling_switch_mrid,
        forming_mrid=proposal.forming_mrid,
        controller_gateway=_controller(coupling_switch_mrid, proposal.forming_mrid),
        note=note,
        made_at=as_of,
        changed_at=as_of,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # somebody else was faster
        raise Refused("A microgrid of that name, switch or battery was made just now: look at the list.") from None
    for member in proposal.members:
        member.microgrid = made
    MicrogridMember.objects.bulk_create(proposal.members)
    _tell(made, "microgrid.defined", {"name": name, "members": len(proposal.members)}, by, as_of)
    return made


@transaction.atomic
def change(*, mrid: UUID, version: int, changes: Changes, by: User, as_of: datetime) -> Microgrid:
    """Raises Refused where somebody has changed it since `version`, or a field does not fit its member."""
    microgrid = Microgrid.objects.select_for_update().get(mrid=mrid)
    if microgrid.version != version:
        raise Refused(f"{microgrid.name} was changed since (version {microgrid.version}): read it again and repeat.")
    members = {one.element_mrid: one for one in microgrid.members.select_for_update()}
    for element, wanted in changes.members.items():
        _change_member(members.get(element), element, wanted)
    if changes.is_active and not microgrid.is_active:
        _refuse_second(microgrid, members.values())
    for field_name in ("name", "note", "is_active"):
        if (value := getattr(changes, field_name)) is not None:
            setattr(microgrid, field_name, value)
    if Microgrid.objects.filter(name=microgrid.name).exclude(pk=microgrid.pk).exists():
        raise Refused(f"There is a microgrid named {microgrid.name} already: choose another name.")
    microgrid.version, microgrid.changed_at = version + 1, as_of
    microgrid.save()
    detail = {
        "version": microgrid.version,
        "members": {str(key): dict(value) for key, value in changes.members.items()},
    }
    named = {key: value for key in ("name", "note", "is_active") if (value := getattr(changes, key)) is not None}
    _tell(microgrid, "microgrid.changed", detail | named, by, as_of)
    return microgrid


@transaction.atomic
def seed_microgrids(*, as_of: datetime) -> list[Microgrid]:
    """Of the demo's network, once each; what somebody has changed or switched off stays as it is."""
    model = assets.current_model()
    if model is None:
        return []
    network = assets.assembled(model)
    known = set(Microgrid.objects.values_list("coupling_switch_mrid", flat=True))
    made = []
    for found in parts_with_backup(network):
        if found.switch_mrid in known or Microgrid.objects.filter(name=found.name).exists():
            continue
        told = {"coupling_switch_mrid": found.switch_mrid, "forming_mrid": found.forming_mrid}
        made.append(define(name=found.name, by=None, as_of=as_of, note=DEMO_NOTE, **told))
    return made


def _network() -> AssembledNetwork:
    model = assets.current_model()
    if model is None:
        raise Refused("There is no network yet: import one before microgrids are defined.")
    return assets.assembled(model)


def _refuse_overlap(members: Sequence[MicrogridMember], part: Part, network: AssembledNetwork) -> None:
    """Nested or double: who of two would form the grid nobody could say."""
    inside = {one.element_mrid for one in members} | {UUID(network.nodes.mrid[n]) for n in part.nodes}
    other = MicrogridMember.objects.filter(microgrid__in=Microgrid.objects.active(), element_mrid__in=inside)
    if taken := other.select_related("microgrid").first():
        raise Refused(
            f"{taken.name} belongs to the microgrid {taken.microgrid.name}: switch that one off first, or choose a "
            "switch whose part does not overlap it."
        )


def _refuse_second(microgrid: Microgrid, members: Any) -> None:
    other = MicrogridMember.objects.filter(
        microgrid__in=Microgrid.objects.active().exclude(pk=microgrid.pk),
        element_mrid__in=[one.element_mrid for one in members],
    )
    if taken := other.select_related("microgrid").first():
        raise Refused(
            f"{taken.name} belongs to the microgrid {taken.microgrid.name} by now: switch that one off first."
        )


def _change_member(member: MicrogridMember | None, element: UUID, wanted: Mapping[str, Any]) -> None:
    if member is None:
        raise Refused(f"members: {element} is no member of this microgrid: take the mRIDs from its page.")
    if "priority" in wanted and member.kind != MemberKind.LOAD:
        raise Refused(f"priority: {member.name} is no load: only loads have a priority.")
    for name, value in wanted.items():
        setattr(member, name, LoadPriority(value) if name == "priority" else value)
    if member.least_kw > member.rated_kw:
        raise Refused(
            f"least_kw: {member.name} cannot run at {member.least_kw:g} kW, it is rated {member.rated_kw:g} kW."
        )
    member.save()


def _controller(coupling: UUID, forming: UUID) -> Gateway | None:
    """Of the gateway that tells how the controller stands."""
    rows = MeasurementPoint.objects.filter(quantity=FieldQuantity.MODE, equipment_mrid__in=[coupling, forming])
    point = rows.select_related("gateway").first()
    return point.gateway if point else None


def _tell(microgrid: Microgrid, action: str, detail: dict[str, Any], by: User | None, as_of: datetime) -> None:
    live.record(stream=STREAM, kind=action, subject=str(microgrid.mrid), payload={"name": microgrid.name})
    audit.record(actor=by, action=action, target=f"microgrid/{microgrid.name}", detail=detail, at=as_of)
