"""A fault in a network of a file, what protection leaves of it, and the plan that restores it, in the file's names.

Every breaker, recloser and load-break switch may be operated. A file that has no closed switch (MATPOWER) gets one at
both ends of every line. Loads are those of the file; plants feed nothing, for they stay off for minutes after supply is
back (IEEE 1547-2018, 5 minutes before they enter service).
"""

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters.case_network import CaseError, CaseNetwork, case_network, named_case
from apps.incidents.adapters.case_faults import CannotRestore, tripped, with_end_switches
from gridops.cases import NetworkCase
from gridops.cases.case import SwitchKind
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.reliability.cold_load import pickup_factor
from gridops.engine.reliability.restoration.exact import restore_exact
from gridops.engine.reliability.restoration.plan import restore_fast
from gridops.engine.reliability.restoration.problem import FaultedGrid, Method, Restoration, StepCheck, SwitchStep

__all__ = ["CannotRestore", "CaseError", "Faulted", "Method", "Terms", "faulted", "named_case", "restored", "switched"]

REMOTE_S, BY_HAND_S = 5.0, 1800.0
MINUTES_PER_HOUR = 60.0
_NEAR = 3

IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the file does not tell."""

    repair_hours: int = 4
    waited_minutes: float = 0.0  # without supply before the plan begins
    hand_operated: bool = False  # load-break switches are operated by hand


@dataclass(frozen=True, slots=True)
class Faulted:
    """A grid with its fault, and what things are called."""

    here: CaseNetwork
    grid: FaultedGrid
    fault: str
    opened: tuple[int, ...]  # switches that protection has opened

    def switch(self, switch: int) -> dict[str, str]:
        """A switch that the file has, or the one that stands for the end of a line."""
        case = self.here.case
        if switch < len(case.switches):
            found = case.switches[switch]
            return {"switch": found.name, "mrid": found.mrid}
        line = self._line_at(int(self.here.network.switches.to_node[switch]))
        node = case.nodes[int(self.here.network.switches.from_node[switch])].name
        return {"switch": f"the switch of {case.lines[line].name} at {node}", "mrid": case.lines[line].mrid}

    def _line_at(self, node: int) -> int:
        lines = self.here.network.lines
        return int(np.flatnonzero((lines.from_node == node) | (lines.to_node == node))[0])

    def document(self, plan: Restoration, seconds: float) -> dict[str, Any]:
        return {
            "fault": self.fault,
            "opened": [self.switch(each)["switch"] for each in self.opened],
            **self.told(plan),
            "seconds": round(seconds, 4),
            "alternatives": [{"title": each.title, **self.told(each)} for each in plan.alternatives],
        }

    def told(self, plan: Restoration) -> dict[str, Any]:
        return {
            "method": plan.method.value,
            "steps": [self._step(step, check) for step, check in zip(plan.steps, plan.checks, strict=True)],
            "restored_kw": round(plan.restored_kw, 3),
            "customers_restored": plan.customers_restored,
            "customers_without": plan.customers_without,
            "customer_minutes": round(plan.customer_minutes, 2),
            "objective": round(plan.objective, 2),
            "bound": _finite(plan.bound, 2),
            "gap": _finite(plan.gap, 6),
            "operations": plan.operations,
            "switching_s": round(plan.switching_s, 1),
            "hours": [_checked(check) for check in plan.hours],
            "sound": plan.is_sound,
            "reason": plan.reason,
        }

    def _step(self, step: SwitchStep, check: StepCheck) -> dict[str, Any]:
        action = "close" if step.close else "open"
        return {**self.switch(step.switch), "action": action, "role": step.role.value, "checks": _checked(check)}


def _checked(check: StepCheck) -> dict[str, Any]:
    return {
        "after_s": round(check.after_s, 1),
        "lowest_pu": _finite(check.lowest_pu, 5),
        "highest_pu": _finite(check.highest_pu, 5),
        "most_loading": _finite(check.most_loading, 4),
        "violations": check.violations,
        "radial": check.is_radial,
        "customers_restored": check.restored_customers,
    }


def _finite(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None


def restored(found: Faulted, method: Method, *, time_limit_s: float) -> Restoration:
    return restore_exact(found.grid, time_limit_s=time_limit_s) if method is Method.EXACT else restore_fast(found.grid)


def switched(case: NetworkCase) -> tuple[CaseNetwork, list[str]]:
    """The network, with switches at the ends of lines where the file has none that is closed.

    Raises CannotRestore where nothing feeds.
    """
    if not case.sources:
        raise CannotRestore("The network has no source, so a fault interrupts nobody.")
    here = case_network(case)
    if here.switch_closed.any():
        return here, []
    return with_end_switches(here), [
        "The file has no closed switch: every line counts as one with a remote switch at both ends."
    ]


def faulted(here: CaseNetwork, fault: str, terms: Terms) -> Faulted:
    """The network after protection has opened the nearest breakers before a line. Raises CannotRestore."""
    line = _line(here.case, fault)
    name = here.case.lines[line].name
    normal = here.switch_closed
    if not resolve(here.network, normal).node_energised[here.network.lines.from_node[line]]:
        raise CannotRestore(f"{name} has no supply today, so a fault there interrupts nobody.")
    opened = tripped(here, line, name)
    closed = normal.copy()
    closed[list(opened)] = False
    p_kw, q_kvar = _hours(here, closed, terms)
    return Faulted(
        here=here,
        grid=FaultedGrid(
            network=here.network,
            switch_closed=closed,
            tap_position=_settled(here),
            source_voltage_pu=here.source_voltage_pu,
            faulted_lines=np.array([line], np.int32),
            faulted_nodes=np.zeros(0, np.int32),
            can_operate=here.switch_under_load,
            seconds=_seconds(here, terms),
            p_kw=p_kw,
            q_kvar=q_kvar,
            customers=here.customers,
            weight=np.ones(len(here.customers)),
            rest_hours=np.ones(terms.repair_hours),
            low_pu=here.low_pu,
            high_pu=here.high_pu,
            closed_before=normal,
        ),
        fault=name,
        opened=opened,
    )


def _line(case: NetworkCase, fault: str) -> int:
    """By mRID or name; by its number alone where the file numbers its branches."""
    for place, line in enumerate(case.lines):
        if fault in (line.mrid, line.name) or line.name.startswith(f"Line {fault} ("):
            return place
    if not case.lines:
        raise CannotRestore("The network has no line, so no line can have a fault.")
    names = {name: line.name for line in case.lines for name in (line.name, line.mrid)}
    near = difflib.get_close_matches(fault, list(names), _NEAR, cutoff=0.3)
    told = ", ".join(dict.fromkeys(names[each] for each in near)) or case.lines[0].name
    raise CannotRestore(
        f"'{fault}' is no line of this network; it has {told}, for example. Give the name or the mRID of a line."
    )


def _hours(here: CaseNetwork, closed: BoolArray, terms: Terms) -> tuple[npt.NDArray[np.float64], ...]:
    """Consumption alone, raised where it has been without supply."""
    dead = ~resolve(here.network, closed).node_energised[here.network.injection_node]
    load = np.where(here.p_kw < 0, here.p_kw, 0.0)
    reactive = np.where(here.p_kw < 0, here.q_kvar, 0.0)
    raised = pickup_factor(terms.waited_minutes / MINUTES_PER_HOUR, np.arange(terms.repair_hours))[:, None]
    factor = np.where(dead, raised, 1.0)
    return load * factor, reactive * factor


def _seconds(here: CaseNetwork, terms: Terms) -> npt.NDArray[np.float64]:
    kinds = [switch.kind for switch in here.case.switches]
    hand = [terms.hand_operated and kind is SwitchKind.LOAD_BREAK_SWITCH for kind in kinds]
    rest = len(here.switch_closed) - len(hand)
    return np.where(np.array([*hand, *[terms.hand_operated] * rest], np.bool_), BY_HAND_S, REMOTE_S)


def _settled(here: CaseNetwork) -> IntArray:
    """Taps where their regulators leave them before the fault."""
    if not here.is_regulating.any():
        return here.tap_position
    flow = PowerFlow(here.network, resolve(here.network, here.switch_closed))
    _, taps = settled_taps(
        here.network,
        lambda taps: flow.solve(
            p_kw=here.p_kw, q_kvar=here.q_kvar, tap_position=taps, source_voltage_pu=here.source_voltage_pu
        ),
        tap_position=here.tap_position,
        is_regulating=here.is_regulating,
        target_pu=here.target_pu,
    )
    return taps


def lines_with_supply(here: CaseNetwork) -> Sequence[str]:
    """mRIDs of the lines where a fault interrupts somebody."""
    live = resolve(here.network, here.switch_closed).node_energised[here.network.lines.from_node]
    return [line.mrid for line, alive in zip(here.case.lines, live.tolist(), strict=True) if alive]
