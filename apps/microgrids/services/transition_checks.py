"""What must be known before a transition begins: does it make sense, what does it aim at, does the island live?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.dispatch.choices.order import Act, Level
from apps.dispatch.rules.orders import Client
from apps.dispatch.services import orders
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.picture import pictures
from apps.dispatch.services.refusal import Refused
from apps.microgrids.adapters.transition_check import island_check
from apps.microgrids.adapters.transition_plan import generators_of, plan_document, shedding_of
from apps.microgrids.choices.transition import TransitionKind
from apps.microgrids.models import Microgrid
from apps.microgrids.rules.situation import Situation
from apps.microgrids.selectors.transitions import limits_of

DEAD_PU = 0.1
_CHECKED = frozenset({TransitionKind.ISLAND})


@dataclass(frozen=True, slots=True)
class Prepared:
    """`warnings` are for a person to read; `read` names the devices that they are about."""

    plan: dict[str, Any]
    check: dict[str, Any]
    warnings: list[str]


def prepare(
    *, microgrid: Microgrid, kind: TransitionKind, situation: Situation, by: User | None, as_of: datetime
) -> Prepared:
    """Raises Refused where the transition makes no sense now, or the island would not live."""
    if refusal := _refusal(kind, situation):
        raise Refused(refusal)
    generators, limits = generators_of(microgrid), limits_of(microgrid)
    shedding = shedding_of(situation, microgrid, generators, limits)
    plan = plan_document(shedding, microgrid, situation, limits)
    if kind not in _CHECKED:
        return Prepared(plan, {}, [])
    if not shedding.chosen.carries:
        raise Refused(f"The island would not stand: {shedding.reason}")
    picture = pictures.now(as_of=as_of)
    if picture.network is None or picture.point is None:
        raise Refused(f"The state of the network is not known now, so the island cannot be checked: {picture.reason}")
    check = island_check(
        picture.network, picture.point, situation, microgrid=microgrid, generators=generators, plan=plan
    )
    if check["objections"]:
        raise Refused(f"The island would not keep its limits: {' '.join(check['objections'])}")
    warnings = _warnings(microgrid, by, as_of)
    read = [str(microgrid.coupling_switch_mrid)] if by is not None else []
    return Prepared(plan, check | {"warnings": warnings, "read": read}, warnings)


def _refusal(kind: TransitionKind, situation: Situation) -> str:
    closed = situation.coupling_closed
    if closed is None:
        return (
            "It is not known whether the coupling is open; nothing is begun blindly. Wait until its position is told."
        )
    dead = situation.voltage_pu.value is not None and situation.voltage_pu.value < DEAD_PU
    objections = {
        TransitionKind.ISLAND: "It stands alone already." if not closed else "",
        TransitionKind.RECONNECT: "It stands with the grid already." if closed else "",
        TransitionKind.BLACK_START: "" if dead else "It has voltage: there is nothing to start from black.",
    }
    return objections.get(kind, "")


def _warnings(microgrid: Microgrid, by: User | None, as_of: datetime) -> list[str]:
    """What opening the coupling does to what stays with the grid. Raises Refused where it is forbidden."""
    return opening_warnings(microgrid.coupling_switch_mrid, by, as_of) if by is not None else []


def opening_warnings(mrid: UUID, by: User, as_of: datetime) -> list[str]:
    try:
        prepared = orders.prepare(wanted=orders.Wanted(mrid, Act.OPEN), client=Client(by, session=""), as_of=as_of)
    except OrderRefused as refusal:
        raise Refused(f"The coupling cannot be opened now: {refusal}") from refusal
    blocked = [one.text for one in prepared.shown.findings if one.level is Level.BLOCKS]
    if blocked:
        raise Refused(f"The coupling cannot be opened now: {' '.join(blocked)}")
    return [one.text for one in prepared.shown.findings if one.level is Level.WARNS]
