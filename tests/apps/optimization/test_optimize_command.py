"""`manage.py optimize`: any network of a file without a database, the newest stored state with one, and refusals."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pandapower as pp
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from apps.assets.adapters.case_network import CaseNetwork, case_network, named_case
from apps.optimization.adapters import case_optimum
from apps.optimization.adapters.case_optimum import best_of_case
from apps.optimization.adapters.optimum import NoOptimum
from apps.optimization.adapters.reconfiguring import operating_of
from apps.optimization.choices import Aim
from apps.optimization.management.commands import optimize
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir, grid
from tests.factories.rings import ring, ring_file

NAMED = {"DATABASE_URL", "REDIS_URL", "GRIDOPS_SECRET_KEY"}
KEYS = {
    "aim", "before", "after", "switchings", "set_points", "gap", "reason", "network", "as_of", "notes", "seconds"
}  # fmt: skip
FIGURES = {"losses_kw", "violations", "min_voltage_pu", "max_voltage_pu", "max_loading_percent"}


@pytest.fixture(autouse=True)
def cache(settings, tmp_path):
    (tmp_path / "cases").symlink_to(cache_dir())
    settings.VAR = tmp_path


def told(*arguments):
    out = StringIO()
    call_command("optimize", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def document(*arguments):
    return json.loads(told(*arguments, "--json"))


def moved(here: CaseNetwork, moves) -> CaseNetwork:
    """The file's network with the moves done, by their names."""
    case = here.case
    to = {(move["quantity"], move["device_name"]): move["to"] for move in moves}
    elements = [*case.loads, *case.generators, *case.storages]
    closed = [
        to.get(("switch_state", one.name), was) for one, was in zip(case.switches, here.switch_closed, strict=True)
    ]
    taps = [
        to.get(("tap_position", one.name), was) for one, was in zip(case.transformers, here.tap_position, strict=True)
    ]
    kvar = [-to.get(("reactive_power", one.name), -was) for one, was in zip(elements, here.q_kvar, strict=True)]
    return replace(
        here,
        switch_closed=np.array(closed, np.bool_),
        tap_position=np.array(taps, np.int32),
        q_kvar=np.array(kvar),
        is_regulating=np.zeros(len(taps), np.bool_),
    )


def test_the_feeder_of_baran_and_wu_gets_its_proven_optimum():
    found = document("case33bw")
    assert set(found) == KEYS
    assert set(found["before"]) == set(found["after"]) == FIGURES
    assert found["before"]["losses_kw"] == pytest.approx(202.677, abs=5e-4)
    assert found["after"]["losses_kw"] == pytest.approx(139.551, abs=5e-4)
    assert found["after"]["min_voltage_pu"] == pytest.approx(0.93782, abs=1e-5)
    assert [move["to"] for move in found["switchings"]] == [1.0, 0.0] * 4
    assert {move["branch"] for move in found["switchings"]} == {33, 34, 35, 36, 7, 9, 14, 32}
    assert found["switchings"][-1]["after"] == found["after"]
    assert found["gap"] == {"switchings": 0, "set_points": None}
    assert "no tap changer, capacitor or inverter" in found["reason"]
    assert found["seconds"] > 0


def test_taps_and_inverters_follow_the_open_points_and_a_power_flow_of_the_file_agrees():
    found = document(str(ring_file()))
    assert {move["quantity"] for move in found["set_points"]} == {"tap_position", "reactive_power"}
    losses = [found["before"]["losses_kw"], *(move["after"]["losses_kw"] for move in found["set_points"])]
    assert found["after"]["losses_kw"] == losses[-1] < losses[0]
    here = case_network(grid(str(ring_file())))
    there = operating_of(moved(here, [*found["switchings"], *found["set_points"]]))
    state = there.flow(there.switch_closed)[1]
    assert state.losses_kw == pytest.approx(found["after"]["losses_kw"], abs=1e-3)
    assert float(max(state.line_loading)) * 100 == pytest.approx(found["after"]["max_loading_percent"], abs=0.01)


def test_of_many_set_points_only_the_last_is_followed_by_a_power_flow(monkeypatch):
    each = document(str(ring_file()))
    monkeypatch.setattr(case_optimum, "MOST_SEEN", 1)
    found = document(str(ring_file()))
    assert found["after"] == each["after"] == found["set_points"][-1]["after"]
    assert {move["after"] for move in found["set_points"][:-1]} == {None}


def test_a_network_with_its_own_switches_moves_those_of_the_file():
    found = document(MEDIUM_VOLTAGE, "--max-switchings", "2")
    assert [move["words"].split()[0] for move in found["switchings"]] == ["Close", "Open"]
    assert {move["device_name"] for move in found["switchings"]} <= {one.name for one in grid(MEDIUM_VOLTAGE).switches}
    assert found["after"]["losses_kw"] < found["switchings"][-1]["after"]["losses_kw"] < found["before"]["losses_kw"]


def test_a_capacitor_that_only_costs_is_switched_off(tmp_path):
    net = ring()
    end = int(net.bus.index[net.bus.name == "B4"][0])
    pp.create_shunt(net, end, q_mvar=-3.0, name="Capacitor")
    pp.to_json(net, str(tmp_path / "bank.json"))
    found = document(str(tmp_path / "bank.json"), "--max-switchings", "0")
    (off,) = [move for move in found["set_points"] if move["device_name"] == "Capacitor"]
    assert (off["to"], off["words"]) == (0.0, "Switch Capacitor off")
    assert found["after"]["losses_kw"] < found["before"]["losses_kw"]


def test_limits_are_ended_with_one_tie_closed_and_one_switch_opened(tmp_path):
    net = ring()
    net.load.loc[net.load.name.str.startswith("A"), "p_mw"] *= 1.6
    pp.to_json(net, str(tmp_path / "heavy.json"))
    found = document(str(tmp_path / "heavy.json"), "--aim", "limits")
    assert found["before"]["violations"] > 0
    assert found["after"]["violations"] == 0
    assert [move["to"] for move in found["switchings"]] == [1.0, 0.0]


def test_where_no_limit_is_broken_the_limits_ask_for_nothing_and_say_so():
    found = document(str(ring_file()), "--aim", "limits")
    assert found["switchings"] == found["set_points"] == []
    assert found["before"] == found["after"]
    assert "Open points: No limit is broken. Set-points: No better set-points" in found["reason"]


def test_near_nominal_is_nearer_than_before():
    found = document(str(ring_file()), "--aim", "voltages")
    low, high = found["after"]["min_voltage_pu"], found["after"]["max_voltage_pu"]
    assert found["set_points"]
    assert max(abs(low - 1), abs(high - 1)) < max(
        abs(found["before"]["min_voltage_pu"] - 1), abs(found["before"]["max_voltage_pu"] - 1)
    )


def test_without_json_it_is_a_table():
    text = told("case33bw")
    assert "202.677" in text and "139.551" in text
    assert "Close" in text and "every line counts as one that can be switched" in text


def test_no_solution_is_a_sentence(tmp_path):
    case = named_case("case33bw", tmp_path)
    heavy = replace(case, loads=tuple(replace(load, p_kw=1000 * load.p_kw) for load in case.loads))
    with pytest.raises(NoOptimum, match="has no solution"):
        best_of_case(heavy, Aim.LOSSES, None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["case33bw", "--aim", "profit"], "--aim: 'profit'"),
        (["case33bw", "--max-switchings", "few"], "--max-switchings: 'few'"),
        (["missing.json"], "cannot be read"),
        (["simbench:none"], "cannot be read"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, words):
    with pytest.raises(CommandError, match=words):
        told(*arguments)


def run_alone(tmp_path, *arguments):
    plain = {name: value for name, value in os.environ.items() if name not in NAMED}
    return subprocess.run(
        [sys.executable, Path("manage.py").resolve(), "optimize", *arguments],
        env={**plain, "GRIDOPS_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_network_of_a_file_needs_no_server_and_no_setting(tmp_path):
    done = run_alone(tmp_path, "case33bw", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["after"]["losses_kw"] == pytest.approx(139.551, abs=5e-4)


def test_a_refusal_is_exit_code_1_and_one_sentence(tmp_path):
    done = run_alone(tmp_path, "case33bw", "--aim", "profit")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("CommandError: --aim") and len(done.stderr.splitlines()) == 1


def test_a_database_that_cannot_be_reached_is_a_sentence(monkeypatch):
    def unreachable(**_):
        raise OperationalError("connection refused")

    monkeypatch.setattr(optimize, "best_of_newest", unreachable)
    with pytest.raises(CommandError, match=r"cannot be reached \(connection refused\). Set DATABASE_URL"):
        told()


@pytest.mark.django_db
def test_without_a_stored_state_it_says_so():
    with pytest.raises(CommandError, match="There is no state to begin from: No state is stored"):
        told()


@pytest.mark.django_db
def test_without_a_network_it_is_the_newest_stored_state_and_nothing_is_written():
    begun = timezone.now() - timedelta(minutes=5)
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=begun).step(begun)
    before = {model._meta.label: model.objects.count() for model in apps.get_models()}
    found = document("--max-switchings", "2")
    assert found["network"] is None and found["as_of"]
    assert len(found["switchings"]) == 2
    assert found["after"]["losses_kw"] < found["before"]["losses_kw"]
    assert {model._meta.label: model.objects.count() for model in apps.get_models()} == before
