"""`manage.py reconfigure`: published optima, the document that others script against, and refusals."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.assets.adapters.case_network import named_case
from apps.optimization.adapters.reconfiguring import Wish, reconfigured
from tests.engine.case69 import write_case69
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir, grid
from tests.studies.reconfiguration import CIVANLAR_OHM, with_ohms

NAMED = {"DATABASE_URL", "REDIS_URL", "GRIDOPS_SECRET_KEY"}
KEYS = {"loss_kw_before", "loss_kw", "min_voltage_pu", "open_branches", "gap", "seconds", "steps"}


@pytest.fixture(autouse=True)
def cache(settings, tmp_path):
    (tmp_path / "cases").symlink_to(cache_dir())
    settings.VAR = tmp_path


def document(*arguments):
    out = StringIO()
    call_command("reconfigure", *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_the_feeder_of_baran_and_wu_gets_its_proven_optimum():
    told = document("case33bw")
    assert set(told) == KEYS
    assert told["loss_kw_before"] == pytest.approx(202.677, abs=5e-4)
    assert told["loss_kw"] == pytest.approx(139.551, abs=5e-4)
    assert told["open_branches"] == [7, 9, 14, 32, 37]
    assert told["gap"] == 0
    assert told["min_voltage_pu"] == pytest.approx(0.93782, abs=1e-5)
    assert [step["action"] for step in told["steps"]] == ["close", "open"] * 4
    assert {step["branch"] for step in told["steps"]} == {33, 34, 35, 36, 7, 9, 14, 32}
    assert all(step["why"] and step["checks"]["all_fed"] and step["checks"]["limits_kept"] for step in told["steps"])
    assert told["steps"][-1]["loss_kw"] == told["loss_kw"]


@pytest.mark.parametrize(
    ("name", "factor", "today", "best"),
    [
        ("case16ci", CIVANLAR_OHM, 511.44, 466.13),
        ("69", 1.0, 224.99, 99.62),
        ("case118zh", 1.0, 1298.09, 869.73),
        ("case136ma", 1.0, 320.36, 280.19),
    ],
)
def test_other_published_systems_come_within_half_a_percent(name, factor, today, best, tmp_path):
    source = write_case69(tmp_path) if name == "69" else name
    case = with_ohms(named_case(source, tmp_path), factor)
    planned = reconfigured(case, Wish())
    outcome = planned.outcome
    assert all(isinstance(branch, int) for branch in planned.open_branches)
    assert outcome.before.losses_kw == pytest.approx(today, rel=1e-4)
    assert outcome.after.losses_kw <= 1.005 * best
    assert outcome.order.complete
    assert outcome.bound_kw <= outcome.after.losses_kw


def test_a_network_with_its_own_switches_names_those_it_moves():
    told = document(MEDIUM_VOLTAGE)
    assert told["loss_kw"] < told["loss_kw_before"]
    assert {step["switch"] for step in told["steps"]} <= {switch.name for switch in grid(MEDIUM_VOLTAGE).switches}


def test_no_server_and_no_setting_is_needed(tmp_path):
    told = {name: value for name, value in os.environ.items() if name not in NAMED}
    done = subprocess.run(
        [sys.executable, Path("manage.py").resolve(), "reconfigure", "case33bw", "--json"],
        env={**told, "GRIDOPS_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["loss_kw"] == pytest.approx(139.551, abs=5e-4)


def test_at_most_so_many_switches_are_operated():
    told = document("case33bw", "--max-switchings", "2")
    assert len(told["steps"]) == 2
    assert 139.551 < told["loss_kw"] < told["loss_kw_before"]
    assert document("case33bw", "--max-switchings", "0")["steps"] == []


def test_without_json_it_is_a_table():
    out = StringIO()
    call_command("reconfigure", "case33bw", stdout=out, stderr=StringIO())
    assert "open     7, 9, 14, 32, 37" in out.getvalue()
    assert "139.551 kW" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.txt"], "no known source"),
        (["case33bx"], "not among the cases"),
        (["case85"], "nothing to choose"),
        (["case33bw", "--max-switchings", "few"], "--max-switchings: 'few'"),
        (["case33bw", "--switching", "-1"], "--switching: '-1'"),
        (["case33bw", "--interruptions", "1"], "lengths of the lines"),
        (["case118zh", "--prove"], "more than 1,000,000"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, words):
    with pytest.raises(CommandError, match=words):
        document(*arguments)


def test_a_broken_file_is_refused(tmp_path):
    path = Path(tmp_path, "broken.m")
    path.write_text("function mpc = broken\nmpc.baseMVA = 1;\n")
    with pytest.raises(CommandError, match="missing or empty"):
        document(str(path))
