"""`manage.py restore`: the document that others script against, and refusals."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

KEYS = {"steps", "restored_kw", "customers_restored", "customer_minutes", "gap", "seconds"}


@pytest.fixture(autouse=True)
def cache(settings, tmp_path):
    settings.VAR = tmp_path


def told(*arguments):
    out = StringIO()
    call_command("restore", *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


@pytest.mark.parametrize("method", ["exact", "fast"])
def test_a_fault_of_the_33_buses_is_restored(method):
    found = told("case33bw", "--fault", "Line 8 (8-9)", "--method", method)
    assert set(found) >= KEYS
    assert found["restored_kw"] == pytest.approx(3715)
    assert [step["action"] for step in found["steps"]] == ["open", "close", "open", "close"]
    assert [step["checks"]["violations"] for step in found["steps"]] == [0] * 4
    assert found["gap"] == (0 if method == "exact" else None)


def test_the_mrid_and_the_number_name_the_same_line_as_the_name():
    by_name = told("case33bw", "--fault", "Line 8 (8-9)", "--method", "fast")
    assert told("case33bw", "--fault", "8", "--method", "fast")["steps"] == by_name["steps"]
    mrid = by_name["steps"][0]["mrid"]  # the switch at the end of the faulted line has its mRID
    assert told("case33bw", "--fault", mrid, "--method", "fast")["fault"] == "Line 8 (8-9)"


def test_switches_by_hand_take_half_an_hour_each():
    found = told("case33bw", "--fault", "8", "--method", "fast", "--by-hand")
    assert found["steps"][0]["checks"]["after_s"] == 1800


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("case33bw", "--fault", "Line 8 (8-99)"), "Line 8 (8-9)"),
        (("case33bw", "--fault", "8", "--method", "magic"), "write exact or fast"),
        (("case33bw", "--fault", "8", "--repair", "1.5"), "--repair: '1.5' is no whole number between 1 and 72"),
        (("case33bw", "--fault", "8", "--waited", "nan"), "--waited"),
        (("no_such_file.m", "--fault", "8"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(arguments, sentence):
    with pytest.raises(CommandError) as error:
        call_command("restore", *arguments, stdout=StringIO(), stderr=StringIO())
    assert sentence in str(error.value)
