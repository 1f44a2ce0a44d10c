"""A switching plan carried out on a copy of the state: what each step makes of the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.dispatch.adapters.look_ahead import Asked, Circumstances, look_ahead
from apps.dispatch.adapters.plan_steps import change_of
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import Act, Level
from apps.dispatch.choices.plan import StepKind
from apps.dispatch.models.plan import SwitchingStep
from apps.dispatch.rules.interlocks import Finding, HungTag, findings
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import Place
from apps.studies.adapters.flow import Flow, figures, flow_of, violations
from apps.studies.adapters.studied import studied
from apps.studies.choices import ChangeKind
from gridops.engine.network.model import BoolArray
from gridops.engine.security.loops import looped_branches

OWN = "this plan"  # who has hung a tag that the plan itself hangs
_MOST_NAMED = 5
_FIGURES = ("load_kw", "losses_kw", "min_voltage_pu", "max_voltage_pu", "max_loading_percent")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is walked on: a state, the kinds of its switches, and what hangs on which device."""

    base: Base
    place: Place
    switch_kinds: Mapping[str, str]
    tags: Sequence[tuple[str, HungTag]]
    customers_may_lose: int = 0
    faulted: Mapping[str, str] = field(default_factory=dict)  # must not be put under voltage, and why


def walked(steps: Sequence[SwitchingStep], ground: Ground) -> list[dict[str, Any]]:
    """Per step: `forbids` and `tells` in words, and figures after it. Taps stand where the steps leave them."""
    changes: list[tuple[ChangeKind, dict[str, Any]]] = []
    tags = list(ground.tags)
    first = before = _flow(ground, changes)
    results = []
    for step in steps:
        change = change_of(step)
        if change is None:
            tags = _tagged(step, tags)
            results.append({"position": step.position, "forbids": [], "tells": [], "figures": {}})
            continue
        found = _findings(step, before, tags, ground)
        changes.append(change)
        after = _flow(ground, changes)
        told = _told(first, before, after, ground.customers_may_lose)
        forbids = [one.text for one in found if one.level is Level.BLOCKS]
        results.append({"position": step.position, **told, "forbids": [*forbids, *told["forbids"]]})
        before = after
    return results


def _tagged(step: SwitchingStep, tags: list[tuple[str, HungTag]]) -> list[tuple[str, HungTag]]:
    mrid = str(step.equipment_mrid)
    if step.kind == StepKind.TAG:
        return [*tags, (mrid, HungTag(TagKind(step.payload["tag"]), step.payload["reason"], OWN))]
    if step.kind == StepKind.UNTAG:
        return [(on, tag) for on, tag in tags if on != mrid or tag.by != OWN]
    return tags


def _findings(
    step: SwitchingStep, before: Flow, tags: Sequence[tuple[str, HungTag]], ground: Ground
) -> Sequence[Finding]:
    """The interlocks of a command, on the state that the steps before have made."""
    mrid, network = str(step.equipment_mrid), ground.place.network
    here = [tag for on, tag in tags if on == mrid]
    asked = _asked(step, before, ground)
    known = Circumstances(
        unknown_switches=np.zeros(0, np.int32),
        earthed=[on for on, tag in tags if tag.kind is TagKind.EARTH],
        held=[on for on, tag in tags if tag.kind is TagKind.HOLD and on not in network.switches.position],
        faulted=ground.faulted,
    )
    try:
        ahead = look_ahead(network, before.studied.point, asked, known)
    except ValueError:
        stands = "closed" if asked.act == Act.CLOSE else "open"
        return [Finding(Level.BLOCKS, f"{step.equipment_name} is {stands} already by then. Take the step out.")]
    return findings(asked.act, ground.switch_kinds.get(mrid, ""), here, ahead)


def _asked(step: SwitchingStep, before: Flow, ground: Ground) -> Asked:
    mrid = str(step.equipment_mrid)
    if step.kind == StepKind.SWITCH:
        closed = bool(step.payload["closed"])
        return Asked(Act.CLOSE if closed else Act.OPEN, mrid, float(closed), float(not closed))
    now = int(before.tap_position[ground.place.network.transformers.position[mrid]])
    to = int(step.payload["position"])
    return Asked(Act.RAISE if to > now else Act.LOWER, mrid, float(to), float(now))


def taps_before(steps: Sequence[SwitchingStep], base: Base, place: Place) -> dict[str, int]:
    moved = {str(step.equipment_mrid) for step in steps if (change := change_of(step)) and change[0] == ChangeKind.TAP}
    return {mrid: int(base.tap_position[place.network.transformers.position[mrid]]) for mrid in moved}


def tap_of(step: SwitchingStep, base: Base, place: Place) -> int:
    return int(base.tap_position[place.network.transformers.position[str(step.equipment_mrid)]])


def _flow(ground: Ground, changes: Sequence[tuple[ChangeKind, dict[str, Any]]]) -> Flow:
    return flow_of(studied(ground.base, list(changes), ground.place), regulate=False)


def _told(first: Flow, before: Flow, after: Flow, customers_may_lose: int) -> dict[str, Any]:
    if not after.state.converged:
        return {"forbids": [f"The power flow has no solution: {after.state.reason}"], "tells": [], "figures": {}}
    lost = _customers(first, after.dead & ~first.dead)
    forbids = [f"{row['name']}: {_words(row)}" for row in _new(first, after)]
    if lost > customers_may_lose:
        allowed = f"the plan allows {customers_may_lose:,}" if customers_may_lose else "the plan allows none"
        forbids.append(f"{lost:,} customers are without supply; {allowed}.")
    return {"forbids": forbids, "tells": _tells(before, after), "figures": _figures(after)}


def _figures(flow: Flow) -> dict[str, Any]:
    found = figures(flow)
    return {name: found[name] for name in _FIGURES} | {"customers_without_supply": found["customers_without_supply"]}


def _new(first: Flow, after: Flow) -> list[dict[str, Any]]:
    was = {(row["mrid"], row["kind"]): abs(row["value"] - row["limit"]) for row in violations(first)}
    grown = 1.01  # what was beyond its limit before may stay there, but not grow
    found = [
        row
        for row in violations(after)
        if abs(row["value"] - row["limit"]) > grown * was.get((row["mrid"], row["kind"]), 0.0)
    ]
    return found[:_MOST_NAMED]


def _words(row: dict[str, Any]) -> str:
    if row["unit"] == "%":
        return f"loaded with {row['value']:.0f} %."
    return f"{row['value']:.3f} pu, the limit is {row['limit']:.3f} pu."


def _tells(before: Flow, after: Flow) -> list[str]:
    lost, back = _customers(before, after.dead & ~before.dead), _customers(before, before.dead & ~after.dead)
    rings, were = _rings(after), _rings(before)
    told = []
    if lost:
        told.append(f"{lost:,} customers lose supply.")
    if back:
        told.append(f"{back:,} customers get supply back.")
    if (rings & ~were).any():
        told.append("A ring is closed.")
    if (were & ~rings).any():
        told.append("A ring is opened.")
    return told


def _rings(flow: Flow) -> BoolArray:
    point = flow.studied.point
    return looped_branches(flow.studied.network.network, point.topology)


def _customers(flow: Flow, nodes: np.ndarray) -> int:
    return int(flow.studied.network.node.customers[: flow.shown][nodes].sum())
