"""Limits that are broken in a state, gathered by what one remedy answers: by feeder, and a transformer by itself.

Lines in a row are overloaded by the same current: forty alarms, one trouble.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.dispatch.adapters.scene import NETWORK, PERCENT, Scene
from apps.dispatch.adapters.scene import picture as picture_of
from apps.dispatch.choices.proposal import Breach
from gridops.engine.optimization.verification import Picture


@dataclass(frozen=True, slots=True)
class Group:
    """A feeder or station, as apps/state names it."""

    source: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    breach: Breach
    source: str
    place: str
    elements: tuple[str, ...]  # mRIDs, the worst first
    element_name: str
    value: float
    limit: float | None
    unit: str
    customers: int

    @property
    def excess(self) -> float:
        """Beyond the limit, as a share of it; of losses there is no limit."""
        return abs(self.value - self.limit) / self.limit if self.limit else 0.0


def found_troubles(scene: Scene, groups: Sequence[Group], group_of_node: npt.NDArray[np.intp]) -> list[Found]:
    """The gravest first. Losses are told last, of the whole network."""
    picture = picture_of(scene.before)
    broken = [*_voltages(scene, picture, groups, group_of_node), *_overloads(scene, picture, groups, group_of_node)]
    return [*sorted(broken, key=lambda one: -one.excess), _losses(picture)]


def _voltages(
    scene: Scene, picture: Picture, groups: Sequence[Group], group_of_node: npt.NDArray[np.intp]
) -> Iterator[Found]:
    limits = scene.limits
    for breach, beyond, limit in (
        (Breach.VOLTAGE_LOW, limits.low_pu - picture.voltage_pu, limits.low_pu),
        (Breach.VOLTAGE_HIGH, picture.voltage_pu - limits.high_pu, limits.high_pu),
    ):
        broken = np.flatnonzero(np.nan_to_num(beyond, nan=-1.0) > 0)
        for group in np.unique(group_of_node[broken]).tolist():
            nodes = broken[group_of_node[broken] == group]
            nodes = nodes[np.argsort(-beyond[nodes], kind="stable")]
            at = groups[group]
            yield _voltage(scene, breach, at, nodes, (picture.voltage_pu[nodes[0]], limit[nodes[0]]))


def _voltage(
    scene: Scene, breach: Breach, group: Group, nodes: npt.NDArray[np.intp], worst: tuple[float, float]
) -> Found:
    named = scene.place.network.nodes
    return Found(
        breach=breach,
        source=group.source,
        place=group.path or group.name,
        elements=tuple(named.mrid[n] for n in nodes.tolist()),
        element_name=named.name[int(nodes[0])],
        value=float(worst[0]),
        limit=float(worst[1]),
        unit="pu",
        customers=int(scene.limits.customers[nodes].sum()),
    )


def _overloads(
    scene: Scene, picture: Picture, groups: Sequence[Group], group_of_node: npt.NDArray[np.intp]
) -> Iterator[Found]:
    network = scene.place.network
    loading, count = np.nan_to_num(picture.loading), len(network.lines)
    over = np.flatnonzero(loading > 1)
    over = over[np.argsort(-loading[over], kind="stable")]
    lines, units = over[over < count], over[over >= count]
    # A line belongs to the feeder of its far end: the near one may be a station.
    of_line = group_of_node[network.node.bus[network.network.lines.to_node[lines]]]
    for group in dict.fromkeys(of_line.tolist()):
        yield _overload(
            scene, groups[group].source, groups[group].path or groups[group].name, lines[of_line == group], loading
        )
    names = network.transformers.name
    for unit in units.tolist():
        yield _overload(scene, scene.branch_mrids[unit], names[unit - count], np.array([unit]), loading)


def _overload(
    scene: Scene, source: str, place: str, branches: npt.NDArray[np.intp], loading: npt.NDArray[np.float64]
) -> Found:
    network, worst = scene.place.network, int(branches[0])
    return Found(
        breach=Breach.OVERLOAD,
        source=source,
        place=place,
        elements=tuple(scene.branch_mrids[n] for n in branches.tolist()),
        element_name=(network.lines.name + network.transformers.name)[worst],
        value=PERCENT * float(loading[worst]),
        limit=PERCENT,
        unit="%",
        customers=0,
    )


def _losses(picture: Picture) -> Found:
    return Found(Breach.LOSSES, NETWORK, "the whole network", (), "", picture.losses_kw, None, "kW", 0)
