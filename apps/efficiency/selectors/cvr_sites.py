"""Feeders on which a voltage experiment can be made, and why the others cannot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.assets.models import Feeder
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.selectors.movable import Movable, movable
from apps.dispatch.services.scenes import Live
from apps.efficiency.adapters.cvr_site import PERCENT, Zones, unit_documents, zone_at, zones_of
from apps.efficiency.choices.cvr import MOST_BELLWETHERS
from apps.efficiency.selectors.cvr_readings import measured_feeders
from apps.telemetry.choices import ControlKind, Quantity
from apps.telemetry.models import ControlPoint, MeasurementPoint

IntArray = npt.NDArray[np.int32]
_UNITS = ("kV", "V", "pu")


@dataclass(frozen=True, slots=True)
class Site:
    """`objection` says why no experiment can be made there, or is empty."""

    feeder: UUID
    name: str
    nodes: IntArray
    units: list[dict[str, Any]]
    bellwethers: list[dict[str, Any]]
    reference: list[str]
    together: list[str]  # names of feeders whose voltage is set by the same transformers
    limit_pu: float
    objection: str

    @property
    def step_pu(self) -> float:
        return max((one["step_percent"] for one in self.units), default=0.0) / PERCENT


def sites(live: Live) -> list[Site]:
    """One a feeder of the live network, by name."""
    names = {str(mrid): name for mrid, name in _feeders(live)}
    zones = zones_of(live.scene.place.network, live.scene.before.studied.point.topology)
    nodes = {mrid: found for mrid in names if len(found := _nodes(live, mrid))}
    zone = {mrid: zone_at(zones, found) for mrid, found in nodes.items()}
    known: dict[str, Any] = {
        "names": names,
        "nodes": nodes,
        "zones": zones,
        "zone": zone,
        "points": _voltage_points(live, nodes),
        "measured": measured_feeders(),
        "settings": _setpoint_ranges(),
    }
    return [_site(live, mrid, **known) for mrid in names if mrid in nodes]


def site_of(live: Live, feeder: UUID) -> Site | None:
    return next((one for one in sites(live) if one.feeder == feeder), None)


def _feeders(live: Live) -> Sequence[tuple[UUID, str]]:
    return list(Feeder.objects.filter(model=live.model).order_by("name", "mrid").values_list("mrid", "name"))


def _nodes(live: Live, mrid: str) -> IntArray:
    own = [at for at, group in enumerate(live.groups) if group.source == mrid]
    return np.flatnonzero(np.isin(live.group_of_node, own)).astype(np.int32)


def _voltage_points(live: Live, nodes: dict[str, IntArray]) -> dict[int, dict[str, Any]]:
    """By node of those feeders: its meter of voltage."""
    network = live.scene.place.network
    wanted = np.unique(np.concatenate(list(nodes.values()))).tolist() if nodes else []
    mrids = {network.nodes.mrid[at]: at for at in wanted}
    rows = MeasurementPoint.objects.filter(quantity=Quantity.VOLTAGE, unit__in=_UNITS, gateway__is_enabled=True)
    found: dict[int, dict[str, Any]] = {}
    for key, mrid, unit in rows.order_by("pk").values_list("pk", "equipment_mrid", "unit"):
        if (at := mrids.get(str(mrid))) is not None:
            kv = float(network.network.nominal_kv[at])
            told = {"point": key, "mrid": str(mrid), "name": network.nodes.name[at], "nominal_kv": kv, "unit": unit}
            found.setdefault(at, told)
    return found


def _site(
    live: Live,
    mrid: str,
    *,
    names: dict[str, str],
    nodes: dict[str, IntArray],
    zones: Zones,
    zone: dict[str, int],
    points: dict[int, dict[str, Any]],
    measured: set[str],
    settings: dict[str, tuple[float, float]],
) -> Site:
    network, own = live.scene.place.network, nodes[mrid]
    units = _by_setpoint(unit_documents(network, zones.units.get(zone[mrid], [])), settings)
    voltage = live.scene.before.voltage_pu
    told = [at for at in own.tolist() if at in points]
    lowest = sorted(told, key=lambda at: float(np.nan_to_num(voltage[at], nan=9.0)))[:MOST_BELLWETHERS]
    here = [one for one in names if zone.get(one) == zone[mrid] and one != mrid]
    others = sorted(one for one in zone if one in measured and zone[one] != zone[mrid])
    limits = network.node.low_pu[own]
    known = limits[np.isfinite(limits) & (limits > 0)]
    return Site(
        feeder=UUID(mrid),
        name=names[mrid],
        nodes=own,
        units=units,
        bellwethers=[points[at] for at in lowest],
        reference=others,
        together=[names[one] for one in here],
        limit_pu=float(known.max()) if len(known) else 0.9,
        objection=_objection(units, lowest, mrid in measured),
    )


def _setpoint_ranges() -> dict[str, tuple[float, float]]:
    """By transformer whose control takes a set-point from afar: lowest and highest, pu."""
    rows = ControlPoint.objects.filter(
        kind=ControlKind.SETPOINT, point__quantity=Quantity.VOLTAGE_SETPOINT, point__gateway__is_enabled=True
    ).values_list("point__equipment_mrid", "low", "high")
    return {str(mrid): (low, high) for mrid, low, high in rows if low is not None and high is not None}


def _by_setpoint(units: list[dict[str, Any]], settings: dict[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """By set-points where all in parallel take them: a tap alone would be taken back by its own control."""
    if not all(one["mrid"] in settings for one in units):
        return units
    return [
        one | {"by_setpoint": True} | _steps(*settings[one["mrid"]], one["step_percent"] / PERCENT) for one in units
    ]


def _steps(low_pu: float, high_pu: float, step_pu: float) -> dict[str, int]:
    return {"tap_min": math.ceil(low_pu / step_pu - 1e-9), "tap_max": math.floor(high_pu / step_pu + 1e-9)}


def _takes_orders(unit: dict[str, Any], may: Movable) -> bool:
    if unit.get("by_setpoint"):
        return unit["mrid"] not in may.held
    return may.may(unit["mrid"], StepQuantity.TAP_POSITION)


def _objection(units: Sequence[dict[str, Any]], told: Sequence[int], is_measured: bool) -> str:
    may = movable([one["mrid"] for one in units])
    fixed = [one["name"] for one in units if not _takes_orders(one, may)]
    reasons = (
        (not units, "No transformer with taps that move on load feeds it."),
        (bool(fixed), f"The taps of {', '.join(fixed)} take no orders, or a hold hangs there."),
        (may.commanded is None, "Nothing in the field takes orders."),
        (not told, "No meter tells a voltage on it, so nobody would know the lowest one."),
        (not is_measured, "Its power is not measured where it leaves the station."),
    )
    return next((text for holds, text in reasons if holds), "")
