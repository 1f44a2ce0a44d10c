"""One state of the whole network from what the areas' processes said last; what is old or missing is marked so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.area_result import COLUMNS, FIGURES, AreaResult
from apps.state.adapters.areas import AreaPlan
from apps.state.adapters.meters import MeterPlan, Readings
from apps.state.adapters.solving import BadMeter, Solved, shown_switches
from apps.state.choices import Outcome, Provenance, Supply

STALE_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Told:
    as_of: datetime
    result: AreaResult


class AreaPicture:
    def __init__(self, network: AssembledNetwork, meters: MeterPlan, plan: AreaPlan) -> None:
        self._network, self._meters, self._plan = network, meters, plan
        self._closed = network.normal_closed
        self._row_of = {row.mrid: n for n, row in enumerate(meters.rows)}
        self._newest: dict[int, Told] = {}

    @property
    def estimated_at(self) -> Mapping[str, datetime | None]:
        """By the name of each area, as of the last picture; None for one that was never heard of."""
        newest = self._newest
        return {name: newest[area].as_of if area in newest else None for area, name in enumerate(self._plan.names)}

    def assemble(self, readings: Readings, told: Sequence[Told], as_of: datetime) -> Solved:
        """told: the newest of every area. Where two cover an area, as when a tie was closed, the younger counts."""
        by_age = sorted(told, key=lambda entry: entry.as_of)
        columns: dict[str, Any] = self._painted(by_age, as_of)
        self._newest = newest = {area: entry for entry in by_age for area in entry.result.members}
        fresh = {area: entry for area, entry in newest.items() if as_of - entry.as_of <= STALE_AFTER}
        speaking = list({id(entry): entry for entry in fresh.values()}.values())
        outcome = _outcome(speaking)
        is_whole = len(fresh) == self._plan.areas.count and all(e.result.outcome == Outcome.SOLVED for e in speaking)
        figures: dict[str, Any] = {
            name: sum(e.result.figures[name] for e in speaking) if is_whole else np.nan for name in FIGURES
        }
        supplied = figures["import_kw"] + figures["generation_kw"] + figures["storage_kw"]
        self._closed = self._meters.switch_closed(readings, self._closed)
        is_fresh, position = shown_switches(self._meters, readings)
        return Solved(
            outcome=outcome,
            reason=self._reason(newest, fresh, speaking),
            **columns,
            switch_position=position,
            switch_is_fresh=is_fresh,
            switch_is_off_normal=self._closed != self._network.normal_closed,
            load_kw=supplied - figures["losses_kw"],
            **figures,
            line_losses_kw=np.full(len(self._network.lines), np.nan),
            transformer_losses_kw=np.full(len(self._network.transformers), np.nan),
            source_p_kw=np.full(len(self._network.sources), np.nan),
            bad=self._bad(speaking),
            doubtful_switches=[doubt for entry in speaking for doubt in entry.result.doubtful],
            oldest_at=min((entry.as_of for entry in speaking), default=None),
        )

    def _painted(self, by_age: Sequence[Told], as_of: datetime) -> dict[str, npt.NDArray[Any]]:
        network = self._network
        count = {
            "node": network.n_display_nodes,
            "line": len(network.lines),
            "transformer": len(network.transformers),
        }
        columns = {name: _nothing(name, count[kind]) for kind, names in COLUMNS.items() for name in names}
        for entry in by_age:
            is_old = as_of - entry.as_of > STALE_AFTER
            for kind, names in COLUMNS.items():
                for name in names:
                    values = entry.result.columns[name]
                    if is_old and name.endswith("provenance"):
                        values = np.where(values == Provenance.NONE, values, int(Provenance.STALE))
                    columns[name][entry.result.places[kind]] = values
        return columns

    def _reason(self, newest: dict[int, Told], fresh: dict[int, Told], speaking: Sequence[Told]) -> str:
        names = self._plan.names
        silent = [
            f"{names[area]} (since {newest[area].as_of:%H:%M:%S} UTC)" if area in newest else f"{names[area]} (never)"
            for area in range(self._plan.areas.count)
            if area not in fresh
        ]
        said = [entry.result.reason for entry in speaking if entry.result.reason]
        return " ".join([f"No estimate of the areas {', '.join(silent)}."] * bool(silent) + said)

    def _bad(self, speaking: Sequence[Told]) -> list[BadMeter]:
        """A meter at a boundary may be named from both sides."""
        named = {mrid: meter for entry in speaking for mrid, meter in entry.result.bad if mrid in self._row_of}
        return [
            BadMeter(self._row_of[mrid], m.at_us, m.measured, m.estimated, m.normalised_residual)
            for mrid, m in named.items()
        ]


def _nothing(name: str, count: int) -> npt.NDArray[Any]:
    if name.endswith("supply"):
        return np.full(count, int(Supply.UNKNOWN))
    if name.endswith("provenance"):
        return np.full(count, int(Provenance.NONE))
    return np.full(count, np.nan)


def _outcome(speaking: Sequence[Told]) -> Outcome:
    """The best of them: what one area cannot say must not hide what the others can."""
    said = {entry.result.outcome for entry in speaking}
    return next((outcome for outcome in (Outcome.SOLVED, Outcome.DIVERGED) if outcome in said), Outcome.BLIND)
