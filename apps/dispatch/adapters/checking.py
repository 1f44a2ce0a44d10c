"""Steps tried on a state by power flow: what becomes of the trouble, of everything else, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from apps.dispatch.adapters.look_ahead import onto_faults
from apps.dispatch.adapters.profile import profile
from apps.dispatch.adapters.scene import SCALE, UNIT, Doubt, Scene, doubted, flow_with, picture, redrawn, watched
from apps.dispatch.adapters.steps import Step
from apps.dispatch.choices.proposal import Breach
from apps.studies.adapters.comparing import compared
from apps.studies.adapters.flow import Flow
from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.verification import LEAST, Verdict, Watched, excess, spread, verify
from gridops.engine.optimization.verification import Breach as EngineBreach

DRAWS = 16
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the check needs to know of it."""

    breach: Breach
    elements: Sequence[str]
    limit: float | None

    @property
    def scale(self) -> float:
        return SCALE.get(self.breach, 1.0)


@dataclass(frozen=True, slots=True)
class Checked:
    """Relief and values are in the unit that the trouble is told in."""

    passed: bool
    reason: str
    ends: bool
    value_before: float | None
    value_after: float | None
    relief: float | None
    low: float | None  # of the middle 80 % of what could come, before any record widens it
    high: float | None
    confidence: float  # share of what could be in which the trouble is ended
    document: dict[str, Any]
    profile: dict[str, Any]
    flows: tuple[Flow, Flow] | None = None  # before and after; None where there is no power flow


def check(
    scene: Scene,
    trouble: Trouble,
    steps: Sequence[Step],
    *,
    customers_may_lose: float,
    seed: int,
    draws: int = DRAWS,
    faulted: Mapping[str, str] | None = None,
) -> Checked:
    """The bounds of every step first, then each state on the way, then what else the truth could be.

    faulted: mRIDs that no step may put under voltage, and why.
    """
    objection = next((step.objection for step in steps if step.objection), "")
    if objection:
        return _refused(objection)
    target = watched(scene, trouble.breach, trouble.elements)
    flows = [scene.before, *(flow_with(scene, steps[: n + 1]) for n in range(len(steps)))]
    onto = _onto_faults(scene, flows, faulted or {})
    if onto:
        return _refused(onto)
    verdict = verify([picture(one) for one in flows], scene.limits, target, customers_may_lose=customers_may_lose)
    if not flows[-1].state.converged or not flows[0].state.converged:
        return _refused(verdict.reason)
    document = _document(scene, verdict) | {"compared": _short(compared(flows[0], flows[-1]))}
    shown = profile(scene, flows[-1], _interesting(scene, target))
    if not verdict.passed:
        return replace(_told(trouble, verdict, None, document, shown), flows=(flows[0], flows[-1]))
    doubts = drawn(scene, target, steps, seed=seed, draws=draws)
    document |= {"breaks_another": doubts.broke}
    return replace(_told(trouble, verdict, doubts, document, shown), flows=(flows[0], flows[-1]))


def _onto_faults(scene: Scene, flows: Sequence[Flow], faulted: Mapping[str, str]) -> str:
    live = [flow.studied.point.topology.node_energised for flow in flows]
    return next((text for now in live[1:] for text in onto_faults(scene.place.network, faulted, now & ~live[0])), "")


def on_the_way(scene: Scene, steps: Sequence[Step], *, faulted: Mapping[str, str]) -> str:
    """Why these steps must not be done from this state on, or nothing; not whether they are of any use."""
    flows = [scene.before, *(flow_with(scene, steps[: n + 1]) for n in range(len(steps)))]
    onto = _onto_faults(scene, flows, faulted)
    if onto:
        return onto
    verdict = verify([picture(one) for one in flows], scene.limits, Watched(EngineBreach.LOSSES, np.zeros(0, np.int32)))
    broken = [*_named(scene, verdict.new), *_named(scene, verdict.worse)]
    lost = max((float(scene.limits.customers[flow.dead & ~flows[0].dead].sum()) for flow in flows), default=0.0)
    objections = (
        (not all(flow.state.converged for flow in flows), verdict.reason),
        (bool(broken), f"It would now break a limit at {broken[0]['name'] if broken else ''}."),
        (lost > 0, f"It would now take supply from {lost:.0f} customers."),
    )
    return next((text for holds, text in objections if holds), "")


def tried(scene: Scene, trouble: Trouble, steps: Sequence[Step], *, customers_may_lose: float = 0.0) -> Verdict | None:
    """The verdict alone, for those who try many: the way there only where the end is good.

    None where a step's own bounds forbid it.
    """
    if any(step.objection for step in steps):
        return None
    target = watched(scene, trouble.breach, trouble.elements)
    before, after = picture(scene.before), picture(flow_with(scene, steps))
    judge = partial(verify, limits=scene.limits, watched=target, customers_may_lose=customers_may_lose)
    verdict = judge([before, after])
    if not verdict.passed or len(steps) == 1:
        return verdict
    between = [picture(flow_with(scene, steps[: n + 1])) for n in range(len(steps) - 1)]
    return judge([before, *between, after])


@dataclass(frozen=True, slots=True)
class Drawn:
    """Of states that could be true instead: relief in each, in the engine's unit; shares of them in which the trouble
    ends, and in which another limit breaks by it."""

    reliefs: FloatArray
    ended: float
    broke: float


def drawn(
    scene: Scene, target: Watched, steps: Sequence[Step], *, seed: int, draws: int, doubt: Doubt | None = None
) -> Drawn:
    generator, doubt = np.random.default_rng(seed), doubt or Doubt()
    reliefs, ended, broke = [], 0, 0
    for _ in range(draws):
        other = doubted(scene, doubt, generator)
        here = redrawn(other, target)
        before, after = picture(other.before), picture(flow_with(other, steps))
        was, now = excess(before, other.limits, here), excess(after, other.limits, here)
        reliefs.append(was - now)
        ended += now <= 0 or (np.isnan(now) and target.breach == EngineBreach.OVERLOAD)
        broke += bool(verify([before, after], other.limits, here).new)
    return Drawn(np.array(reliefs), ended / max(draws, 1), broke / max(draws, 1))


def value_of(scene: Scene, trouble: Trouble, steps: Sequence[Step]) -> tuple[float, float] | None:
    """The trouble's value with these steps taken, and how far it is beyond its limit; None without a solution."""
    flow = flow_with(scene, steps)
    if not flow.state.converged:
        return None
    beyond = excess(picture(flow), scene.limits, watched(scene, trouble.breach, trouble.elements))
    return None if np.isnan(beyond) else (_value(trouble, beyond), trouble.scale * beyond)


def _told(
    trouble: Trouble,
    verdict: Verdict,
    doubts: Drawn | None,
    document: dict[str, Any],
    shown: dict[str, Any],
) -> Checked:
    scale, relief = trouble.scale, verdict.relief
    low, high = spread(doubts.reliefs) if doubts else (float("nan"), float("nan"))
    if doubts:  # no band is narrower than what a state can tell, and what is most likely lies inside
        least = LEAST[EngineBreach(trouble.breach.value)]
        low, high = min(low, relief - least), max(high, relief + least)
    vain = _vain(trouble, verdict, scale * low, scale * high)
    return Checked(
        passed=verdict.passed and not vain,
        reason=verdict.reason or vain,
        ends=verdict.ends,
        value_before=_value(trouble, verdict.excess_before),
        value_after=_value(trouble, verdict.excess_after),
        relief=_number(scale * relief),
        low=_number(scale * low),
        high=_number(scale * high),
        confidence=doubts.ended if doubts else 0.0,
        document=document,
        profile=shown,
    )


def _vain(trouble: Trouble, verdict: Verdict, low: float, high: float) -> str:
    """Why what does not end the trouble is not worth its operations: it may as well ease nothing."""
    if verdict.ends or trouble.limit is None or not low <= 0:
        return ""
    unit = UNIT[trouble.breach]
    return f"It would not end the trouble and may ease nothing: with 80 % between {low:.3g} and {high:.3g} {unit} less."


def _refused(reason: str) -> Checked:
    return Checked(False, reason, False, None, None, None, None, None, 0.0, {}, {})


def _value(trouble: Trouble, beyond: float) -> float:
    """The worst value from how far it is beyond its limit."""
    beyond *= trouble.scale
    sign = -1.0 if trouble.breach == Breach.VOLTAGE_LOW else 1.0
    return (trouble.limit or 0.0) + sign * beyond


def _document(scene: Scene, verdict: Verdict) -> dict[str, Any]:
    return {
        "new": _named(scene, verdict.new),
        "worse": _named(scene, verdict.worse),
        "customers_lost": round(verdict.customers_lost),
        "losses_saved_kw": _number(verdict.losses_saved_kw),
    }


def _named(scene: Scene, found: Sequence[tuple[EngineBreach, int]]) -> list[dict[str, str]]:
    network = scene.place.network
    branches = network.lines.name + network.transformers.name
    names = {EngineBreach.OVERLOAD: branches}
    mrids = {EngineBreach.OVERLOAD: scene.branch_mrids}
    return [
        {
            "breach": breach.value,
            "mrid": mrids.get(breach, network.nodes.mrid)[at],
            "name": names.get(breach, network.nodes.name)[at],
        }
        for breach, at in found[:_MOST_NAMED]
    ]


def _short(told: dict[str, Any]) -> dict[str, Any]:
    """What a list and a page show of it."""
    kept = {name: told[name] for name in ("figures", "violations_kept")}
    return kept | {name: told[name][:_MOST_NAMED] for name in ("violations_gained", "violations_lost", "loadings")}


def _interesting(scene: Scene, target: Watched) -> int | None:
    """A node of the trouble, whose feeder is drawn."""
    if not len(target.elements) or target.breach == EngineBreach.OFF_NORMAL:
        return None
    at, lines = int(target.elements[0]), scene.place.network.network.lines
    if target.breach != EngineBreach.OVERLOAD:
        return at
    if at < len(lines.to_node):
        return int(lines.to_node[at])
    return int(scene.place.network.network.transformers.low_node[at - len(lines.to_node)])


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
