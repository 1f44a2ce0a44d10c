"""Two power flows side by side. They may be of two versions of the network: elements meet by their mRIDs."""

from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import Named
from apps.studies.adapters.flow import Flow, branches, figures, violations

MOST_CHANGED = 20
_LEAST_PU, _LEAST_LOADING = 1e-6, 1e-5


def compared(before: Flow, after: Flow) -> dict[str, Any]:
    was, now = ({(row["mrid"], row["kind"]): row for row in violations(flow)} for flow in (before, after))
    return {
        "figures": {"before": figures(before), "after": figures(after)},
        "violations_gained": [row for key, row in now.items() if key not in was],
        "violations_lost": [row for key, row in was.items() if key not in now],
        "violations_kept": sum(key in was for key in now),
        "voltages": _changed(
            (before.studied.network.nodes, before.voltage_pu),
            (after.studied.network.nodes, after.voltage_pu),
            least=_LEAST_PU,
        ),
        "loadings": _changed(
            (branches(before.studied.network), 100 * before.loading),
            (branches(after.studied.network), 100 * after.loading),
            least=100 * _LEAST_LOADING,
        ),
    }


def _changed(
    before: tuple[Named, npt.NDArray], after: tuple[Named, npt.NDArray], *, least: float
) -> list[dict[str, Any]]:
    """Those that moved most, and before them what lost or got supply (one of the two is then null)."""
    (was_named, was), (named, now) = before, after
    at = np.array([was_named.position.get(mrid, -1) for mrid in named.mrid[: len(now)]], np.int64)
    old = np.where((at >= 0) & (at < len(was)), was[np.clip(at, 0, max(len(was) - 1, 0))], np.nan)
    moved = np.abs(now - old)
    moved[np.isfinite(now) != np.isfinite(old)] = np.inf
    order = np.argsort(-np.nan_to_num(moved, nan=-1.0, posinf=1e9), kind="stable")[:MOST_CHANGED]
    return [
        {"mrid": named.mrid[n], "name": named.name[n], "before": _number(old[n]), "after": _number(now[n])}
        for n in order.tolist()
        if moved[n] > least
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
