"""The live state, ready for remedies to be tried on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.models import NetworkModel
from apps.dispatch.adapters.scene import Scene, scene_of
from apps.dispatch.adapters.troubles import Found, Group, found_troubles
from apps.dispatch.adapters.unsupplied import with_unsupplied
from apps.dispatch.checks import unsupplied_loads
from apps.dispatch.selectors.objectives import objectives_now
from apps.dispatch.services.refusal import Refused
from apps.state.adapters import ENGINE_VERSION
from apps.state.models import Solution
from apps.state.selectors.places import places
from apps.studies.rules import Conflict
from apps.studies.selectors.places import place_of
from apps.studies.services.starting import live_start


class NoState(Refused):
    """Nothing can be tried on a state that is not known."""


@dataclass(frozen=True, slots=True)
class Live:
    as_of: datetime
    scene: Scene
    model: NetworkModel
    solution: Solution | None
    groups: Sequence[Group]
    group_of_node: npt.NDArray[np.intp]
    versions: dict[str, Any]

    def troubles(self) -> list[Found]:
        return found_troubles(self.scene, self.groups, self.group_of_node)


def live_scene(*, as_of: datetime) -> Live:
    """What customers without supply would take is in it. Raises NoState, with the reason, where it is not known."""
    try:
        start = live_start(as_of=as_of)
    except Conflict as unknown:
        raise NoState(str(unknown)) from unknown
    base = with_unsupplied(start.base, place_of(start.model).network, unsupplied_loads(as_of=as_of))
    return scene_from(base, start.model, solution=start.solution, as_of=as_of)


def scene_from(base: Any, model: NetworkModel, *, solution: Solution | None, as_of: datetime) -> Live:
    scene = scene_of(base, place_of(model))
    if not scene.before.state.converged:
        raise NoState(f"The state of now has no power flow: {scene.before.state.reason}")
    found = places(model.pk)
    return Live(
        as_of=as_of,
        scene=scene,
        model=model,
        solution=solution,
        groups=[Group(group.source, group.name, group.path) for group in found.groups],
        group_of_node=found.group_of_node,
        versions={
            "network_version": model.pk,
            "network_revision": model.revision,
            "solution": solution.pk if solution else None,
            "state": base.digest()[:16],
            "engine": ENGINE_VERSION,
            "objectives": objectives_now().version,
        },
    )
