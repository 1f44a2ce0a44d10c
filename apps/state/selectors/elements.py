"""What is known now, and over time, of one element."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np

from apps.alarms.choices import Condition
from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.assets.models import NetworkModel
from apps.state import frames
from apps.state.choices import Position, Provenance, Supply
from apps.state.frames import Frame
from apps.state.models import Solution
from apps.state.selectors.past import model_id_at, solution_at
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

MAX_TREND_POINTS = 720


@dataclass(frozen=True, slots=True)
class Shown:
    """One displayed quantity of an element: how to read it from a frame, and between which limits it belongs."""

    quantity: str
    unit: str
    read: Callable[[Frame], float]
    status: Callable[[Frame], int]
    low: float | None = None
    high: float | None = None
    rated: float | None = None


def element_state(mrid: UUID, *, as_of: datetime) -> dict[str, Any] | None:
    model = assets.current_model()
    points = telemetry.point_values(list(telemetry.points_of(mrid)), as_of=as_of)
    return _element_document(mrid, model, Solution.objects.newest(), points)


def element_state_at(mrid: UUID, *, instant: datetime) -> dict[str, Any] | None:
    """As it was: the stored estimate of then, and the newest samples that the meters had sent by then."""
    model = assets.model_by_id(model_id_at(instant))
    points = telemetry.point_values_at(list(telemetry.points_of(mrid)), instant=instant)
    return _element_document(mrid, model, solution_at(instant), points)


def _element_document(
    mrid: UUID, model: NetworkModel | None, solution: Solution | None, points: list[telemetry.PointValue]
) -> dict[str, Any] | None:
    element = assets.element(model=model, mrid=str(mrid)) if model else None
    if model is None or element is None:
        return None
    frame = _frame(solution, model.pk)
    network = assets.assembled(model)
    shown = list(_shown(network, str(mrid)))
    return {
        "mrid": str(mrid),
        "class": element.class_name,
        "name": element.name,
        "path": element.path,
        "supply": _supply(network, str(mrid), frame),
        "supplied_by": _supplied_by(network, str(mrid), solution),
        "values": [_value(item, frame) for item in shown] if frame else [],
        "points": [_point(value, shown) for value in points],
    }


def element_trend(mrid: UUID, *, start: datetime, end: datetime, in_past: bool = False) -> dict[str, Any] | None:
    model = assets.model_by_id(model_id_at(end)) if in_past else assets.current_model()
    if model is None or assets.element(model=model, mrid=str(mrid)) is None:
        return None
    shown = list(_shown(assets.assembled(model), str(mrid)))
    history = [frames.decode(raw) for raw in _history(model.pk, start, end)] if shown else []
    t = [frame.as_of_ms / 1000 for frame in history]
    return {
        "series": [
            {
                "quantity": item.quantity,
                "side": "",
                "unit": item.unit,
                "t": t,
                "v": [_number(item.read(frame)) for frame in history],
                "low": item.low,
                "high": item.high,
                "rated": item.rated,
            }
            for item in shown
        ]
    }


def _history(model_id: int, start: datetime, end: datetime) -> list[bytes]:
    """At most so many frames that a screen can show them, evenly chosen."""
    rows = Solution.objects.filter(network_model_id=model_id, as_of__gte=start, as_of__lt=end).order_by("id")
    keys = list(rows.values_list("pk", flat=True))
    step = max(1, -(-len(keys) // MAX_TREND_POINTS))
    chosen = Solution.objects.filter(pk__in=keys[::step]).order_by("id").exclude(frame=b"")
    return [bytes(raw) for raw in chosen.values_list("frame", flat=True)]


def _frame(solution: Solution | None, model_id: int) -> Frame | None:
    if solution is None or solution.network_model_id != model_id or not solution.frame:
        return None
    return frames.decode(bytes(solution.frame))


def _shown(network: AssembledNetwork, mrid: str) -> Iterator[Shown]:
    if (node := network.nodes.position.get(mrid)) is not None:
        yield from _of_node(network, node)
    elif (line := network.lines.position.get(mrid)) is not None:
        yield from _of_line(network, line)
    elif (unit := network.transformers.position.get(mrid)) is not None:
        yield from _of_transformer(network, unit)
    elif (switch := network.switches.position.get(mrid)) is not None:
        yield from _of_node(network, int(network.network.switches.from_node[switch]))
    elif (injection := network.injections.position.get(mrid)) is not None:
        yield from _of_node(network, int(network.network.injection_node[injection]))


def _of_node(network: AssembledNetwork, node: int) -> Iterator[Shown]:
    bus = int(network.node.bus[node])
    kv = float(network.network.nominal_kv[bus])
    low, high = float(network.node.low_pu[bus]), float(network.node.high_pu[bus])

    def status(frame: Frame) -> int:
        return int(frame.node_status[bus])

    yield Shown("voltage", "pu", lambda frame: float(frame.node_voltage_pu[bus]), status, low, high, 1.0)
    yield Shown("voltage", "kV", lambda frame: kv * float(frame.node_voltage_pu[bus]), status, kv * low, kv * high, kv)


def _of_line(network: AssembledNetwork, line: int) -> Iterator[Shown]:
    rated_a = float(network.network.lines.rated_a[line])

    def status(frame: Frame) -> int:
        return int(frame.line_status[line])

    yield Shown("loading", "%", lambda frame: 100 * float(frame.line_loading[line]), status, None, 100.0, 100.0)
    if rated_a > 0:
        yield Shown(
            "current", "A", lambda frame: rated_a * float(frame.line_loading[line]), status, None, rated_a, rated_a
        )
    yield Shown(
        "active_power", "kW", lambda frame: float(frame.line_p_kw[line]), status, rated=_rated_kva(network, line)
    )


def _rated_kva(network: AssembledNetwork, line: int) -> float | None:
    """What it carries at its rated current and nominal voltage."""
    lines = network.network.lines
    rated = math.sqrt(3) * float(network.network.nominal_kv[lines.from_node[line]] * lines.rated_a[line])
    return rated if rated > 0 else None


def _of_transformer(network: AssembledNetwork, unit: int) -> Iterator[Shown]:
    rated_kva = float(network.network.transformers.rated_s_kva[unit])

    def status(frame: Frame) -> int:
        return int(frame.transformer_status[unit])

    yield Shown("loading", "%", lambda frame: 100 * float(frame.transformer_loading[unit]), status, None, 100.0, 100.0)
    yield Shown(
        "active_power",
        "kW",
        lambda frame: float(frame.transformer_p_kw[unit]),
        status,
        -rated_kva,
        rated_kva,
        rated_kva,
    )


def _supply(network: AssembledNetwork, mrid: str, frame: Frame | None) -> str:
    if frame is None:
        return Supply.UNKNOWN.name.lower()
    if (switch := network.switches.position.get(mrid)) is not None:
        return Position(int(frame.switch_state[switch]) & 0b11).name.lower()
    shown = next(_shown(network, mrid), None)
    code = frames.supply_of(shown.status(frame)) if shown else Supply.UNKNOWN
    return Supply(code).name.lower()


def _supplied_by(network: AssembledNetwork, mrid: str, solution: Solution | None) -> str:
    """What feeds it without the grid; empty where nothing does."""
    islands = solution.system.get("islands", []) if solution is not None else []
    ends = {network.nodes.mrid[network.node.bus[node]] for node in _nodes_of(network, mrid)} if islands else set()
    return next((str(one["name"]) for one in islands if ends & set(one["nodes"])), "")


def _nodes_of(network: AssembledNetwork, mrid: str) -> list[int]:
    arrays = network.network
    if (line := network.lines.position.get(mrid)) is not None:
        return [int(arrays.lines.from_node[line]), int(arrays.lines.to_node[line])]
    if (unit := network.transformers.position.get(mrid)) is not None:
        return [int(arrays.transformers.high_node[unit]), int(arrays.transformers.low_node[unit])]
    node = network.node_at(mrid) if mrid not in network.switches.position else None
    return [] if node is None else [node]


def _value(item: Shown, frame: Frame) -> dict[str, Any]:
    return {
        "quantity": item.quantity,
        "side": "",
        "value": _number(item.read(frame)),
        "unit": item.unit,
        "provenance": Provenance(frames.provenance_of(item.status(frame))).name.lower(),
        "at": datetime.fromtimestamp(frame.as_of_ms / 1000, UTC).isoformat(),
        "low": item.low,
        "high": item.high,
        "rated": item.rated,
    }


def _point(found: telemetry.PointValue, shown: Sequence[Shown]) -> dict[str, Any]:
    """A measurement belongs between its own alarm limits; without any, between those of the quantity it measures."""
    point = found.point
    own = {limit.condition: limit.limit for limit in point.limits.all()}
    like = next((item for item in shown if (item.quantity, item.unit) == _likened(point)), None)
    return {
        "id": point.pk,
        "mrid": str(point.mrid),
        "name": point.name,
        "quantity": point.quantity,
        "side": point.side,
        "unit": point.unit,
        "value": found.value,
        "quality": found.quality,
        "at": found.at.isoformat() if found.at else None,
        "is_stale": found.is_stale,
        "low": own.get(Condition.LOW, like.low if like else None),
        "high": own.get(Condition.HIGH, like.high if like else None),
        "rated": like.rated if like else None,
    }


def _likened(point: MeasurementPoint) -> tuple[str, str]:
    """Reactive power counts against the same rating as active power."""
    if point.quantity == Quantity.REACTIVE_POWER:
        return Quantity.ACTIVE_POWER, "kW"
    return point.quantity, point.unit


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
