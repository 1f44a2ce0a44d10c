"""The best open points and set-points of a state on a stored network: a study's, or the newest of the live one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from apps.dispatch.adapters.expected import only_now
from apps.dispatch.adapters.scene import Scene, flow_with, scene_of
from apps.dispatch.adapters.steps import Step, Wanted, changes_of, read_steps
from apps.dispatch.choices.proposal import MOST_STEPS, StepQuantity
from apps.optimization.adapters.live_plans import SEED, operating_of, switchings
from apps.optimization.adapters.live_voltage import Regulated, Terms, regulated
from apps.optimization.adapters.optimum import (
    OBJECTIVES,
    Figures,
    Optimum,
    Stage,
    Tell,
    aims_of,
    borne_out,
    gap_of,
    needless,
)
from apps.optimization.adapters.voltage_devices import devices_of
from apps.optimization.choices import Aim, VoltageObjective
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import Place
from apps.studies.adapters.flow import Flow
from apps.studies.adapters.studied import studied
from apps.studies.choices import ChangeKind
from gridops.engine.optimization.reconfiguration.plan import CannotReconfigure, Outcome, plan
from gridops.engine.optimization.voltage.shortage import explained

MOST_PLANTS = 32  # whose reactive power is set, the largest
MOST_TAPS = 32  # positions: nothing wears in a study


@dataclass(frozen=True, slots=True)
class Asked:
    aim: Aim
    most_switchings: int
    operable: frozenset[str]  # mRIDs of switches
    may: Callable[[str, StepQuantity], bool]  # move the device so
    as_of: datetime


def study_scene(base: Base, changes: Iterable[tuple[ChangeKind, dict[str, Any]]], place: Place) -> Scene:
    """The study as it stands with its changes, as a state of its own."""
    done = studied(base, changes, place)
    node, count, point = done.network.network.injection_node, done.network.network.n_nodes, done.point
    folded = Base(
        injection_p_kw=done.injection_p_kw,
        injection_q_kvar=done.injection_q_kvar,
        rest_p_kw=point.node_p_kw - np.bincount(node, done.injection_p_kw, count),
        rest_q_kvar=point.node_q_kvar - np.bincount(node, done.injection_q_kvar, count),
        switch_closed=point.topology.switch_closed,
        tap_position=point.tap_position,
        source_voltage_pu=point.source_voltage_pu,
        source_angle_deg=point.source_angle_deg,
    )
    return scene_of(folded, replace(place, network=done.network))


def optimised(scene: Scene, asked: Asked, tell: Tell) -> Optimum:
    """Raises NoOptimum where the state that it begins from has no solution."""
    before = _seen(scene.before)
    tell("Open points", 0.05)
    switched = _switched(scene, asked, before)
    tell("Set-points", 0.5)
    set_to = _set_points(_after(scene, switched), asked, switched.after)
    return Optimum(asked.aim, before, switched, set_to)


def _switched(scene: Scene, asked: Asked, before: Figures) -> Stage:
    if why := needless(asked.aim, before):
        return Stage((), before, None, why)
    operating, aims = operating_of(scene, asked.operable), aims_of(asked.aim, asked.most_switchings)
    try:
        found = plan(operating, aims, np.random.default_rng(SEED))
    except CannotReconfigure as reason:
        return Stage((), before, None, str(reason))
    steps = _steps(scene, switchings(scene, found))
    return _confirmed(scene, asked.aim, before, steps, gap=gap_of(found), but=_left(found))


def _left(found: Outcome) -> str:
    if found.order.complete:
        return "" if found.order.steps else "No other open points would be better."
    return (
        f"A state of {found.target_loss_kw:.3f} kW was found, but no order of switching leads to it without "
        "breaking limits further; the plan stops at the best state on the way."
    )


def _after(scene: Scene, stage: Stage) -> Scene:
    position, closed = scene.place.network.switches.position, scene.base.switch_closed.copy()
    for move in stage.moves:
        closed[position[move["device_mrid"]]] = bool(move["to"])
    return scene_of(replace(scene.base, switch_closed=closed), scene.place) if stage.moves else scene


def _set_points(scene: Scene, asked: Asked, before: Figures) -> Stage:
    try:
        done = _regulated(scene, asked)
    except ValueError as fault:
        return Stage((), before, None, str(fault))
    short = explained(done.flows, done.plan, _names(scene))
    but = " ".join(filter(None, [done.plan.reason, *short]))
    steps = _steps(scene, done.moves) if done.plan.confirmed else []
    gap = round(done.plan.gap, 6) if np.isfinite(done.plan.gap) else None
    return _confirmed(scene, asked.aim, before, steps, gap=gap, but=but)


def _regulated(scene: Scene, asked: Asked) -> Regulated:
    network, base = scene.place.network, scene.base
    devices = devices_of(
        network,
        scene.before.studied.point.topology,
        np.arange(network.n_display_nodes, dtype=np.int32),
        operable=asked.operable,
        may=asked.may,
        most_plants=MOST_PLANTS,
    )
    objective = VoltageObjective(OBJECTIVES[asked.aim].value)
    terms = Terms(objective=objective, flat_pu=1.0, left_today={}, most_taps=MOST_TAPS)
    return regulated(scene, devices, only_now(base, asked.as_of, "This state alone."), terms)


def _confirmed(scene: Scene, aim: Aim, before: Figures, steps: Sequence[Step], *, gap: float | None, but: str) -> Stage:
    """A power flow of the whole network after each step."""
    seen = [_seen(flow_with(scene, steps[: n + 1])) for n in range(len(steps))]
    changes = changes_of(steps, scene.base, scene.place)
    moves = [
        step.document() | {"change": {"kind": kind.value, **payload}}
        for step, (kind, payload) in zip(steps, changes, strict=True)
    ]
    return borne_out(aim, before, moves, seen, gap=gap, but=but)


def _steps(scene: Scene, wanted: Sequence[Wanted]) -> list[Step]:
    """By as many at once as a proposal may have; none moves a device of another part again."""
    parts = [wanted[at : at + MOST_STEPS] for at in range(0, len(wanted), MOST_STEPS)]
    return [step for part in parts for step in read_steps(part, scene.base, scene.place)]


def _seen(flow: Flow) -> Figures:
    node = flow.studied.network.node
    shown = np.arange(flow.shown)
    return Figures.of(flow.state, node.low_pu, node.high_pu, shown)


def _names(scene: Scene) -> list[str]:
    """Of all nodes by their bus; the ends of a branch that is out have none."""
    names = scene.place.network.nodes.name
    return [names[bus] if bus < len(names) else "" for bus in scene.place.network.node.bus.tolist()]
