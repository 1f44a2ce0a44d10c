"""Parts of a network that can stand alone, asked for by the name of its source."""

from dataclasses import replace

from gridops.cases import sources
from gridops.cases.microgrids import FEWEST_LOADS, LARGEST_LOAD, parts_of, with_microgrids
from gridops.cases.mrid import identity, mrid
from tests.simulator.microgrids.place import part_town
from tests.simulator.town import town

PLAIN, ASKED = "simbench:1-MV-semiurb--1-sw", "simbench:1-MV-semiurb--1-sw+microgrids"


def test_the_suffix_asks_for_microgrids_and_leaves_every_identity() -> None:
    assert sources.asks_for_microgrids(ASKED)
    assert sources.asks_for_microgrids(f"{ASKED}?geography=/x/places.geojson")
    assert not sources.asks_for_microgrids(PLAIN)
    assert sources.split(f"{ASKED}?geography=/x/places.geojson") == (PLAIN, "/x/places.geojson")
    assert sources.reader_module(ASKED) == sources.reader_module(PLAIN)
    assert identity(ASKED) == identity(PLAIN)
    assert mrid(ASKED, "Breaker", "a") == mrid(PLAIN, "Breaker", "a")


def test_a_part_has_loads_enough_and_a_battery_that_fits() -> None:
    case = part_town()
    (part,) = parts_of(case)
    loads = [one for one in case.loads if one.mrid in part.loads]
    storage = next(one for one in case.storages if one.mrid == part.forming)
    assert len(loads) >= FEWEST_LOADS
    assert sum(one.p_kw for one in loads) <= LARGEST_LOAD * storage.rated_s_kva
    assert part.feeding == ("cb-0",)


def test_a_network_without_such_a_part_stays_as_it_was() -> None:
    case = town()
    assert list(with_microgrids(case).generators) == list(case.generators)
    assert list(with_microgrids(case).switches) == list(case.switches)


def test_a_battery_that_is_too_small_for_what_hangs_behind_the_switch_is_left_alone() -> None:
    case = part_town()
    small = replace(
        case,
        generators=case.generators[:-1],
        storages=[replace(one, rated_s_kva=100.0, p_kw=100.0) for one in case.storages],
    )
    assert parts_of(with_microgrids(small)) == []


def test_asking_twice_makes_the_same_case() -> None:
    assert part_town().generators == part_town().generators
