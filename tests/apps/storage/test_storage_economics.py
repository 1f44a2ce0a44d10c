"""`manage.py storage_economics`: printed figures, every way to write a project, and refusals that name the place."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

REFERENCE = {
    "name": "Riverside",
    "currency": "USD",
    "capex": 30e6,
    "energy_kwh": 100_000,
    "years": 20,
    "discount_rate": 0.08,
    "cycles_per_year": 350,
    "round_trip_efficiency": 0.85,
    "opex_per_year": 500_000,
    "charge_price_per_mwh": 40,
}
KEYS = {"npv", "irr", "irr_reason", "irr_all", "mirr", "payback_years", "discounted_payback_years", "lcos_per_mwh"}


@pytest.fixture
def file(tmp_path):
    def written(content, name="project.csv"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return written


def document(path, *more):
    out, err = StringIO(), StringIO()
    call_command("storage_economics", str(path), "--json", *more, stdout=out, stderr=err)
    return json.loads(out.getvalue()) | {"notes": err.getvalue()}


def refusal(path, *more):
    with pytest.raises(CommandError) as error:
        document(path, *more)
    return str(error.value)


def as_rows(project):
    return "field,value\n" + "\n".join(f"{name},{value}" for name, value in project.items())


class TestFigures:
    def test_both_reference_costs_of_storage_are_as_printed(self, file):
        assert document(file(REFERENCE, "a.json"))["lcos_per_mwh"] == pytest.approx(148.646431, abs=5e-7)
        faded = document(file(REFERENCE | {"depth": 0.9, "fade_per_year": 0.02}, "b.json"))
        assert faded["lcos_per_mwh"] == pytest.approx(176.408574, abs=5e-7)

    def test_cash_flows_alone_are_enough_for_rates(self, file):
        path = file("year,cash_flow\n0,-100\n1,39\n2,59\n3,55\n4,20\n")
        told = document(path, "--set", "discount_rate=0.281")
        assert told["npv"] == pytest.approx(-0.008478592, abs=5e-10)
        assert told["irr"] == pytest.approx(0.280948421, abs=5e-10)
        assert told["lcos_per_mwh"] is None
        assert "tell of no energy" in told["notes"]

    def test_rates_that_are_several_are_none_and_it_is_said(self, file):
        told = document(file({"cash_flows": [-1000, 2300, -1320], "discount_rate": 0.15}, "flows.json"))
        assert told["irr"] is None
        assert told["irr_all"] == pytest.approx([0.1, 0.2])
        assert "2 rates" in told["irr_reason"]
        assert told["irr_reason"] in told["notes"]
        assert told["mirr"] is not None

    def test_years_add_up_to_the_present_value(self, file):
        project = REFERENCE | {
            "discharge_price_per_mwh": 190,
            "fade_per_year": 0.02,
            "augmentations": [{"year": 10, "cost": 4e6, "energy_kwh": 20_000}],
        }
        told = document(file(project, "project.json"))
        assert set(told) == KEYS | {"name", "currency", "years", "sensitivity", "scenarios", "notes"}
        assert [row["year"] for row in told["years"]] == list(range(21))
        assert sum(row["discounted"] for row in told["years"]) == pytest.approx(told["npv"])
        assert told["years"][10]["capacity_kwh"] == pytest.approx(100_000 * 0.98**9 + 20_000)
        assert told["years"][9]["cash_flow"] < told["years"][8]["cash_flow"] - 3.9e6
        assert 0 < told["payback_years"] < told["discounted_payback_years"]

    def test_sensitivity_and_scenarios_are_those_of_the_file(self, file):
        extra = {"sensitivity": {"capex": 0.1}, "scenarios": {"cheap": {"capex": 20e6}, "weak": {"depth": 0.8}}}
        told = document(file(REFERENCE | extra, "project.json"))
        (bar,) = told["sensitivity"]
        assert bar["field"] == "capex"
        assert bar["npv_low"] - bar["npv_high"] == pytest.approx(6e6)
        assert told["scenarios"]["cheap"]["npv"] - told["npv"] == pytest.approx(10e6)
        assert told["scenarios"]["weak"]["lcos_per_mwh"] > told["lcos_per_mwh"]


class TestFormats:
    def test_one_figure_a_row_says_the_same_as_json(self, file):
        rows = as_rows(REFERENCE) + "\nsensitivity.capex,0.1\nscenario.low price.capex,20000000"
        extra = {"sensitivity": {"capex": 0.1}, "scenarios": {"low price": {"capex": 20e6}}}
        assert document(file(rows)) == document(file(REFERENCE | extra, "project.json"))

    def test_yaml_says_the_same_as_json(self, file):
        lines = "\n".join(f"{name}: {value}" for name, value in REFERENCE.items())
        extra = {"augmentations": [{"year": 5, "cost": 1e6, "energy_kwh": 10}]}
        yaml = lines.replace("30000000.0", "3e7") + "\naugmentations:\n  - {year: 5, cost: 1e6, energy_kwh: 10}\n"
        assert document(file(yaml, "project.yaml")) == document(file(REFERENCE | extra, "project.json"))

    def test_rows_with_a_year_give_figures_of_that_year(self, file):
        rows = "field;value;year\ncapex;100;\ndiscount_rate;0;\nrevenue;80;1\nrevenue;70;2\nopex;5;1\nopex;6;2\n"
        told = document(file(rows))
        assert [row["cash_flow"] for row in told["years"]] == [-100, 75, 64]
        assert "capacity_kwh" not in told["years"][1]

    def test_one_year_a_row_with_what_is_bought(self, file):
        rows = "year,capex,revenue,opex,augmentation_cost\n0,100,,,\n1,,80,5,\n2,,70,6,30\n"
        told = document(file(rows), "--set", "discount_rate=0.05")
        assert [row["cash_flow"] for row in told["years"]] == [-100, 75 - 30, 64]

    def test_energy_year_by_year_gives_a_cost_of_storage(self, file):
        rows = "year,capex,opex,discharged_mwh\n0,1000,,\n1,,50,10\n2,,50,8\n"
        told = document(file(rows), "--set", "discount_rate=0")
        assert told["lcos_per_mwh"] == pytest.approx(1100 / 18)

    def test_a_setting_takes_the_place_of_the_files_figure(self, file):
        path = file(REFERENCE, "project.json")
        assert document(path, "--set", "capex=2e7")["npv"] - document(path)["npv"] == pytest.approx(10e6)

    def test_without_json_the_figures_are_told_in_lines(self, file):
        out = StringIO()
        call_command("storage_economics", str(file(REFERENCE, "a.json")), stdout=out, stderr=StringIO())
        assert "148.6464" in out.getvalue()
        assert "capex" in out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("field,value\ncapex,30 Mio\n", "row 2 (capex): '30 Mio' is no number"),
        ("field,value\ncapex,1\ncapex,2\n", "row 3 (capex): capex was given before (row 2 (capex))"),
        ("field,value\ncapex,1\ndiscount_rate,8\nenergy_kwh,1\n", "row 3 (discount_rate): discount_rate is 8"),
        ("field,value\nprice,1\n", "row 2 (price): price is not known; known are capex"),
        ("field,value\nround_trip_efficiency,85\n", "Write 0.85 for 85 %."),
        ("field,value\nrevenue,5\n", "row 2 (revenue): this goes by years"),
        ("field,value,year\nrevenue,5,x\n", "row 2, column year: 'x' is no number"),
        ("field,value,year\nrevenue,5,1.5\n", "row 2, column year: 1.5 is no year"),
        ("field,value\ncapex,1,2,3\n", "row 2: it has 4 cells"),
        ("field,value\ncapex,1\n", "discount_rate is missing"),
        ("field,value\ncapex,1\ndiscount_rate,0\nyears,3\n", "energy_kwh is missing"),
        ("field,value\ncapex,1\ndiscount_rate,0\nyears,2.5\nenergy_kwh,1\n", "row 4 (years): years is 2.5"),
        ("field,value\nsensitivity.capex,20\n", "row 2 (sensitivity.capex): capex swings by 20"),
        ("field,value\nscenario.bad.depth,2\n", "row 2 (scenario.bad.depth): depth is 2"),
        ("capex,1\n", "row 1: the columns field and value"),
        ("", "row 1: the columns field and value"),
        ("year,cash_flow\n0,-1\n2,5\n", "cash_flow: year 1 is missing"),
        ("year,cash_flow\n0,-1\n1,5\n1,6\n", "row 4, column cash_flow: cash_flow of year 1 was given before (row 3"),
        ("year,cash_flow,opex\n0,-1,\n1,5,2\n", "opex cannot stand beside cash flows"),
        ("year,cash_flow\n0,-1\n", "at least the years 0 and 1"),
        ("year,cash_flow,cash_flow\n0,-1,2\n", "row 1: two columns have the same name"),
        ("year,wind\n0,-1\n", "row 2, column wind: nothing of that name goes by years"),
        ("year,revenue\n0,5\n", "row 2, column revenue: year 0 is today"),
    ],
)
def test_a_wrong_row_is_named(file, content, words):
    assert words in refusal(file(content))


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"capex": "much"}, "field capex: 'much' is no number"),
        ({"capex": True}, "field capex: 'True' is no number"),
        ({"capex": 10**400}, "is no number"),
        ({"capex": {"much": 1}}, "field capex: 'dict' is no number"),
        ({"capex": None}, "field capex: nothing is no number"),
        ([1, 2], "must be a list of fields"),
        ({"augmentations": [{"year": 3}]}, "field augmentations[0]: year, cost and energy_kwh are needed"),
        ({"augmentations": [{"year": 0, "cost": 1, "energy_kwh": 1}]}, "field augmentations[0].year: 0 is no year"),
        ({"yearly": [{"year": 1, "revenue": "x"}]}, "field yearly[0].revenue: 'x' is no number"),
        ({"yearly": 5}, "field yearly: a list is needed"),
        ({"cash_flows": [-1, "x"]}, "field cash_flows[1]: 'x' is no number"),
        ({"scenarios": {"bad": {"capex": "x"}}}, "field scenarios.bad.capex"),
        (REFERENCE | {"augmentations": [{"year": 30, "cost": 1, "energy_kwh": 1}]}, "needs a year from 1 to 20"),
        (
            REFERENCE | {"yearly": [{"year": 1, "revenue": 5}]},
            "revenue: it is told for 1 years, but the project has 20",
        ),
    ],
)
def test_a_wrong_field_is_named(file, tree, words):
    assert words in refusal(file(tree, "project.json"))


def test_what_is_no_file_or_no_yaml_is_refused(file, tmp_path):
    assert "cannot be read" in refusal(tmp_path / "none.csv")
    assert "is no YAML" in refusal(file("a: [1", "project.yaml"))
    assert "field capex is written twice" in refusal(file("capex: 1\ncapex: 2\n", "project.yaml"))
    assert "field cost is written twice" in refusal(file('{"augmentations": [{"cost": 1, "cost": 2}]}', "project.json"))
    assert "is no YAML" in refusal(file("{[1]: 2}", "project.yaml"))
    assert "is no JSON" in refusal(file("{", "project.json"))
    assert "NAME=VALUE" in refusal(file(REFERENCE, "project.json"), "--set", "capex")
    assert "--set capex: 'x' is no number" in refusal(file(REFERENCE, "project.json"), "--set", "capex=x")
