"""A switching plan carried out on a copy of the state: what each step makes of the network."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.dispatch.adapters.plan_steps import change_of
from apps.dispatch.models.plan import SwitchingStep
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import Place
from apps.studies.adapters.flow import Flow, figures, flow_of, violations
from apps.studies.adapters.studied import studied
from apps.studies.choices import ChangeKind
from gridops.engine.network.model import BoolArray
from gridops.engine.security.loops import looped_branches

_MOST_NAMED = 5
_FIGURES = ("load_kw", "losses_kw", "min_voltage_pu", "max_voltage_pu", "max_loading_percent")


def walked(
    steps: Sequence[SwitchingStep], base: Base, place: Place, *, customers_may_lose: int
) -> list[dict[str, Any]]:
    """Per step: `forbids` and `tells` in words, and figures after it. Taps stand where the steps leave them."""
    changes: list[tuple[ChangeKind, dict[str, Any]]] = []
    first = before = _flow(base, changes, place)
    results = []
    for step in steps:
        change = change_of(step)
        if change is None:
            results.append({"position": step.position, "forbids": [], "tells": [], "figures": {}})
            continue
        changes.append(change)
        after = _flow(base, changes, place)
        results.append({"position": step.position, **_told(first, before, after, customers_may_lose)})
        before = after
    return results


def taps_before(steps: Sequence[SwitchingStep], base: Base, place: Place) -> dict[str, int]:
    moved = {str(step.equipment_mrid) for step in steps if (change := change_of(step)) and change[0] == ChangeKind.TAP}
    return {mrid: int(base.tap_position[place.network.transformers.position[mrid]]) for mrid in moved}


def _flow(base: Base, changes: Sequence[tuple[ChangeKind, dict[str, Any]]], place: Place) -> Flow:
    return flow_of(studied(base, list(changes), place), regulate=False)


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
