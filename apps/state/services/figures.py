"""The figures of the system strip and the list of violations, from one solved state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork, Named
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

    def node_violation(self, solved: Solved) -> IntArray:
        low = solved.node_voltage_pu < self._low_pu
        high = solved.node_voltage_pu > self._high_pu
        return np.select([low, high], [int(Violation.VOLTAGE_LOW), int(Violation.VOLTAGE_HIGH)], int(Violation.NONE))

    def system(
        self, solved: Solved, *, as_of: datetime, points: dict[str, int], links: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        return {
            "as_of": as_of.isoformat(),
            "outcome": solved.outcome.value,
            "reason": solved.reason,
            **{
                name: _number(getattr(solved, name))
                for name in ("load_kw", "generation_kw", "storage_kw", "losses_kw", "import_kw")
            },
            **self._extreme("min_voltage", solved.node_voltage_pu, np.nanargmin),
            **self._extreme("max_voltage", solved.node_voltage_pu, np.nanargmax),
            "overloads": int((solved.line_loading > 1).sum() + (solved.transformer_loading > 1).sum()),
            "voltage_violations": int((self.node_violation(solved) != Violation.NONE).sum()),
            "customers": int(self._customers.sum()),
            "customers_without_supply": int(self._customers[solved.node_is_dead].sum()),
            **points,
            "links": list(links),
        }

    def _extreme(self, name: str, voltage_pu: FloatArray, pick: Any) -> dict[str, Any]:
        if not np.isfinite(voltage_pu).any():
            return {f"{name}_pu": None, f"{name}_at": None, f"{name}_mrid": None}
        node = int(pick(voltage_pu))
        names = self._network.nodes
        return {
            f"{name}_pu": float(voltage_pu[node]),
            f"{name}_at": names.name[node],
            f"{name}_mrid": names.mrid[node],
        }

    def violations(self, solved: Solved) -> list[dict[str, Any]]:
        """Worst first."""
        found = [
            *self._overloads(self._network.lines, self._places.line_path, solved.line_loading, solved.line_provenance),
            *self._overloads(
                self._network.transformers,
                self._places.transformer_path,
                solved.transformer_loading,
                solved.transformer_provenance,
            ),
            *self._voltages(solved),
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

    def _voltages(self, solved: Solved) -> list[dict[str, Any]]:
        kind = self.node_violation(solved)
        limit = np.where(kind == Violation.VOLTAGE_LOW, self._low_pu, self._high_pu)
        group = self._places.group_of_node
        return [
            _violation(
                self._network.nodes,
                n,
                path=self._places.groups[group[n]].name,
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


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
