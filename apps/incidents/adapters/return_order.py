"""In which order switches go back to where they belong, so that nobody loses supply and no limit is broken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.dispatch.adapters.checking import on_the_way
from apps.dispatch.adapters.scene import Scene, flow_with
from apps.dispatch.adapters.steps import BadStep, Step, Wanted, read_steps
from apps.dispatch.choices.proposal import StepQuantity
from gridops.engine.network.topology import resolve


@dataclass(frozen=True, slots=True)
class Order:
    steps: tuple[Wanted, ...]
    left: tuple[str, ...]  # names of switches that no order brings back
    reason: str


def off_normal(scene: Scene, among: Sequence[str]) -> list[str]:
    """Those of these switches that do not stand where they belong."""
    network = scene.place.network
    at = [network.switches.position[mrid] for mrid in among if mrid in network.switches.position]
    return [network.switches.mrid[n] for n in at if scene.base.switch_closed[n] != network.normal_closed[n]]


def return_order(scene: Scene, switches: Sequence[str], *, faulted: dict[str, str]) -> Order:
    """One after the other: first what gives somebody supply, then what closes a ring, then what opens one."""
    chosen: list[Wanted] = []
    left, reason = list(switches), ""
    while left:
        tried = [(mrid, *_tried(scene, [*chosen, _back(scene, mrid)], faulted)) for mrid in left]
        good = [(gain, mrid) for mrid, why, gain in tried if not why]
        if not good:
            reason = tried[0][1]
            break
        mrid = max(good, key=lambda one: one[0])[1]
        chosen.append(_back(scene, mrid))
        left.remove(mrid)
    names = scene.place.network.switches
    return Order(tuple(chosen), tuple(names.name[names.position[mrid]] for mrid in left), reason)


def _back(scene: Scene, mrid: str) -> Wanted:
    network = scene.place.network
    normal = bool(network.normal_closed[network.switches.position[mrid]])
    return Wanted(mrid, StepQuantity.SWITCH_STATE, 1.0 if normal else 0.0)


def _tried(scene: Scene, wanted: Sequence[Wanted], faulted: dict[str, str]) -> tuple[str, float]:
    """Why the last of these must not be done after the others, and how much it is worth to do it now."""
    try:
        steps = read_steps(wanted, scene.base, scene.place)
    except BadStep as fault:
        return str(fault), 0.0
    why = on_the_way(scene, steps, faulted=faulted)
    if why:
        return why, 0.0
    before, after = (_live(scene, some) for some in (steps[:-1], steps))
    gained = float(scene.limits.customers[after & ~before].sum())
    closes = 0.5 if steps[-1].to else 0.0
    return "", gained + closes


def _live(scene: Scene, steps: Sequence[Step]) -> np.ndarray:
    point = (flow_with(scene, steps) if steps else scene.before).studied.point
    return resolve(scene.place.network.network, point.topology.switch_closed).node_energised[
        : scene.place.network.n_display_nodes
    ]
