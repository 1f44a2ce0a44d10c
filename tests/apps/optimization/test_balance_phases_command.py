"""`manage.py balance_phases`: advice on a network that tells its phases, and refusals."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories.grids import cache_dir
from tests.factories.rings import ring_file
from tests.factories.villages import village_file


@pytest.fixture(autouse=True)
def cache(settings, tmp_path):
    (tmp_path / "cases").symlink_to(cache_dir())
    settings.VAR = tmp_path


def told(*arguments):
    out = StringIO()
    call_command("balance_phases", *arguments, stdout=out)
    return out.getvalue()


def test_a_village_whose_loads_hang_on_one_phase_gets_less_losses_and_unbalance(tmp_path):
    found = json.loads(told(str(village_file(tmp_path)), "--max-moves", "2", "--json"))
    assert 1 <= len(found["moves"]) <= 2 and not found["reason"]
    assert found["after"]["loss_kw"] < found["before"]["loss_kw"]
    assert found["after"]["worst_unbalance_percent"] < found["before"]["worst_unbalance_percent"]
    move = found["moves"][0]
    assert sorted(move["phases"].values()) == ["a", "b", "c"] and "crew" in move["work"]


def test_the_advice_is_told_in_words_too(tmp_path):
    text = told(str(village_file(tmp_path)))
    assert " to " in text and "losses" in text and "unbalance" in text


def test_a_network_that_says_nothing_of_its_phases_is_refused_with_the_reason():
    with pytest.raises(CommandError, match="what its phases carry"):
        told(str(ring_file()))


@pytest.mark.parametrize("given", ["0", "many", "-3"])
def test_a_number_of_moves_that_is_none_is_refused_by_name(given, tmp_path):
    with pytest.raises(CommandError, match="--max-moves"):
        told(str(village_file(tmp_path)), f"--max-moves={given}")
