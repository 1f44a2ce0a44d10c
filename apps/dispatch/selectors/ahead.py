"""Envelopes and prices as desks and people read them. Powers of a point: imports are drawn, exports fed in, in kW."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters import limits as stored
from apps.dispatch.choices.ahead import AHEAD_FRESH
from apps.dispatch.models import Congestion, HoursAhead

FloatArray = npt.NDArray[np.float64]
LEAST_BOUND_KW = 0.5  # less than asked for by more than that: the network binds


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Of one run: rows are intervals that begin at `starts` and end at the next, columns the points."""

    run: HoursAhead
    network: AssembledNetwork
    starts: Sequence[datetime]
    nodes: npt.NDArray[np.int64]
    import_kw: FloatArray
    export_kw: FloatArray
    expected_kw: FloatArray  # drawn; what is fed in is negative
    asked_kw: FloatArray  # import, export

    def column(self, mrid: str) -> int | None:
        """Of a node, or of a load, plant or battery at one."""
        node = self.network.node_at(mrid)
        found = [] if node is None else np.flatnonzero(self.nodes == node).tolist()
        return found[0] if found else None

    def mrid(self, column: int) -> str:
        return self.network.nodes.mrid[self._shown(column)]

    def name(self, column: int) -> str:
        return self.network.nodes.name[self._shown(column)]

    def _shown(self, column: int) -> int:
        return int(self.network.node.bus[self.nodes[column]])

    @property
    def is_bound(self) -> npt.NDArray[np.bool_]:
        """Per point: somewhere in the time the network allows less than is asked for."""
        less_in = self.asked_kw[0] - self.import_kw > LEAST_BOUND_KW
        return np.asarray((less_in | (self.asked_kw[1] - self.export_kw > LEAST_BOUND_KW)).any(axis=0), np.bool_)


def newest_envelopes() -> Envelopes | None:
    newest = HoursAhead.objects.defer("import_kw", "export_kw", "expected_kw", "asked_kw", "points").newest()
    return _read(newest.pk) if newest is not None and newest.network_model_id is not None else None


@lru_cache(maxsize=4)
def _read(pk: int) -> Envelopes | None:
    """A run never changes once it is stored."""
    run = HoursAhead.objects.select_related("network_model").get(pk=pk)
    if run.network_model is None:
        return None
    nodes = stored.unpacked_positions(run.points)
    import_kw, export_kw, expected_kw, asked_kw = (
        stored.unpacked(raw, columns=len(nodes))
        for raw in (run.import_kw, run.export_kw, run.expected_kw, run.asked_kw)
    )
    starts = [datetime.fromisoformat(start) for start in run.starts]
    network = assets.assembled(run.network_model)
    return Envelopes(run, network, starts, nodes, import_kw, export_kw, expected_kw, asked_kw)


def envelope_document(mrid: str, *, as_of: datetime) -> dict[str, Any] | None:
    """None where there is no run, or no connection point of this mRID."""
    found = newest_envelopes()
    column = found.column(mrid) if found else None
    return _document(found, column) | _about(found.run, as_of) if found and column is not None else None


def envelope_documents(mrids: Sequence[str], *, as_of: datetime) -> dict[str, Any] | None:
    """Of those asked for; without any, of the points that the network binds, those that lose most first."""
    found = newest_envelopes()
    if found is None:
        return None
    columns = [found.column(mrid) for mrid in mrids] if mrids else bound_columns(found)
    points = [_document(found, column) for column in columns if column is not None]
    return _about(found.run, as_of) | {"points": points, "bound": int(found.is_bound.sum()), "all": len(found.nodes)}


MOST_LISTED = 50


def bound_columns(found: Envelopes) -> list[int]:
    missing = np.maximum(found.asked_kw[0] - found.import_kw, 0.0) + np.maximum(
        found.asked_kw[1] - found.export_kw, 0.0
    )
    lost = missing.mean(axis=0)
    return [int(n) for n in np.argsort(-lost, kind="stable")[:MOST_LISTED] if found.is_bound[n]]


def _document(found: Envelopes, column: int) -> dict[str, Any]:
    node = int(found.nodes[column])
    injections = np.flatnonzero(found.network.network.injection_node == node)
    return {
        "mrid": found.mrid(column),
        "name": found.name(column),
        "resources": [found.network.injections.name[n] for n in injections.tolist()],
        "starts": [start.isoformat() for start in found.starts],
        "import_kw": _numbers(found.import_kw[:, column]),
        "export_kw": _numbers(found.export_kw[:, column]),
        "expected_kw": _numbers(found.expected_kw[:, column]),
        "asked_import_kw": round(float(found.asked_kw[0, column]), 2),
        "asked_export_kw": round(float(found.asked_kw[1, column]), 2),
        "is_bound": bool(found.is_bound[column]),
    }


def _about(run: HoursAhead, as_of: datetime) -> dict[str, Any]:
    return {
        "run": run.pk,
        "as_of": run.as_of.isoformat(),
        "is_old": as_of - run.as_of > AHEAD_FRESH,
        "ends_at": run.ends_at.isoformat() if run.ends_at else None,
        "expected_from": run.expected_from,
        "reason": run.reason,
        "intervals": run.intervals,
        "network_version": run.network_model_id,
        "duration_ms": run.duration_ms,
    }


def price_document(mrid: str) -> list[dict[str, Any]]:
    """What a kW more out of a point is worth, per congestion of the newest run: for desks that could give it."""
    found = newest_envelopes()
    column = found.column(mrid) if found else None
    if found is None or column is None:
        return []
    rows = Congestion.objects.filter(run=found.run).select_related("trouble")
    return [congestion_document(row) | {"eur_per_kwh": _price(row, found, column)} for row in rows]


def _price(row: Congestion, found: Envelopes, column: int) -> float:
    return float(stored.unpacked(row.prices, columns=len(found.nodes))[0, column])


def congestion_documents(*, as_of: datetime) -> dict[str, Any]:
    """The newest run whatever came of it: what is short now first, then what is likeliest."""
    run = HoursAhead.objects.order_by("-id").first()
    if run is None:
        return {"run": None, "congestion": []}
    rows = run.congestion.select_related("trouble").defer("prices")
    told = sorted((congestion_document(row) for row in rows), key=lambda one: (not one["is_now"], -one["probability"]))
    return _about(run, as_of) | {"outcome": run.outcome, "outcome_label": run.get_outcome_display(), "congestion": told}


def congestion_document(row: Congestion) -> dict[str, Any]:
    trouble = row.trouble
    return {
        "id": row.pk,
        "trouble": trouble.pk,
        "breach": row.breach,
        "breach_label": row.get_breach_display(),
        "place": trouble.place,
        "element_mrid": str(row.element_mrid),
        "element_name": row.element_name,
        "is_now": row.is_now,
        "probability": 1.0 if row.is_now else trouble.probability or 0.0,
        "begins_at": trouble.begins_at.isoformat() if trouble.begins_at else None,
        "ends_at": trouble.ends_at.isoformat() if trouble.ends_at else None,
        "state_of": row.state_of.isoformat(),
        "basis": row.basis,
        "value": row.value,
        "limit": row.limit,
        "unit": row.unit,
        "is_feasible": row.is_feasible,
        "relief_kw": row.relief_kw,
        "cost_eur_per_h": row.cost_eur_per_h,
        "sentences": row.sentences,
        "offers": row.offers,
    }


def _numbers(values: FloatArray) -> list[float | None]:
    return [round(float(value), 2) if np.isfinite(value) else None for value in values]
