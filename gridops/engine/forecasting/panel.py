"""Many series, one training: what is learned of all of them together, in units of each one's own level."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.ahead import Ahead
from gridops.engine.forecasting.edges import evened
from gridops.engine.forecasting.family import MEMBERS, Family, fit_family
from gridops.engine.forecasting.histories import grid
from gridops.engine.forecasting.many import FIRST, Effort, Panel, Progress, silent
from gridops.engine.forecasting.panel_rows import PanelRows, made
from gridops.engine.forecasting.sampling import ahead_of, chunks, sampled, windowed

__all__ = ["FIRST", "MEMBERS", "Effort", "Panel", "PanelModel", "Progress", "fit_panel", "silent"]

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
_FORMAT = 2


@dataclass(frozen=True)
class PanelModel:
    """What was learned. `families`: of series that move with their past, of plants, and of those that the sun drives;
    where there are any."""

    features: tuple[str, ...]
    ahead_names: tuple[str, ...]
    levels: FloatArray
    families: dict[str, Family]
    rows: int

    @property
    def has_trees(self) -> bool:
        return all(family.boosted is not None for family in self.families.values())

    def say(self, panel: Panel, issue: int, horizon: int) -> Float32Array:
        """Members x series x horizon x levels, kW; nan where a series has no past to stand on. Sorted, not yet weighed,
        corrected or held within limits: `issuing.issue` does that."""
        ahead = ahead_of(panel, self.ahead_names, issue, horizon)
        said = np.empty((len(MEMBERS), len(panel), horizon, len(self.levels)), np.float32)
        for chunk in chunks(len(panel)):
            part = panel.part(chunk)
            rows = self.rows_of(part, issue, horizon, ahead)
            found = self._said(rows).reshape(len(MEMBERS), -1, horizon, len(self.levels))
            base = (rows.base * rows.unit).reshape(-1, horizon)
            soft = np.flatnonzero(~part.solar)  # the sun rises and sets within an hour
            found[:, soft] = evened(found[:, soft], base[soft], self.levels, panel.clock.day)
            said[:, chunk] = found
        return said

    def rows_of(self, panel: Panel, issue: int, horizon: int, ahead: Ahead | None = None) -> PanelRows:
        """The features of all series at one issue, series after series."""
        ahead = ahead or ahead_of(panel, self.ahead_names, issue, horizon)
        scene = windowed(panel, ahead, issue)
        return made(scene, grid(len(panel), issue - scene.first, horizon))

    def family_of(
        self, rows: PanelRows, stands: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[Family, npt.NDArray[np.bool_]]]:
        for name, family in self.families.items():
            chosen = stands & kinds(rows)[name]
            if chosen.any():
                yield family, chosen

    def _said(self, rows: PanelRows) -> Float32Array:
        said = np.full((len(MEMBERS), len(rows.unit), len(self.levels)), np.nan, np.float32)
        stands = np.isfinite(rows.base) & np.isfinite(rows.unit)
        for family, chosen in self.family_of(rows, stands):
            some = rows if chosen.all() else rows.chosen(chosen)
            found = np.sort(family.forecast(some), axis=2)
            said[:, chosen] = (found + some.base[None, :, None]) * some.unit[None, :, None]
        said[:, stands & rows.is_night] = 0.0
        return said

    def to_bytes(self) -> bytes:
        """Compressed text of trees and JSON."""
        document = {
            "format": _FORMAT,
            "features": self.features,
            "ahead_names": self.ahead_names,
            "levels": self.levels.tolist(),
            "families": {name: family.document() for name, family in self.families.items()},
            "rows": self.rows,
        }
        return gzip.compress(json.dumps(document).encode(), mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> "PanelModel":
        """Raises ValueError for what is no such model."""
        try:
            document: dict[str, Any] = json.loads(gzip.decompress(content))
            if document["format"] != _FORMAT:
                raise ValueError(f"the model has format {document['format']}; this release reads {_FORMAT}: train anew")
            families = {name: Family.from_document(one) for name, one in document["families"].items()}
        except (OSError, EOFError, KeyError, TypeError) as error:
            raise ValueError(f"this is no model of a panel: {error}") from None
        names = tuple(document["features"]), tuple(document["ahead_names"])
        return cls(*names, np.array(document["levels"]), families, int(document["rows"]))


def kinds(rows: PanelRows) -> dict[str, BoolArray]:
    """Which rows belong to the family of each name."""
    return {"loads": ~rows.is_plant, "plants": rows.is_plant & ~rows.is_solar, "solar": rows.is_solar}


def fit_panel(
    panel: Panel,
    *,
    until: int,
    horizon: int,
    levels: Sequence[float] | FloatArray,
    effort: Effort = Effort(),  # noqa: B008  frozen
    progress: Progress = silent,
) -> PanelModel:
    """One training for all, from steps before `until`: the same panel and effort give the same model.

    Raises ValueError where there is nothing to learn from.
    """
    if min(until, panel.target.shape[1]) < 2 or not len(panel):
        raise ValueError(f"there is nothing to learn from: {len(panel)} series with {max(until, 0)} steps")
    rows, goal, fold = sampled(panel, until=until, horizon=horizon, effort=effort, progress=progress)
    if not len(goal):
        raise ValueError(
            f"there is nothing to learn from: none of {len(panel)} series has a value with a past before it"
        )
    levels = np.asarray(levels, np.float64)
    families = {}
    for name, chosen in kinds(rows).items():
        if chosen.any():
            some = rows.chosen(chosen)
            families[name] = fit_family(some, goal[chosen], fold[chosen], levels, effort=effort, progress=progress)
    return PanelModel(rows.names, panel.ahead_names, levels, families, len(goal))
