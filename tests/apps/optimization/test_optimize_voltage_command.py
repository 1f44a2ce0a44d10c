"""`manage.py optimize_voltage`: the document that others script against, profiles of a file, and refusals."""

import json
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir, grid

KEYS = {
    "objective",
    "steps",
    "step_hours",
    "confirmed",
    "reason",
    "explanation",
    "violations",
    "worst_pu",
    "loss_kwh",
    "energy_kwh",
    "overloads",
    "tap_operations",
    "gap",
    "rounds",
    "solver_seconds",
    "set_points",
    "seconds",
}
GRID = MEDIUM_VOLTAGE


@pytest.fixture(autouse=True)
def cache(settings, tmp_path):
    (tmp_path / "cases").symlink_to(cache_dir())
    settings.VAR = tmp_path


def told(*arguments):
    out = StringIO()
    call_command("optimize_voltage", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def document(*arguments):
    return json.loads(told(*arguments, "--json"))


def test_a_day_of_the_networks_own_profiles_is_planned_without_a_database():
    found = document(GRID, "--day", "181", "--steps", "6", "--max-tap-operations", "3")
    assert set(found) == KEYS
    assert found["confirmed"] and found["steps"] == 6 and found["step_hours"] == 4
    assert found["violations"]["after"] == 0 and found["loss_kwh"]["after"] < found["loss_kwh"]["fixed"]
    taps = found["set_points"]["tap_position"]
    start = {unit.name: unit.tap_position for unit in grid(GRID).transformers}
    for name, track in taps.items():
        assert len(track) == 6
        assert sum(abs(b - a) for a, b in pairwise([start[name], *track])) <= 3


def test_factors_of_a_file_scale_kinds_and_single_elements(tmp_path):
    file = tmp_path / "day.csv"
    name = grid(GRID).loads[1].name
    rows = ["2026-01-01T00:00:00+00:00,0.5,0.25", "2026-01-01T01:00:00+00:00,1.0,1.0"]
    file.write_text("\n".join([f"time,loads,{name}", *rows]))
    found = document(GRID, "--profiles", str(file))
    assert found["steps"] == 2 and found["step_hours"] == 1


def test_without_json_a_table_compares_the_plan_with_both_baselines():
    text = told("case33bw", "--profiles", "none")
    assert "as it stands" in text and "local control" in text and "No better set-points" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.xyz"], "no known source"),
        (["case33bw"], "has none of its own"),
        ([GRID, "--day", "400"], "days 1 to 366"),
        ([GRID, "--steps", "7"], "do not divide"),
        ([GRID, "--profiles", "missing.csv"], "cannot be read"),
        ([GRID, "--max-tap-operations", "-1"], "0 or more"),
        ([GRID, "--cvr-factor", "5"], "between 0 and 2"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, words):
    with pytest.raises(CommandError, match=words):
        told(*arguments)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hour,loads\n1,1\n", "column 'time'"),
        ("time,loads\nyesterday,1\n", "line 2"),
        ("time,loads\n2026-01-01T00:00:00+00:00,much\n", "line 2"),
        ("time,nobody\n2026-01-01T00:00:00+00:00,1\n", "'nobody' names no load"),
        ("time,loads\n2026-01-01T00:00,1\n2026-01-01T01:00,1\n2026-01-01T03:00,1\n", "equal steps"),
        ("time,loads\n2026-01-01T00:00,1\n2026-01-01T01:00+00:00,1\n", "offset"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(tmp_path, text, words):
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(CommandError, match=words):
        told(GRID, "--profiles", str(file))
