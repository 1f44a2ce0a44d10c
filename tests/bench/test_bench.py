import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from gridops.supervise.process import ROOT
from tests.bench.figures import Aim, Figure, in_turns, table, written
from tests.bench.names import SUBJECTS, wanted


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "tests.bench", *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)


def test_a_run_prints_the_table_writes_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    done = run("--var", str(tmp_path), "--only", "iec104-decode")

    assert done.returncode == 0, done.stderr
    (row,) = json.loads((tmp_path / "bench.json").read_text())
    assert set(row) == {"name", "value", "unit", "limit", "ratio", "machine"}
    assert row["ratio"] == pytest.approx(row["value"] / row["limit"])
    assert row["name"] in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(one.info["cmdline"] or ())]


def test_an_unknown_name_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    done = run("--var", str(tmp_path), "--only", "nonsense")

    assert done.returncode == 2
    assert "fan-out" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_figure_of_a_subject_is_found_by_its_own_name() -> None:
    assert wanted("ingest-50k") == ["ingest"]
    assert wanted("sample-to-browser-p99") == ["sample-to-browser"]
    assert wanted("") == list(SUBJECTS)


def test_calls_take_turns_and_each_is_as_often_first() -> None:
    order: list[str] = []

    in_turns(lambda: order.append("a"), lambda: order.append("b"), rounds=3, before=lambda: order.append("|"))

    assert "".join(order) == "|ab|ba|ab|ba"


def test_an_aim_says_which_way_is_better() -> None:
    more, less = Aim(0.7, at_least=True), Aim(2.0, at_least=False)

    assert more.is_met(0.7)
    assert not more.is_met(0.69)
    assert less.is_met(2.0)
    assert not less.is_met(2.01)


def test_the_table_is_aligned_and_the_file_carries_the_machine() -> None:
    figures = [
        Figure("a", 1200.0, "rows/s", 2400.0, Aim(0.7, at_least=True)),
        Figure("longer", 1.5, "ms", 1.0, note="this / that"),
    ]

    head, first, second = table(figures).splitlines()

    assert first.index("rows/s") == second.index("ms") == head.index("unit")
    assert ">= 0.7  missed" in first
    assert all(row["machine"] for row in json.loads(written(figures)))
