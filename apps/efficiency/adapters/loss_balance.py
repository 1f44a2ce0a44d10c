"""What meters of nodes and of transformers say over some hours, as balances of the parts between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.efficiency.choices.loss import LEAST_METERED
from gridops.engine.efficiency.losses import energy_balance
from gridops.engine.efficiency.losses_parts import Parts, balance_parts, fed_into, technical_of
from gridops.engine.efficiency.suspects import suspects
from gridops.engine.efficiency.suspects_kinds import Panel, Suspect
from gridops.engine.efficiency.suspects_readings import Calendar, filled
from gridops.engine.network.topology import resolve

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
MOST_PARTS = 200
MeterKey = tuple[str, str]  # mRID of the equipment and side
NOT_ALL_METERED = (
    "Meters stand for {share:.0%} of its usual load: what is not metered is part of what cannot be explained."
)
NO_FEED = "No part of the network has both a meter at its way in and meters inside: there is no balance."


@dataclass(frozen=True, slots=True)
class MeterScene:
    """Which meters stand where, in the switch positions of a time."""

    network: AssembledNetwork
    parts: Parts
    transformers: npt.NDArray[np.int64]  # positions of those with a meter at their low side
    nodes: npt.NDArray[np.int64]  # positions of nodes with a meter
    part_of_node: npt.NDArray[np.int64]  # of each metered node
    share: FloatArray  # by part: of its nominal power that is metered

    @property
    def keys(self) -> list[MeterKey]:
        """Transformers, then nodes."""
        names = self.network
        low = [(names.transformers.mrid[n], "low") for n in self.transformers.tolist()]
        return low + [(names.nodes.mrid[n], "") for n in self.nodes.tolist()]

    def balanced(self) -> list[int]:
        """Parts with a metered way in and at least one meter inside."""
        return [int(p) for p in np.flatnonzero(self.parts.is_metered) if (self.part_of_node == p).any()]

    def name_of(self, part: int) -> str:
        into = self.transformers[self.parts.fed_by[part][: len(self.transformers)] > 0]
        return ", ".join(self.network.transformers.name[n] for n in into.tolist())


def meter_scene(network: AssembledNetwork, points: Mapping[MeterKey, int], closed: BoolArray) -> MeterScene:
    topology = resolve(network.network, closed)
    metered = np.array([(mrid, "low") in points for mrid in network.transformers.mrid], np.bool_)
    parts = balance_parts(
        network.network,
        topology,
        transformer_metered=metered,
        source_metered=np.zeros(len(network.sources), np.bool_),
    )
    at = network.network.injection_node
    inhabited = np.unique(at)
    nodes = np.array([n for n in inhabited.tolist() if (network.nodes.mrid[n], "") in points], np.int64)
    size = np.maximum(np.abs(network.injection.p_kw), network.injection.rated_s_kva)
    whole = np.bincount(parts.of_node[at], size, parts.count)
    told = np.bincount(parts.of_node[at], np.where(np.isin(at, nodes), size, 0.0), parts.count)
    share = np.divide(told, whole, out=np.zeros(parts.count), where=whole > 0)
    return MeterScene(network, parts, np.flatnonzero(metered), nodes, parts.of_node[nodes].astype(np.int64), share)


def day_balances(
    scene: MeterScene, read_kw: FloatArray, *, line_kwh: FloatArray, transformer_kwh: FloatArray
) -> tuple[list[dict[str, Any]], list[str]]:
    """read_kw: 24 x meters (in the order of `keys`), as metered: positive from the node into the equipment."""
    fed = _fed(scene, read_kw)
    technical = technical_of(scene.parts, line_kwh=line_kwh, transformer_kwh=transformer_kwh)
    rows = [_part_row(scene, part, read_kw, fed[:, part], technical[:, part]) for part in scene.balanced()]
    told = sorted((row for row in rows if row["hours"]), key=lambda row: -abs(row["fed_kwh"]))[:MOST_PARTS]
    return told, [] if told else [NO_FEED]


def _fed(scene: MeterScene, read_kw: FloatArray) -> FloatArray:
    """What leaves a transformer at its low side is metered as negative there."""
    count = len(scene.transformers)
    none = np.full((len(read_kw), len(scene.network.sources)), np.nan)
    return fed_into(scene.parts, transformer_kwh=-read_kw[:, :count], source_kwh=none)


def _inside(scene: MeterScene, part: int, read_kw: FloatArray) -> FloatArray:
    return read_kw[:, len(scene.transformers) :][:, scene.part_of_node == part]


def _part_row(
    scene: MeterScene, part: int, read_kw: FloatArray, fed: FloatArray, technical: FloatArray
) -> dict[str, Any]:
    read = _inside(scene, part, read_kw)
    hours = np.arange(len(read), dtype=np.int32)
    kwh = filled(read, Calendar(hours % 24, np.ones_like(hours), hours // 24))
    heard = np.isfinite(kwh).all(axis=0)
    whole = energy_balance(
        fed_kwh=fed,
        metered_kwh=np.nan_to_num(kwh[:, heard]),
        technical_kwh=technical,
        filled_kwh=np.where(np.isfinite(read[:, heard]), 0.0, np.nan_to_num(np.abs(kwh[:, heard]))),
    )
    share = float(scene.share[part])
    return {
        "part": scene.name_of(part),
        "meters": int(heard.sum()),
        "silent_meters": int((~heard).sum()),
        "metered_share": share,
        "hours": whole.hours,
        "fed_kwh": whole.fed_kwh,
        "metered_kwh": whole.metered_kwh,
        "technical_kwh": whole.technical_kwh,
        "unexplained_kwh": whole.unexplained_kwh,
        "low_kwh": whole.low_kwh,
        "high_kwh": whole.high_kwh,
        "note": "" if share >= 1.0 - 1e-9 and heard.all() else NOT_ALL_METERED.format(share=share),
        "technical_hourly": [None if not np.isfinite(one) else round(float(one), 4) for one in technical],
    }


@dataclass(frozen=True, slots=True)
class NodeSuspect:
    node: int
    place: str
    suspect: Suspect


def day_calendar(first: date, days: int) -> Calendar:
    """Hours of whole UTC days from `first` on."""
    hours = np.arange(24 * days, dtype=np.int32)
    months = np.array([(first + timedelta(days=n)).month for n in range(days)], np.int32)
    return Calendar(hours % 24, np.repeat(months, 24), hours // 24)


def live_suspects(
    scene: MeterScene, read_kw: FloatArray, technical: Mapping[str, FloatArray], calendar: Calendar
) -> list[NodeSuspect]:
    """read_kw: hours x meters; technical: by name of the part, hours. Parts metered too little are left out."""
    fed, found = _fed(scene, read_kw), []
    for part in scene.balanced():
        name = scene.name_of(part)
        if scene.share[part] < LEAST_METERED or name not in technical:
            continue
        at = np.flatnonzero(scene.part_of_node == part)
        panel = Panel(_inside(scene, part, read_kw), fed[:, part], technical[name], calendar)
        found += [NodeSuspect(int(scene.nodes[at[one.meter]]), name, one) for one in suspects(panel).suspects]
    return found
