"""A microgrid as a part of the field: who has supply, what the network carries, what its switch may do."""

import pytest

from gridops.cases.case import GeneratorKind, SwitchKind
from gridops.cases.microgrids import parts_of
from gridops.simulator.devices import DOUBLE_ON
from gridops.simulator.field import to_us
from gridops.simulator.microgrids.standing import Mode
from gridops.simulator.talk import Talk
from tests.simulator.microgrids.place import COUPLING, INSIDE, Play, part_town
from tests.simulator.town import town


@pytest.fixture
def play() -> Play:
    return Play()


def test_a_part_that_fits_gets_a_breaker_and_a_generator_and_nothing_else_changes() -> None:
    case, before = part_town(), town()
    (part,) = parts_of(case)
    generator = case.generators[-1]
    assert (part.coupling, part.generator, set(part.nodes) - {"tie-end"}) == (COUPLING, generator.mrid, set(INSIDE))
    assert (generator.name, generator.kind, generator.p_kw) == (
        "Battery backup generator",
        GeneratorKind.THERMAL,
        0.0,
    )
    peak_kw = 3 * 400.0 * 0.8
    assert peak_kw <= generator.rated_s_kva <= peak_kw + 50
    assert next(one.kind for one in case.switches if one.mrid == COUPLING) is SwitchKind.BREAKER
    assert tuple(case.generators[:-1]) == tuple(before.generators)
    assert parts_of(before) == []


def test_nobody_loses_supply_when_the_part_comes_to_stand_alone(play: Play) -> None:
    play.move("cb-0", closed=False)
    play.run(20)
    one = play.microgrid
    assert one.is_live
    assert play.dark() == {"0-1", "0-2"}
    assert not play.world.switch_closed[play.switch[COUPLING]]
    state = play.field.state
    assert state is not None
    assert state.grid.converged
    assert state.node_energised[one.places.inner]
    assert abs(state.grid.source_p_kw[-1]) < 1.0  # what the battery gives is what the island takes
    assert state.p_kw[one.battery.design.index] == pytest.approx(one.controller.battery_kw, rel=1e-6)
    assert one.battery.answers.hz == pytest.approx(50.0, abs=0.3)


def test_a_planned_island_takes_the_path_back_through_the_synchrocheck(play: Play) -> None:
    one, index = play.microgrid, play.switch[COUPLING]
    play.move(COUPLING, closed=False)
    play.run(30)
    assert one.controller.mode is Mode.ISLANDED
    assert play.dark() == set()
    one.controller.angle_deg = 170.0
    assert "angle" in play.world.microgrids.refusal(index, True)
    unit = next(u for u in play.field.devices.controllables if u.index == index and u.kind == "switch")
    said = play.field.devices.execute(unit.common_address, unit.ioa, DOUBLE_ON, to_us(play.now))
    assert said.startswith("synchrocheck: ")
    assert one.controller.set_mode(Mode.SYNCHRONISING) == ""
    play.run(60)
    assert play.field.devices.execute(unit.common_address, unit.ioa, DOUBLE_ON, to_us(play.now)) == ""
    play.run(3)
    assert (one.controller.mode, one.is_live) == (Mode.CONNECTED, False)
    assert bool(play.world.switch_closed[index])
    assert play.dark() == set()


def test_a_battery_takes_no_set_point_while_it_forms_the_grid(play: Play) -> None:
    battery = play.microgrid.battery
    assert battery.refusal(100.0) == ""
    play.move(COUPLING, closed=False)
    play.run(3)
    assert "forms the grid" in battery.refusal(100.0)


def test_groups_that_are_cut_are_dark_and_the_others_are_not(play: Play) -> None:
    one, case = play.microgrid, play.field.case
    assert one.controller.set_shed(2) == ""
    play.run(2)
    assert play.dark() == {case.loads[n].node for group in one.places.loads[1:] for n in group.tolist()}
    assert one.controller.set_shed(0) == ""
    play.run(2)
    assert play.dark() == set()


def test_a_fault_inside_leaves_no_island(play: Play) -> None:
    line = next(n for n, one in enumerate(play.field.case.lines) if one.mrid == "line-0-4")
    play.world.later(to_us(play.now), lambda at_us: play.world.fault(line, at_us))
    play.run(3)
    assert not play.microgrid.is_live
    assert set(INSIDE) <= play.dark()
    assert any("a fault inside" in text for text in play.said)


def test_a_fault_in_a_living_island_ends_it(play: Play) -> None:
    play.move(COUPLING, closed=False)
    play.run(5)
    line = next(n for n, one in enumerate(play.field.case.lines) if one.mrid == "line-0-5")
    play.world.later(to_us(play.now), lambda at_us: play.world.fault(line, at_us))
    play.run(2)
    assert not play.microgrid.is_live
    assert play.dark() == set(INSIDE)


def test_a_part_that_is_joined_out_of_step_goes_black(play: Play) -> None:
    play.move(COUPLING, closed=False)
    play.run(5)
    play.microgrid.controller.angle_deg = 120.0
    play.move(COUPLING, closed=True)
    play.run(1)
    assert any("it was joined although" in text for text in play.said)


def test_a_dead_part_is_brought_back_by_its_coupling(play: Play) -> None:
    play.move(COUPLING, closed=False)
    play.run(5)
    play.microgrid.controller.go_black("a test")
    play.run(2)
    assert play.dark() == set(INSIDE)
    play.move(COUPLING, closed=True)
    play.run(2)
    assert play.dark() == set()
    assert play.microgrid.controller.mode is Mode.CONNECTED


def test_the_instructor_takes_the_grid_away_and_gives_it_back(play: Play) -> None:
    talk = Talk(play.field, 1)
    (told,) = talk.answer({"ask": "microgrids"})["microgrids"]
    assert (told["coupling"], told["mode"], told["is_live"]) == (COUPLING, 1, False)
    assert talk.answer({"ask": "lose-grid", "microgrid": COUPLING})["switch"] == "cb-0"
    play.world._due[0] = (to_us(play.now), *play.world._due[0][1:])
    play.run(3)
    assert talk.answer({"ask": "microgrids"})["microgrids"][0]["is_live"]
    with pytest.raises(ValueError, match="dead already"):
        talk.answer({"ask": "lose-grid", "microgrid": COUPLING})
    talk.answer({"ask": "return-grid", "microgrid": COUPLING})
    play.world._due[0] = (to_us(play.now), *play.world._due[0][1:])
    play.run(2)
    assert play.dark() == set()
    with pytest.raises(KeyError):
        talk.answer({"ask": "cloud", "microgrid": "nobody"})


def test_a_cloud_takes_the_sun_of_the_part_alone(play: Play) -> None:
    play.run(5)
    state = play.field.state
    assert state is not None
    before = state.p_kw.copy()
    Talk(play.field, 1).answer({"ask": "cloud", "microgrid": COUPLING, "share": 0.2, "lasting_s": 60})
    play.run(20)
    state = play.field.state
    assert state is not None
    (sun,) = play.microgrid.places.plants.tolist()
    assert state.p_kw[sun] < 0.35 * before[sun]
    assert state.p_kw[sun + 1] > 0.6 * before[sun + 1]
