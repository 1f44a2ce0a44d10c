"""Every gateway with its links and the state of its points, from what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.telemetry import adapters
from apps.telemetry.choices import DISCRETE, LinkState, PointState
from apps.telemetry.models import Gateway, GatewayLink, MeasurementPoint
from apps.telemetry.rules.protocols import PROTOCOLS
from apps.telemetry.selectors.latest import GatewayValues, latest_values, links

PROCESS_SILENT = timedelta(seconds=15)
_STATES = list(PointState)


@dataclass(frozen=True, slots=True)
class PointStates:
    """The points of one gateway: row, state, event time and quality of each, arrays of equal length."""

    point_id: npt.NDArray[np.int64]
    state: npt.NDArray[np.int64]  # position in PointState
    at_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.int64]

    def counts(self) -> dict[str, int]:
        found = np.bincount(self.state, minlength=len(_STATES))
        return {state.value: int(n) for state, n in zip(_STATES, found, strict=True)}


def point_states(values: GatewayValues, *, as_of: datetime) -> PointStates:
    rows = MeasurementPoint.objects.filter(gateway_id=values.gateway_id).order_by("slot")
    columns = list(rows.values_list("pk", "slot", "max_silence_s", "quantity"))
    slot = np.array([row[1] for row in columns], np.int64)
    size = max(int(slot.max(initial=-1)) + 1, len(values.latest.at_us))
    at_us, value, quality = (_padded(one, size)[slot] for one in _arrays(values))
    now_us = int(as_of.timestamp() * 1e6)
    patience_us = np.array([np.inf if row[3] in DISCRETE else row[2] * 1e6 for row in columns])
    invalid, doubtful = quality & adapters.Quality.INVALID != 0, quality & adapters.Quality.QUESTIONABLE != 0
    stale = (now_us - at_us > patience_us) | (values.is_silent(as_of) if _is_awaited(values) else False)
    order = [at_us == 0, stale, invalid, doubtful]
    kinds = [_STATES.index(one) for one in (PointState.NEVER, PointState.STALE, PointState.BAD, PointState.DOUBTFUL)]
    state = np.select(order, kinds, _STATES.index(PointState.GOOD))
    return PointStates(np.array([row[0] for row in columns], np.int64), state, at_us, value, quality)


def _arrays(values: GatewayValues) -> tuple[npt.NDArray[Any], ...]:
    latest = values.latest
    return latest.at_us, latest.value, latest.quality


def _padded(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    padded = np.zeros(size, array.dtype)
    padded[: len(array)] = array
    return padded


def _is_awaited(values: GatewayValues) -> bool:
    rules = PROTOCOLS.get(values.protocol)
    return rules is None or rules.is_awaited


def link_page(*, as_of: datetime) -> list[dict[str, Any]]:
    """Every gateway, disabled ones too, by name."""
    values = {one.gateway_id: one for one in latest_values()}
    told = {row["name"]: row for row in links(list(values.values()), as_of=as_of)}
    figures: dict[int, list[GatewayLink]] = {}
    for row in GatewayLink.objects.order_by("name"):
        figures.setdefault(row.gateway_id, []).append(row)
    return [
        _gateway(gateway, values.get(gateway.pk), told.get(gateway.name, {}), figures.get(gateway.pk, []), as_of)
        for gateway in Gateway.objects.order_by("name")
    ]


def _gateway(
    gateway: Gateway,
    values: GatewayValues | None,
    told: dict[str, Any],
    figures: Sequence[GatewayLink],
    as_of: datetime,
) -> dict[str, Any]:
    whole = next((row for row in figures if not row.name), None)
    has_process = gateway.is_enabled and _has_process(gateway)
    runs = whole is not None and as_of - whole.written_at <= PROCESS_SILENT
    state, reason = told.get("state", LinkState.UNKNOWN), gateway.link_reason
    if has_process and not runs:
        state, reason = LinkState.DOWN, "its process is not running"
    return {
        "id": gateway.pk,
        "name": gateway.name,
        "protocol": gateway.get_protocol_display(),
        "address": f"{gateway.host}:{gateway.port}" if gateway.host else "",
        "is_enabled": gateway.is_enabled,
        "state": state,
        "reason": reason,
        "since": gateway.link_since,
        "last_heard_at": values.last_heard_at if values else None,
        "points": point_states(values, as_of=as_of).counts() if values else None,
        "point_count": gateway.points.count(),
        **_figures(whole if runs else None),
        "links": [_link(row) for row in figures if row.name] if runs else [],
    }


def _has_process(gateway: Gateway) -> bool:
    rules = PROTOCOLS.get(gateway.protocol)
    return rules is not None and rules.is_awaited


_FIGURES = ("values_per_s", "round_trip_ms", "switchovers", "refused", "last_refusal", "frames_in", "frames_out")


def _figures(row: GatewayLink | None) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in (*_FIGURES, "values_in", "waiting")}


def _link(row: GatewayLink) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("name", "state", "is_active", "reason", "since", "last_heard_at")}
    return {**own, **{name: getattr(row, name) for name in (*_FIGURES, "values_in")}}


def troubled_points(
    *, as_of: datetime, gateway: str = "", state: str = "", text: str = "", offset: int = 0, limit: int = 50
) -> tuple[int, list[dict[str, Any]]]:
    """Points that are not good, the oldest values first: how many there are, and one page of them."""
    good = _STATES.index(PointState.GOOD)
    wanted = [_STATES.index(PointState(state))] if state else [n for n in range(len(_STATES)) if n != good]
    found: list[tuple[int, int, GatewayValues, PointStates, int]] = []
    for values in latest_values():
        if not gateway or values.name == gateway:
            states = point_states(values, as_of=as_of)
            rows = np.flatnonzero(np.isin(states.state, wanted)).tolist()
            found += [(int(states.at_us[row]), int(states.point_id[row]), values, states, row) for row in rows]
    if text:
        named = set(MeasurementPoint.objects.filter(name__icontains=text).values_list("pk", flat=True))
        found = [one for one in found if one[1] in named]
    found.sort(key=lambda one: one[:2])
    page = found[offset : offset + limit]
    points = MeasurementPoint.objects.in_bulk([one[1] for one in page])
    return len(found), [_point(points[pk], values, states, row) for _, pk, values, states, row in page if pk in points]


def _point(point: MeasurementPoint, values: GatewayValues, states: PointStates, row: int) -> dict[str, Any]:
    at_us, value = int(states.at_us[row]), float(states.value[row])
    return {
        "id": point.pk,
        "name": point.name,
        "gateway": values.name,
        "address": point.address,
        "equipment_mrid": str(point.equipment_mrid),
        "unit": point.unit,
        "state": _STATES[int(states.state[row])].value,
        "value": value if at_us and np.isfinite(value) else None,
        "at": datetime.fromtimestamp(at_us / 1e6, UTC) if at_us else None,
        "quality": int(states.quality[row]),
        "max_silence_s": point.max_silence_s,
    }
