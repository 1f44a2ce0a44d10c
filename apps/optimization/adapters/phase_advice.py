"""Which loads of a file's network should hang on other phases: advice for a crew, nothing that could be ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.assets.adapters.case_network import CaseNetwork, case_network
from gridops.cases.case import Generator, Load, NetworkCase, Storage
from gridops.cases.phases import P_FIELDS, Q_FIELDS, ZERO_FIELDS, has_phases
from gridops.engine.network.model import FloatArray
from gridops.engine.network.topology import resolve
from gridops.engine.optimization.phase_balance import PhaseAdvice, PhaseFigures, PhaseProblem, phase_advice
from gridops.engine.powerflow.three_phase import PHASES, ZeroSequence

_NAMES = "abc"
PERCENT = 100.0


class NoPhases(ValueError):
    """The network does not say enough of its phases; says what is missing."""


@dataclass(frozen=True, slots=True)
class Advised:
    case: NetworkCase
    advice: PhaseAdvice

    def document(self) -> dict[str, Any]:
        loads = self.case.loads
        return {
            "moves": [
                {
                    "load": loads[move.group].name,
                    "mrid": loads[move.group].mrid,
                    "phases": {_NAMES[n]: _NAMES[(n + move.turn) % PHASES] for n in range(PHASES)},
                    "work": "reconnect by a crew, dead; it cannot be ordered",
                }
                for move in self.advice.moves
            ],
            "before": self._figures(self.advice.before),
            "after": self._figures(self.advice.after),
            "reason": self.advice.reason,
        }

    def _figures(self, found: PhaseFigures) -> dict[str, Any]:
        known = np.isfinite(found.transformer_spread)
        spread = float(found.transformer_spread[known].max()) if known.any() else None
        return {
            "loss_kw": found.loss_kw if np.isfinite(found.loss_kw) else None,
            "worst_unbalance_percent": PERCENT * found.worst_unbalance if np.isfinite(found.worst_unbalance) else None,
            "worst_transformer_spread": spread,
        }


def advised(case: NetworkCase, most_moves: int) -> Advised:
    """Each load by itself; what is on all phases alike gains nothing and stays. Raises NoPhases."""
    if not has_phases(case):
        raise NoPhases("No load of the network says what its phases carry, so there is nothing to balance.")
    lacking = next((line.name for line in case.lines if any(getattr(line, name) is None for name in ZERO_FIELDS)), None)
    if lacking is not None:
        raise NoPhases(f"Line {lacking} has no zero-sequence impedance. Give {', '.join(ZERO_FIELDS)} of every line.")
    here = case_network(case)
    return Advised(case, phase_advice(_problem(here, most_moves)))


def _problem(here: CaseNetwork, most_moves: int) -> PhaseProblem:
    case, count = here.case, len(here.p_kw)
    elements: Sequence[Load | Generator | Storage] = [*case.loads, *case.generators, *case.storages]
    sign = np.where(np.arange(count) < len(case.loads), -1.0, 1.0)[:, None]
    lines = case.lines
    return PhaseProblem(
        network=here.network,
        topology=resolve(here.network, here.switch_closed),
        zero=ZeroSequence(*(np.array([getattr(line, name) for line in lines], float) for name in ZERO_FIELDS)),
        p_kw=sign * _by_phase(elements, P_FIELDS, "p_kw"),
        q_kvar=sign * _by_phase(elements, Q_FIELDS, "q_kvar"),
        tap_position=here.tap_position,
        source_voltage_pu=here.source_voltage_pu,
        group=np.where(np.arange(count) < len(case.loads), np.arange(count), -1).astype(np.int32),
        most_moves=most_moves,
    )


def _by_phase(elements: Sequence[Load | Generator | Storage], names: Sequence[str], whole: str) -> FloatArray:
    """What does not say is alike in all phases."""
    rows = [[getattr(one, name, None) for name in names] for one in elements]
    alike = [getattr(one, whole) / PHASES for one in elements]
    told = [[alike[n]] * PHASES if None in row else row for n, row in enumerate(rows)]
    return np.array(told, float).reshape(-1, PHASES)
