"""The state of an hour to come: what is expected then, and how far from it the future must be for a limit to break.

Signs: injections, positive into the network.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from apps.dispatch.adapters.checking import Trouble
from apps.dispatch.adapters.expected import STEP, ahead_of
from apps.dispatch.adapters.scene import Scene, picture, scene_of, watched
from apps.dispatch.choices.proposal import Breach
from apps.state.adapters.look_ahead import Expected
from apps.studies.adapters.base import Base
from apps.studies.adapters.flow import flow_of
from apps.studies.adapters.studied import studied
from gridops.engine.optimization.verification import excess

DEVIATIONS = (0.0, 0.67, 1.28, 1.64, 2.05)  # standard deviations: half, a quarter, a tenth, a twentieth, a fiftieth
_PICKED_BY = 1.28
MOST_STEPS = 6  # of a period, that are looked at to find its worst


@dataclass(frozen=True, slots=True)
class Hours:
    """Who expects what of the steps that begin at `first`, beside the state of now."""

    now: Scene
    as_of: datetime
    expected: Expected
    first: datetime

    @property
    def steps(self) -> int:
        return int(self.expected.expectation.mean_kw.shape[1])


@dataclass(frozen=True, slots=True)
class Broken:
    scene: Scene
    at: datetime
    deviations: float  # from what is expected, in standard deviations of the totals
    words: str


def broken_state(hours: Hours, trouble: Trouble, *, begins_at: datetime, ends_at: datetime) -> Broken | None:
    """The mildest of the stated deviations that breaks the trouble's limit, at the period's worst step.

    None where not even the strongest does: then what breaks it are single elements' own deviations.
    """
    steps = _steps(hours, begins_at, ends_at)
    ways = _ways(trouble.breach)
    if not steps:
        return None
    tried = [(beyond, step, way) for step in steps for way in ways if (beyond := _beyond(hours, trouble, step, way))]
    if not tried:
        return None
    _, step, way = max(tried)
    for deviation in DEVIATIONS:
        scene = _state(hours, step, way * deviation)
        if scene is not None and _excess(scene, trouble) > 0:
            return Broken(scene, hours.first + step * STEP, deviation, _words(hours, deviation, way))
    return None


def expected_state(hours: Hours, at: datetime) -> Scene | None:
    """None outside the steps, and where there is no solution."""
    step = (at - hours.first) // STEP
    return _state(hours, step, 0.0) if 0 <= step < hours.steps else None


def _steps(hours: Hours, begins_at: datetime, ends_at: datetime) -> list[int]:
    first = max((begins_at - hours.first) // STEP, 0)
    behind = min(-((hours.first - ends_at) // STEP), hours.steps)
    return sorted({int(n) for n in np.linspace(first, behind - 1, MOST_STEPS).round()}) if first < behind else []


def _ways(breach: Breach) -> tuple[float, ...]:
    """-1: more is drawn and less fed in than expected; 1: the other way round."""
    return {Breach.VOLTAGE_LOW: (-1.0,), Breach.VOLTAGE_HIGH: (1.0,)}.get(breach, (-1.0, 1.0))


def _beyond(hours: Hours, trouble: Trouble, step: int, way: float) -> float | None:
    scene = _state(hours, step, way * _PICKED_BY)
    found = _excess(scene, trouble) if scene is not None else float("nan")
    return found if np.isfinite(found) else None


def _excess(scene: Scene, trouble: Trouble) -> float:
    target = watched(scene, trouble.breach, trouble.elements)
    return excess(picture(scene.before), scene.limits, target)


def _state(hours: Hours, step: int, deviations: float) -> Scene | None:
    told, place = hours.expected.expectation, hours.now.place
    moved = told.mean_kw[:, [step]] + deviations * told.sd_kw[:, [step]]
    only = replace(hours.expected, expectation=replace(told, mean_kw=moved, sd_kw=told.sd_kw[:, [step]]))
    ahead = ahead_of(hours.now.base, place.network, only, as_of=hours.as_of, first=hours.first)
    base = replace(hours.now.base, injection_p_kw=ahead.p_kw[1], injection_q_kvar=ahead.q_kvar[1])
    flow = flow_of(studied(base, [], place), regulate=True)
    if not flow.state.converged:
        return None
    settled: Base = replace(base, tap_position=flow.tap_position)
    return scene_of(settled, place)


def _words(hours: Hours, deviation: float, way: float) -> str:
    said = hours.expected.said_by
    if deviation == 0:
        return f"The state that is expected by {said}; taps where their regulators hold them."
    what = "more load and less generation" if way < 0 else "less load and more generation"
    return f"By {said}, with {deviation:g} standard deviations {what}; taps where their regulators hold them."
