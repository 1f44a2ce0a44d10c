"""Estimation against the simulated field's truth over a simulated day.

    python -m tests.studies estimation --grid simbench:1-HVMV-urban-all-1-sw

--currents none: without the ammeters at the heads of lines.

The whole path of a scan is taken (meters with their noise, dead meters, signal list, ingest, estimate); only the wires
are left out. Every quarter of an hour all meters report, as after an interrogation, and one scan is compared.
"""

import argparse
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from apps.state import frames
from apps.state.choices import Provenance, Supply
from gridops.engine.estimation.angles import Angles
from tests.factories.field import Room, make_room

FloatArray = npt.NDArray[np.float64]
DAY = timedelta(days=1)
STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class Accuracy:
    """Errors of one study, where the state is observable (measured or estimated from real meters alone)."""

    scans: int
    voltage_rms: float  # fraction of nominal
    voltage_worst: float
    loading_rms: float  # fraction of rating
    loading_worst: float
    observable_nodes: float  # share of node-scans
    observable_branches: float

    def __str__(self) -> str:
        return (
            f"{self.scans} scans: voltage RMS {self.voltage_rms:.4%} (worst {self.voltage_worst:.3%}), "
            f"loading RMS {self.loading_rms:.3%} (worst {self.loading_worst:.2%}), observable "
            f"{self.observable_nodes:.1%} of nodes, {self.observable_branches:.1%} of branches"
        )


@dataclass(frozen=True)
class _Errors:
    voltage: FloatArray
    loading: FloatArray
    observable_nodes: float
    observable_branches: float


def study(room: Room, start: datetime, *, scans: int) -> Accuracy:
    errors = list(_scans(room, start, scans))
    voltage = np.concatenate([each.voltage for each in errors])
    loading = np.concatenate([each.loading for each in errors])
    return Accuracy(
        scans=scans,
        voltage_rms=_rms(voltage),
        voltage_worst=float(np.abs(voltage).max()),
        loading_rms=_rms(loading),
        loading_worst=float(np.abs(loading).max()),
        observable_nodes=float(np.mean([each.observable_nodes for each in errors])),
        observable_branches=float(np.mean([each.observable_branches for each in errors])),
    )


def _scans(room: Room, start: datetime, scans: int) -> Iterator[_Errors]:
    day = start.replace(hour=0, minute=0)
    for number in range(scans):
        # Wall time runs in scans, the profiles in quarters of an hour: no value is older than its scan.
        solution = room.step(start + timedelta(seconds=2 * number), profile_time=day + number * DAY / scans)
        assert solution.outcome == "solved", solution.reason
        yield _compare(room, frames.decode(bytes(solution.frame)))


def _compare(room: Room, frame: frames.Frame) -> _Errors:
    truth = room.field.state
    assert truth is not None
    shown = room.display_nodes()
    node = _observable(frame.node_status)
    line, unit = _observable(frame.line_status), _observable(frame.transformer_status)
    true_line, true_unit = truth.grid.line_loading[: len(line)], truth.grid.transformer_loading[: len(unit)]
    rated = np.isfinite(true_line)
    loading = np.concatenate(
        [(frame.line_loading - true_line)[line & rated], (frame.transformer_loading - true_unit)[unit]]
    )
    branches = np.concatenate([line, unit])
    return _Errors((frame.node_voltage_pu - truth.grid.voltage_pu[shown])[node], loading, node.mean(), branches.mean())


def _observable(status: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    provenance = (status >> 2) & 0b111
    live = (status & 0b11) == Supply.LIVE
    return np.asarray(live & np.isin(provenance, (Provenance.MEASURED, Provenance.ESTIMATED)))


def _rms(error: FloatArray) -> float:
    return float(np.sqrt(np.mean(error**2)))


def report(grid: str, accuracy: Accuracy, command: str) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    return f"- `{grid}` at commit {commit.stdout.strip()}: {accuracy}  \n  `{command}`\n"


def run(arguments: argparse.Namespace) -> str:
    start = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
    room = make_room(arguments.grid, arguments.cache, started_at=start, seed=arguments.seed)
    command = f"python -m tests.studies estimation --grid {arguments.grid} --seed {arguments.seed}"
    if arguments.currents == "none":
        with patch.object(Angles, "lend", lambda _angles, measurements, _topology: measurements):
            return report(arguments.grid, study(room, start, scans=arguments.scans), f"{command} --currents none")
    return report(arguments.grid, study(room, start, scans=arguments.scans), command)
