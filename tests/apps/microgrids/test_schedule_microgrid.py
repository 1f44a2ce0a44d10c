"""The command on files: two microgrids of a published set, answers by hand, and what bad files are told."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

FIXTURES = Path(__file__).parent
SPEC: dict[str, Any] = {
    "name": "Harbour",
    "mode": "plan",
    "loads": [{"name": "Clinic", "demand_kw": "clinic"}],
    "storage": [{"name": "Battery", "charge_kw": 10, "energy_kwh": 20, "initial_kwh": 0}],
    "grid": {"import_kw": 50, "buy": "price"},
    "series": {"clinic": [5, 5], "price": [0.1, 0.5]},
}


def answered(path: Path) -> dict[str, Any]:
    out = StringIO()
    call_command("schedule_microgrid", str(path), json=True, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def written(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(SPEC | changes))
    return path


def refused(path: Path) -> str:
    with pytest.raises(CommandError) as error:
        call_command("schedule_microgrid", str(path), json=True, stdout=StringIO())
    return str(error.value)


@pytest.mark.parametrize("number", [0, 24])
def test_of_a_published_microgrid_costs_are_those_of_its_own_library_and_below_its_rules(
    number: int, tmp_path: Path
) -> None:
    """Three days; 24 has a grid that fails and a generator, which the library's rules leave standing."""
    given = json.loads((FIXTURES / f"pymgrid_{number}.json").read_text())
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(given["spec"]))
    found = answered(path)
    assert found["cost"] == pytest.approx(given["library"]["cost_of_our_decisions"], rel=1e-4)
    assert found["cost"] < given["library"]["rule_based_cost"]
    assert sum(step["shed_kw"]["load"] for step in found["steps"]) == pytest.approx(0.0, abs=1e-6)


def test_a_plan_is_told_with_powers_prices_and_reasons(tmp_path: Path) -> None:
    found = answered(written(tmp_path))
    first, last = found["steps"]
    assert (found["status"], found["cost"], found["costs"]["bought"]) == ("optimal", 1.0, 1.0)
    assert (first["storage_kw"]["Battery"], last["storage_kw"]["Battery"]) == (-5.0, 5.0)
    assert first["shadow_price"] == pytest.approx(0.1)
    assert "Battery charges 5.0 kW" in first["reasons"][0]
    assert found["uncontrolled"]["cost"] == pytest.approx(3.0)


def test_step_by_step_the_second_hour_is_not_known_in_the_first(tmp_path: Path) -> None:
    blind = answered(written(tmp_path, mode="rolling", tariff="forecast"))
    assert blind["cost"] == pytest.approx(3.0)
    told = answered(written(tmp_path, mode="rolling", tariff="known"))
    assert told["cost"] == pytest.approx(1.0)


def test_a_series_comes_from_a_file_beside_the_specification(tmp_path: Path) -> None:
    (tmp_path / "load.csv").write_text("kw,price\n5,0.1\n5,0.5\n")
    series = {"clinic": {"file": "load.csv", "column": "kw"}, "price": {"file": "load.csv", "column": "price"}}
    assert answered(written(tmp_path, series=series))["cost"] == 1.0
    series["clinic"]["column"] = "kwh"
    assert refused(written(tmp_path, series=series)).startswith("series.clinic.column: 'load.csv' has no column 'kwh'")


def test_what_is_not_possible_is_an_answer_with_a_way_out(tmp_path: Path) -> None:
    found = answered(written(tmp_path, storage=[], grid={"import_kw": 3, "buy": "price"}))
    assert found["status"] == "infeasible"
    assert "load without a source in step 1: 2 kW" in found["way_out"][0]
    rolling = answered(written(tmp_path, mode="rolling", storage=[], grid={"import_kw": 3, "buy": "price"}))
    assert rolling["status"] == "infeasible"
    assert rolling["reason"].startswith("Step 1: ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loads": []}, "loads: there is none"),
        ({"series": {}}, "series: there is none"),
        ({"series": {"clinic": [1, 2], "price": [1]}}, "series: they have different lengths"),
        ({"series": {"clinic": [5, None], "price": [1, 1]}}, "series.clinic[1]: null is no number"),
        ({"series": {"clinic": [5, -1], "price": [1, 1]}}, "loads[0].demand_kw: step 2 of series 'clinic' is -1"),
        ({"loads": [{"name": "A", "demand_kw": "wrong"}]}, "loads[0].demand_kw: there is no series 'wrong'"),
        ({"loads": [{"name": "A", "demand_kw": 5, "prio": 2}]}, "loads[0].prio: no such field"),
        ({"storage": [{"charge_kw": 5, "energy_kwh": 10, "initial_kwh": 12}]}, "storage[0].initial_kwh: 12 is out of"),
        ({"storage": [{"charge_kw": "5 kW", "energy_kwh": 9, "initial_kwh": 1}]}, 'storage[0].charge_kw: "5 kW" is no'),
        ({"generators": [{"rated_kw": 5, "least_kw": 6, "cost_per_kwh": 1}]}, "generators[0].least_kw: 6 is out of"),
        ({"generators": [{"rated_kw": 5}]}, "generators[0].cost_per_kwh: it is missing"),
        (
            {"generators": [{"rated_kw": 5, "curve": [{"up_to_kw": 4, "cost_per_kwh": 1}]}]},
            "generators[0].curve: 'up_to_kw' must ascend and end at rated_kw",
        ),
        ({"grid": {"buy": 0.1}}, "grid.import_kw: it is missing"),
        ({"grid": {"import_kw": 9, "buy": 0.1, "sell": 0.2}}, "grid.sell: in step 1 it lies above grid.buy"),
        ({"grid": {"import_kw": 9, "buy": 0.1, "status": 0.5}}, "grid.status: it is 1 while the grid is there"),
        ({"mode": "guess"}, "mode: 'guess' is none of them; write rolling or plan"),
        ({"step_h": 0.7}, "step_h: a day has no whole number of steps"),
        ({"storage": {}}, "storage: it is no list"),
    ],
)
def test_bad_input_is_told_by_field_and_remedy(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in refused(written(tmp_path, **changes))


def test_a_file_that_is_not_there_or_no_json_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "none.json")
    (tmp_path / "spec.json").write_text("{")
    assert "it is no JSON" in refused(tmp_path / "spec.json")
    (tmp_path / "spec.json").write_text("[1]")
    assert "it is no object" in refused(tmp_path / "spec.json")


def test_without_json_it_is_told_in_words(tmp_path: Path) -> None:
    out = StringIO()
    call_command("schedule_microgrid", str(written(tmp_path)), stdout=out)
    assert "Harbour: 1.00 EUR (optimal)" in out.getvalue()
    assert "Battery charges 5.0 kW" in out.getvalue()
