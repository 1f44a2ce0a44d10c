"""How a microgrid stands now, from the newest values of its equipment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.microgrids.adapters.exchange import estimated_exchange
from apps.microgrids.adapters.parts import Part, part_behind
from apps.microgrids.adapters.powers import Given, Meters, given, usual_kw
from apps.microgrids.choices.microgrid import ControllerMode, FieldQuantity, Known, LoadPriority, MemberKind
from apps.microgrids.models import Microgrid, MicrogridMember
from apps.microgrids.rules.situation import NOTHING, MemberNow, Reading, Situation
from apps.microgrids.selectors.points import Heard, heard, per_unit
from apps.state import frames
from apps.state.models import Solution

NAN = float("nan")
FRESH = timedelta(seconds=15)  # of an estimate of the network
OPEN, CLOSED = 0, 1


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the network it lies; None where the network has it no more."""

    network: AssembledNetwork | None
    part: Part | None

    def node_of(self, mrid: UUID) -> int:
        node = None if self.network is None else self.network.node_at(str(mrid))
        return -1 if node is None else int(self.network.node.bus[node]) if self.network else -1

    def mrid_of_node(self, node: int) -> UUID | None:
        return None if self.network is None or node < 0 else UUID(self.network.nodes.mrid[node])

    def kv_of(self, node: int) -> float | None:
        return None if self.network is None or node < 0 else float(self.network.network.nominal_kv[node])


def microgrid_now(microgrid: Microgrid, *, as_of: datetime) -> Situation:
    members = list(microgrid.members.all())
    place = _place(microgrid)
    nodes = [place.node_of(member.element_mrid) for member in members]
    told = _heard(microgrid, members, place, nodes, as_of)
    closed, coupling = _coupling(microgrid, told)
    shed = _whole(told.reading(microgrid.forming_mrid, FieldQuantity.SHED_GROUP))
    exchange = _exchange(microgrid, told, place, closed=closed, coupling=coupling, as_of=as_of)
    powers = _powers(members, nodes, told, place, exchange)
    now = [_member(*each, told, shed) for each in zip(members, powers, strict=True)]
    if exchange.value is None:
        exchange = _by_balance(now, as_of)
    controllers = (microgrid.forming_mrid, microgrid.coupling_switch_mrid, microgrid.mrid)
    forming_node = place.node_of(microgrid.forming_mrid)
    return Situation(
        as_of=as_of,
        microgrid_mrid=microgrid.mrid,
        name=microgrid.name,
        members=now,
        exchange_kw=exchange,
        coupling_closed=closed,
        coupling=coupling,
        mode=_mode(told.first(controllers, FieldQuantity.MODE)),
        frequency_hz=told.reading(microgrid.forming_mrid, FieldQuantity.FREQUENCY),
        voltage_pu=_voltage(microgrid, told, place, forming_node),
        grid_voltage_pu=_grid_voltage(microgrid, told, place),
        grid_frequency_hz=told.first(controllers[1:], FieldQuantity.GRID_FREQUENCY),
        voltage_difference_pu=told.reading(microgrid.coupling_switch_mrid, FieldQuantity.VOLTAGE_DIFFERENCE),
        slip_hz=told.reading(microgrid.coupling_switch_mrid, FieldQuantity.SLIP),
        angle_deg=told.reading(microgrid.coupling_switch_mrid, FieldQuantity.ANGLE),
        shed_group=shed,
    )


def _place(microgrid: Microgrid) -> _Place:
    model = assets.current_model()
    if model is None:
        return _Place(None, None)
    network = assets.assembled(model)
    part = part_behind(network, str(microgrid.coupling_switch_mrid))
    return _Place(network, None if isinstance(part, str) else part)


def _heard(
    microgrid: Microgrid, members: Sequence[MicrogridMember], place: _Place, nodes: Sequence[int], as_of: datetime
) -> Heard:
    wanted = {microgrid.mrid, microgrid.coupling_switch_mrid, microgrid.forming_mrid}
    wanted |= {member.element_mrid for member in members}
    wanted |= {member.switch_mrid for member in members if member.switch_mrid}
    ends = (place.part.inner_node, place.part.outer_node) if place.part else ()
    wanted |= {mrid for node in (*nodes, *ends) if (mrid := place.mrid_of_node(node))}
    return heard(wanted, controller_id=microgrid.controller_gateway_id, as_of=as_of)


def _coupling(microgrid: Microgrid, told: Heard) -> tuple[bool | None, Reading]:
    found = told.reading(microgrid.coupling_switch_mrid, FieldQuantity.SWITCH_STATE)
    position = _whole(found)
    return ({OPEN: False, CLOSED: True}.get(position) if position is not None else None), found


def _exchange(
    microgrid: Microgrid, told: Heard, place: _Place, *, closed: bool | None, coupling: Reading, as_of: datetime
) -> Reading:
    """By a meter at the coupling, else by the estimate of the network; an open breaker carries nothing."""
    if closed is False:
        return Reading(0.0, coupling.at, Known.MEASURED, coupling.is_doubtful)
    metered = told.told(microgrid.coupling_switch_mrid, FieldQuantity.ACTIVE_POWER)
    if metered is not None:
        found = told.reading(microgrid.coupling_switch_mrid, FieldQuantity.ACTIVE_POWER)
        if found.value is not None:
            return replace(found, value=_sign(metered.point.side, microgrid, place) * found.value)
    if place.network is None or place.part is None:
        return NOTHING
    solution = Solution.objects.filter(network_model_id=place.network.model_id).exclude(frame=b"").newest()
    if solution is None or as_of - solution.as_of > FRESH:
        return NOTHING
    estimated = estimated_exchange(place.network, frames.decode(bytes(solution.frame)), place.part)
    return NOTHING if estimated is None else Reading(estimated.kw, estimated.at, Known.ESTIMATED)


def _sign(side: str, microgrid: Microgrid, place: _Place) -> float:
    """A meter counts from its node into the switch: at the inner end what goes out."""
    if place.network is None or place.part is None:
        return 1.0
    switch = place.network.switches.position[str(microgrid.coupling_switch_mrid)]
    switches = place.network.network.switches
    node = int(switches.to_node[switch] if side == "to" else switches.from_node[switch])
    return -1.0 if node == place.part.inner_node else 1.0


def _powers(
    members: Sequence[MicrogridMember], nodes: Sequence[int], told: Heard, place: _Place, exchange: Reading
) -> list[Reading]:
    own = [told.reading(member.element_mrid, FieldQuantity.ACTIVE_POWER, -1.0) for member in members]
    node_told = {
        node: told.reading(place.mrid_of_node(node), FieldQuantity.ACTIVE_POWER, -1.0) for node in set(nodes) - {-1}
    }
    mrids = [str(member.element_mrid) for member in members]
    usual = usual_kw(place.network, mrids) if place.network else np.full(len(members), NAN)
    meters = Meters(
        np.array([_number(one) for one in own]),
        {node: one.value for node, one in node_told.items() if one.value is not None},
        -_number(exchange),
    )
    found = given([MemberKind(member.kind) for member in members], nodes, usual, meters)
    return [_power(n, one, found, node_told.get(nodes[n], NOTHING), exchange) for n, one in enumerate(own)]


def _power(place: int, own: Reading, found: Given, at_node: Reading, exchange: Reading) -> Reading:
    if own.value is not None:
        return own
    known, kw = found.known[place], float(found.p_kw[place])
    if known == Known.SHARED:
        source = at_node if at_node.value is not None else exchange
        return Reading(kw, source.at, known, source.is_doubtful)
    return Reading(kw, None, known) if known == Known.EXPECTED else Reading(None, own.at)


def _member(member: MicrogridMember, power: Reading, told: Heard, shed: int | None) -> MemberNow:
    mrid, kind = member.element_mrid, MemberKind(member.kind)
    is_load, is_storage, is_generator = (
        kind == one for one in (MemberKind.LOAD, MemberKind.STORAGE, MemberKind.GENERATOR)
    )
    running = _whole(told.reading(mrid, FieldQuantity.RUNNING)) if is_generator else None
    return MemberNow(
        element_mrid=mrid,
        name=member.name,
        kind=kind,
        priority=LoadPriority(member.priority) if is_load and member.priority else None,
        rated_kw=member.rated_kw,
        p_kw=power,
        available_kw=told.reading(mrid, FieldQuantity.AVAILABLE_POWER, -1.0),
        soc=told.reading(mrid, FieldQuantity.STATE_OF_CHARGE, 0.01) if is_storage else NOTHING,
        capacity_kwh=member.capacity_kwh,
        fuel_kwh=told.reading(mrid, FieldQuantity.FUEL) if is_generator else NOTHING,
        running=None if running is None else running > 0,
        is_cut=_is_cut(member, told, shed) if is_load else None,
    )


def _is_cut(member: MicrogridMember, told: Heard, shed: int | None) -> bool | None:
    """Group 1 holds the loads that are shed first, of the last priority."""
    position = _whole(told.reading(member.switch_mrid, FieldQuantity.SWITCH_STATE))
    if position == OPEN:
        return True
    if shed is None or member.priority is None:
        return False if position == CLOSED else None
    return shed > LoadPriority.DEFERRABLE - member.priority


def _by_balance(members: Sequence[MemberNow], as_of: datetime) -> Reading:
    """What all members together lack, where each of them is metered in some way. Losses inside are left out."""
    metered = {Known.MEASURED, Known.SHARED}
    if not members or any(one.p_kw.known not in metered for one in members):
        return NOTHING
    oldest = min((one.p_kw.at for one in members if one.p_kw.at), default=as_of)
    return Reading(-sum(one.p_kw.value or 0.0 for one in members), oldest, Known.SHARED)


def _voltage(microgrid: Microgrid, told: Heard, place: _Place, node: int) -> Reading:
    kv = place.kv_of(node)
    own = per_unit(told.told(microgrid.forming_mrid, FieldQuantity.VOLTAGE), kv)
    mrid = place.mrid_of_node(node)
    return own if own.value is not None else per_unit(told.told(mrid, FieldQuantity.VOLTAGE), kv)


def _grid_voltage(microgrid: Microgrid, told: Heard, place: _Place) -> Reading:
    node = place.part.outer_node if place.part and place.network else -1
    kv = place.kv_of(node)
    own = per_unit(told.told(microgrid.coupling_switch_mrid, FieldQuantity.GRID_VOLTAGE), kv)
    mrid = place.mrid_of_node(node)
    return own if own.value is not None else per_unit(told.told(mrid, FieldQuantity.VOLTAGE), kv)


def _mode(found: Reading) -> ControllerMode | None:
    value = _whole(found)
    return ControllerMode(value) if value in set(ControllerMode) else None


def _whole(found: Reading) -> int | None:
    return None if found.value is None else round(found.value)


def _number(found: Reading) -> float:
    return NAN if found.value is None else found.value


def situations(microgrids: Sequence[Microgrid], *, as_of: datetime) -> Mapping[UUID, Situation]:
    return {one.mrid: microgrid_now(one, as_of=as_of) for one in microgrids}
