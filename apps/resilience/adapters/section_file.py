"""Feeders written as main sections with laterals, as published test systems are; the format is in docs/user."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gridops.engine.reliability.analytic import Switched

PUBLISHED = Path(__file__).parent.parent / "cases"
NAMES = {"rbts:bus2": "rbts_bus2.json", "rbts:bus4": "rbts_bus4.json"}
NEVER_H = np.inf  # a fuse that has blown feeds nothing before the repair


class SectionFileError(ValueError):
    """The file is not what it should be; the words say where."""


@dataclass(frozen=True, slots=True)
class PublishedFeeders:
    name: str
    source: str
    grid: Switched
    loads: list[str]
    feeder_of_load: list[str]
    parts: list[str]


def published(
    name: str, *, transformer_repair_h: float | None = None, switching_h: float | None = None
) -> PublishedFeeders:
    """One of NAMES, with another repair of transformers or another switching time where given."""
    document = json.loads((PUBLISHED / NAMES[name]).read_text())
    if transformer_repair_h is not None:
        document["transformer_repair_h"] = transformer_repair_h
    if switching_h is not None:
        document["switching_h"] = switching_h
    return feeders_of(document)


def feeders_of(document: Mapping[str, Any]) -> PublishedFeeders:
    """Raises SectionFileError where a name or a figure is missing."""
    try:
        return _Builder(document).done()
    except KeyError as missing:
        raise SectionFileError(f"The file of sections lacks {missing}; see the format in the documents.") from None
    except (TypeError, ValueError) as wrong:
        raise SectionFileError(f"The file of sections has a value of the wrong kind: {wrong}.") from None


@dataclass(slots=True)
class _Builder:
    document: Mapping[str, Any]
    nodes: int = 1  # the busbar
    parts: list[tuple[int, int, float, float, str]] = field(default_factory=list)
    switches: list[tuple[int, int, bool, bool, float]] = field(default_factory=list)
    loads: list[tuple[int, str, str]] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    def done(self) -> PublishedFeeders:
        for feeder in self.document["feeders"]:
            self._feeder(feeder)
        for one, other in self.document["ties"]:
            self._switch(self.ends[one], self.ends[other], closed=False)
        points = {point["name"]: point for point in self.document["load_points"]}
        return PublishedFeeders(
            name=str(self.document["name"]),
            source=str(self.document.get("source", "")),
            grid=self._grid(points),
            loads=[name for _, name, _ in self.loads],
            feeder_of_load=[feeder for _, _, feeder in self.loads],
            parts=[part[-1] for part in self.parts],
        )

    def _feeder(self, feeder: Mapping[str, Any]) -> None:
        before, both = 0, int(self.document["isolators_per_section"]) == 2
        for number, section in enumerate(feeder["sections"]):
            begin, tee = self._node(), self._node()
            self._switch(before, begin, interrupts=number == 0)
            self._line(begin, tee, section)
            if both:
                begin, tee = tee, self._node()
                self._switch(begin, tee)
            for lateral in section["laterals"]:
                self._lateral(tee, lateral, feeder["name"])
            before = tee
        self.ends[feeder["name"]] = before

    def _lateral(self, tee: int, lateral: Mapping[str, Any], feeder: str) -> None:
        begin, end = self._node(), self._node()
        self._switch(tee, begin, interrupts=True, hours=NEVER_H)
        self._line(begin, end, lateral)
        if lateral["transformer"]:
            begin, end = end, self._node()
            rate, hours = self.document["transformer_failures_per_year"], self.document["transformer_repair_h"]
            self.parts.append((begin, end, float(rate), float(hours), f"transformer of {lateral['load_point']}"))
        self.loads.append((end, lateral["load_point"], feeder))

    def _line(self, begin: int, end: int, one: Mapping[str, Any]) -> None:
        rate = float(one["km"]) * float(self.document["line_failures_per_km_year"])
        self.parts.append((begin, end, rate, float(self.document["line_repair_h"]), str(one["name"])))

    def _node(self) -> int:
        self.nodes += 1
        return self.nodes - 1

    def _switch(
        self, a: int, b: int, *, closed: bool = True, interrupts: bool = False, hours: float | None = None
    ) -> None:
        self.switches.append(
            (a, b, closed, interrupts, float(self.document["switching_h"]) if hours is None else hours)
        )

    def _grid(self, points: Mapping[str, Mapping[str, Any]]) -> Switched:
        part_from, part_to, rate, repair, _ = zip(*self.parts, strict=True)
        a, b, closed, interrupts, hours = zip(*self.switches, strict=True)
        at = [points[name] for _, name, _ in self.loads]
        return Switched(
            n_nodes=self.nodes,
            part_from=np.array(part_from, np.int32),
            part_to=np.array(part_to, np.int32),
            rate_per_year=np.array(rate),
            repair_h=np.array(repair),
            momentary_per_year=np.zeros(len(rate)),
            switch_from=np.array(a, np.int32),
            switch_to=np.array(b, np.int32),
            switch_closed=np.array(closed, np.bool_),
            switch_interrupts=np.array(interrupts, np.bool_),
            switch_h=np.array(hours),
            source_node=np.zeros(1, np.int32),
            load_node=np.array([node for node, _, _ in self.loads], np.int32),
            customers=np.array([point["customers"] for point in at], np.int32),
            load_kw=np.array([point["average_kw"] for point in at], np.float64),
        )
