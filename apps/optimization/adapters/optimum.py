"""What is best at one state: open points first, then set-points where these leave it, each borne out by power flow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.optimization.choices import Aim
from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.reconfiguration.plan import Aims, Outcome
from gridops.engine.optimization.reconfiguration.problem import Weights
from gridops.engine.optimization.voltage.problem import Objective
from gridops.engine.powerflow.limits import overloads, voltage_violations
from gridops.engine.powerflow.state import GridState
from gridops.engine.units import PERCENT

__all__ = ["Figures", "NoOptimum", "Optimum", "Stage", "Tell"]

OBJECTIVES = {Aim.LOSSES: Objective.LOSS, Aim.VOLTAGES: Objective.FLAT, Aim.LIMITS: Objective.VIOLATIONS}
LEAST_SAVED_KW = 1e-6
KW_PER_SWITCHING = {Aim.LOSSES: 0.0}  # of losses, that one operation must earn
FEW = 1e3  # for the other aims: no operation that the limits do not ask for
NOT_BROKEN = "No limit is broken."

Tell = Callable[[str, float], None]  # what is being done, and the share that is behind


class NoOptimum(ValueError):
    """The state that it would begin from has no solution; the text says why."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One state, as the full power flow has it; None where nothing has a rating, or nothing is fed."""

    losses_kw: float
    violations: int
    min_voltage_pu: float | None
    max_voltage_pu: float | None
    max_loading_percent: float | None
    beyond: float  # in sum over nodes (pu) and branches (fraction of the rating)

    @classmethod
    def of(cls, state: GridState, low_pu: FloatArray, high_pu: FloatArray, shown: np.ndarray) -> "Figures":
        """shown: which nodes count; ends of switches are no places of their own. Raises NoOptimum."""
        if not state.converged:
            raise NoOptimum(f"The power flow has no solution: {state.reason}")
        voltage, low, high = state.voltage_pu[shown], low_pu[shown], high_pu[shown]
        loading = np.concatenate([state.line_loading, state.transformer_loading])
        known = voltage[np.isfinite(voltage)]
        far = np.nan_to_num(np.maximum(low - voltage, 0.0) + np.maximum(voltage - high, 0.0))
        over = np.maximum(np.nan_to_num(loading) - 1.0, 0.0)
        return cls(
            losses_kw=float(state.losses_kw),
            violations=int(np.count_nonzero(voltage_violations(voltage, low, high)) + overloads(loading).sum()),
            min_voltage_pu=float(known.min()) if len(known) else None,
            max_voltage_pu=float(known.max()) if len(known) else None,
            max_loading_percent=float(np.nanmax(loading)) / PERCENT if np.isfinite(loading).any() else None,
            beyond=float(far.sum() + over.sum()),
        )

    def document(self) -> dict[str, Any]:
        return {
            "losses_kw": round(self.losses_kw, 6),
            "violations": self.violations,
            "min_voltage_pu": _rounded(self.min_voltage_pu),
            "max_voltage_pu": _rounded(self.max_voltage_pu),
            "max_loading_percent": _rounded(self.max_loading_percent),
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """Moves with the figures after each; none, and the reason, where nothing is better."""

    moves: tuple[dict[str, Any], ...]
    after: Figures
    gap: float | None  # how much of the objective is not proven to be needed
    reason: str


@dataclass(frozen=True, slots=True)
class Optimum:
    aim: Aim
    before: Figures
    switchings: Stage
    set_points: Stage

    @property
    def n_moves(self) -> int:
        return len(self.switchings.moves) + len(self.set_points.moves)

    @property
    def reason(self) -> str:
        """Why there is nothing, or no more, to be done; empty where nothing is left to say."""
        reasons = [("Open points", self.switchings.reason), ("Set-points", self.set_points.reason)]
        return " ".join(f"{stage}: {reason}" for stage, reason in reasons if reason)

    def document(self) -> dict[str, Any]:
        return {
            "aim": self.aim.value,
            "before": self.before.document(),
            "after": self.set_points.after.document(),
            "switchings": list(self.switchings.moves),
            "set_points": list(self.set_points.moves),
            "gap": {"switchings": self.switchings.gap, "set_points": self.set_points.gap},
            "reason": self.reason,
        }


def aims_of(aim: Aim, most_switchings: int | None) -> Aims:
    return Aims(weights=Weights(operation=KW_PER_SWITCHING.get(aim, FEW)), most_operations=most_switchings)


def needless(aim: Aim, now: Figures) -> str:
    """Why open points stay without a search: they serve losses, and limits that are broken."""
    return "" if aim is Aim.LOSSES or now.beyond > 0 else NOT_BROKEN


def gap_of(outcome: Outcome) -> float | None:
    return round(outcome.gap, 6) if np.isfinite(outcome.gap) else None


def is_gain(aim: Aim, before: Figures, after: Figures) -> bool:
    """Limits first. Where they are alike, a flat profile is what the plan itself has confirmed."""
    if abs(after.beyond - before.beyond) > 1e-9:
        return after.beyond < before.beyond
    if aim is Aim.LOSSES:
        return after.losses_kw < before.losses_kw - LEAST_SAVED_KW
    return aim is Aim.VOLTAGES


def borne_out(
    aim: Aim,
    before: Figures,
    moves: Sequence[dict[str, Any]],
    seen: Sequence[Figures | None],
    *,
    gap: float | None,
    but: str,
) -> Stage:
    """The moves with what the power flow has after each, if the last is better than the beginning.

    seen: None where no power flow was made between two moves; there is one after the last.
    """
    last = seen[-1] if seen else None
    if last is None:
        return Stage((), before, gap, but or "Nothing better was found.")
    if not is_gain(aim, before, last):
        return Stage((), before, None, "What was found is no better by the full power flow.")
    told = tuple(move | {"after": one.document() if one else None} for move, one in zip(moves, seen, strict=True))
    return Stage(told, last, gap, but)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
