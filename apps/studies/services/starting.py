"""The state that a study starts from: that of now, or that of a stored scan, estimated from what was known then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.assets.models import NetworkModel
from apps.state import frames
from apps.state.adapters import MeterPlan, MeterRow
from apps.state.adapters.security import Blind
from apps.state.choices import Position
from apps.state.models import Solution
from apps.studies.adapters.base import Base, estimated_base
from apps.studies.choices import BaseKind
from apps.studies.rules import Conflict, Refused
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors import GatewayValues

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSITION = 0b11


@dataclass(frozen=True, slots=True)
class Start:
    kind: BaseKind
    as_of: datetime
    solution: Solution | None
    model: NetworkModel
    base: Base


def live_start(*, as_of: datetime) -> Start:
    model = assets.current_model()
    if model is None:
        raise Conflict("There is no network yet. Import one first.")
    solution = Solution.objects.filter(network_model=model).defer("frame").newest()
    base = _base(model, telemetry.latest_values(), as_of)
    return Start(BaseKind.LIVE, as_of, solution, model, base)


def past_start(*, instant: datetime, as_of: datetime) -> Start:
    """From the newest scan at or before the instant."""
    if instant > as_of:
        raise Refused("at", "This instant has not come yet. Leave it out to start from now, or give one that has been.")
    solution = Solution.objects.exclude(frame=b"").filter(as_of__lte=instant).order_by("-as_of", "-id").first()
    if solution is None:
        first = Solution.objects.exclude(frame=b"").order_by("as_of").values_list("as_of", flat=True).first()
        since = f"the first is of {first.isoformat(timespec='seconds')}" if first else "there is none yet"
        raise Refused("at", f"No state is stored of that instant or before it: {since}. Give a later instant.")
    model = NetworkModel.objects.get(pk=solution.network_model_id)
    blocks = _blocks_at(solution, assets.assembled(model))
    return Start(BaseKind.PAST, solution.as_of, solution, model, _base(model, blocks, solution.as_of))


def _base(model: NetworkModel, blocks: Sequence[GatewayValues], as_of: datetime) -> Base:
    network = assets.assembled(model)
    rows = [_plain(MeterRow(*row)) for row in telemetry.meter_rows()]
    plan = MeterPlan.build(rows, network)
    base = estimated_base(network, plan, plan.read(blocks, as_of))
    if isinstance(base, Blind):
        raise Conflict(f"The state of that instant is not known: {base.reason} Choose another instant.")
    return base


def _plain(row: MeterRow) -> MeterRow:
    return replace(row, equipment_mrid=str(row.equipment_mrid), mrid=str(row.mrid))


def _blocks_at(solution: Solution, network: AssembledNetwork) -> list[GatewayValues]:
    """What every point had last said by then. Switches stand as the scan showed them."""
    values: dict[int, list[tuple[int, int, float, int]]] = {}
    for told in telemetry.point_values_at(_points_of_values(), instant=solution.as_of):
        if told.at is not None and told.value is not None:
            row = (told.point.slot, (told.at - _EPOCH) // timedelta(microseconds=1), told.value, told.quality)
            values.setdefault(told.point.gateway_id, []).append(row)
    for gateway, row in _switches(solution, network):
        values.setdefault(gateway, []).append(row)
    return [_block(block, values.get(block.gateway_id, []), solution.as_of) for block in telemetry.latest_values()]


def _points_of_values() -> list[MeasurementPoint]:
    points = MeasurementPoint.objects.filter(gateway__is_enabled=True)
    return list(points.exclude(quantity=Quantity.SWITCH_STATE).order_by("gateway_id", "slot"))


def _switches(solution: Solution, network: AssembledNetwork) -> list[tuple[int, tuple[int, int, float, int]]]:
    shown = frames.decode(bytes(solution.frame)).switch_state & _POSITION
    at_us = (solution.as_of - _EPOCH) // timedelta(microseconds=1)
    points = MeasurementPoint.objects.filter(gateway__is_enabled=True, quantity=Quantity.SWITCH_STATE)
    found = []
    for gateway, slot, mrid in points.values_list("gateway_id", "slot", "equipment_mrid"):
        at = network.switches.position.get(str(mrid))
        if at is not None and shown[at] in (Position.OPEN, Position.CLOSED):
            found.append((gateway, (slot, at_us, float(shown[at] == Position.CLOSED), 0)))
    return found


def _block(block: GatewayValues, rows: list[tuple[int, int, float, int]], as_of: datetime) -> GatewayValues:
    """The gateway as if its link had been heard at that instant: what was silent then shows by its age."""
    count = max([len(block.latest.at_us), *(slot + 1 for slot, *_ in rows)])
    at_us, value = np.zeros(count, np.int64), np.full(count, np.nan)
    quality = np.zeros(count, np.int64)
    for slot, told_us, told, its_quality in rows:
        at_us[slot], value[slot], quality[slot] = told_us, told, its_quality
    latest = replace(block.latest, at_us=at_us, value=value, quality=quality)
    return replace(block, latest=latest, last_heard_at=as_of)
