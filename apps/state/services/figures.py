"""The figures of the system strip and the list of violations, from one solved state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork, Named
from apps.state.adapters import Solved
from apps.state.choices import Provenance, Violation
from apps.state.selectors.places import Places

MAX_LISTED = 200

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer]


class Figures:
    def __init__(self, network: AssembledNetwork, places: Places) -> None:
        shown = network.n_display_nodes
        self._network, self._places = network, places
        self._low_pu, self._high_pu = network.node.low_pu[:shown], network.node.high_pu[:shown]
        self._customers = network.node.customers[:shown]
        self._rated = _rated(network)

    def node_violation(self, solved: Solved) -> IntArray:
        low = solved.node_voltage_pu < self._low_pu
        high = solved.node_voltage_pu > self._high_pu
        return np.select([low, high], [int(Violation.VOLTAGE_LOW), int(Violation.VOLTAGE_HIGH)], int(Violation.NONE))

    def system(
        self,
        solved: Solved,
        *,
        node_violation: IntArray,
        as_of: datetime,
        points: dict[str, int],
        links: Sequence[dict[str, Any]],
    ) -> dict[str, Any]:
        return {
            "as_of": as_of.isoformat(),
            "outcome": solved.outcome.value,
            "reason": solved.reason,
            # Without a solution the powers are what a year says is usual: not a figure of now.
            **{
                name: _number(getattr(solved, name)) if solved.is_solved else None
                for name in ("load_kw", "generation_kw", "storage_kw", "losses_kw", "import_kw")
            },
            **self._rated,
            **self._extreme("min_voltage", solved.node_voltage_pu, np.nanargmin),
            **self._extreme("max_voltage", solved.node_voltage_pu, np.nanargmax),
            **self._most_loaded(solved),
            "overloads": int((solved.line_loading > 1).sum() + (solved.transformer_loading > 1).sum()),
            "voltage_violations": int((node_violation != Violation.NONE).sum()),
            "customers": int(self._customers.sum()),
            "customers_without_supply": int(self._customers[solved.node_is_dead].sum()),
            "doubtful_switches": len(solved.doubtful_switches),
            **points,
            "links": list(links),
        }

    def _extreme(self, name: str, voltage_pu: FloatArray, pick: Any) -> dict[str, Any]:
        if not np.isfinite(voltage_pu).any():
            return dict.fromkeys(f"{name}_{part}" for part in ("pu", "at", "mrid", "low_pu", "high_pu"))
        node = int(pick(voltage_pu))
        names = self._network.nodes
        return {
            f"{name}_pu": float(voltage_pu[node]),
            f"{name}_at": names.name[node],
            f"{name}_mrid": names.mrid[node],
            f"{name}_low_pu": _number(self._low_pu[node]),
            f"{name}_high_pu": _number(self._high_pu[node]),
        }

    def _most_loaded(self, solved: Solved) -> dict[str, Any]:
        """The line or transformer that carries most of its rating."""
        loading = np.concatenate([solved.line_loading, solved.transformer_loading])
        if not np.isfinite(loading).any():
            return {"max_loading_percent": None, "max_loading_at": None, "max_loading_mrid": None}
        which = int(np.nanargmax(loading))
        n_lines = len(solved.line_loading)
        named, place = (
            (self._network.lines, which) if which < n_lines else (self._network.transformers, which - n_lines)
        )
        return {
            "max_loading_percent": 100 * float(loading[which]),
            "max_loading_at": named.name[place],
            "max_loading_mrid": named.mrid[place],
        }

    def violations(self, solved: Solved, node_violation: IntArray) -> list[dict[str, Any]]:
        """Worst first."""
        found = [
            *self._overloads(self._network.lines, self._places.line_path, solved.line_loading, solved.line_provenance),
            *self._overloads(
                self._network.transformers,
                self._places.transformer_path,
                solved.transformer_loading,
                solved.transformer_provenance,
            ),
            *self._voltages(solved, node_violation),
        ]
        return sorted(found, key=lambda row: -abs(row["value"] - row["limit"]) / row["limit"])[:MAX_LISTED]

    def _overloads(
        self, elements: Named, paths: Sequence[str], loading: FloatArray, provenance: IntArray
    ) -> list[dict[str, Any]]:
        return [
            _violation(
                elements,
                n,
                path=paths[n],
                kind=Violation.OVERLOAD,
                value=100 * float(loading[n]),
                limit=100.0,
                unit="%",
                provenance=provenance[n],
            )
            for n in np.flatnonzero(loading > 1).tolist()
        ]

    def _voltages(self, solved: Solved, kind: IntArray) -> list[dict[str, Any]]:
        limit = np.where(kind == Violation.VOLTAGE_LOW, self._low_pu, self._high_pu)
        group = self._places.group_of_node
        return [
            _violation(
                self._network.nodes,
                n,
                path=self._places.groups[group[n]].path,
                kind=Violation(int(kind[n])),
                value=float(solved.node_voltage_pu[n]),
                limit=float(limit[n]),
                unit="pu",
                provenance=solved.node_provenance[n],
            )
            for n in np.flatnonzero(kind).tolist()
        ]


def _violation(
    elements: Named, n: int, *, path: str, kind: Violation, value: float, limit: float, unit: str, provenance: int
) -> dict[str, Any]:
    return {
        "equipment_mrid": elements.mrid[n],
        "equipment_name": elements.name[n],
        "path": path,
        "kind": kind.name.lower().replace("_", "-"),
        "value": value,
        "limit": limit,
        "unit": unit,
        "provenance": Provenance(int(provenance)).name.lower(),
    }


def _rated(network: AssembledNetwork) -> dict[str, float]:
    """What is connected, so that a figure can be read against what it could be."""
    kind, rated, nominal = network.injection.kind, network.injection.rated_s_kva, network.injection.p_kw
    size = np.where(rated > 0, rated, np.abs(nominal))
    names = (("load", CONSUMER), ("generation", GENERATOR), ("storage", BATTERY))
    return {f"rated_{name}_kw": float(size[kind == code].sum()) for name, code in names}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
