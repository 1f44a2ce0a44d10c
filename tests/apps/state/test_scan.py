from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from apps.alarms.choices import BaseState, Condition, Priority
from apps.alarms.models import Alarm
from apps.alarms.services import AlarmFact, raise_alarms
from apps.assets import selectors as assets
from apps.state import frames
from apps.state.adapters.loops import Loops
from apps.state.choices import Outcome, Provenance, Supply
from apps.state.services.scan import Scanner
from apps.telemetry.models import LatestBlock
from gridops.simulator.points import Column
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def room(scenario: str = "normal") -> Room:
    return make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON, scenario=scenario)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def standing() -> list[str]:
    return sorted(Alarm.objects.standing().values_list("condition", flat=True))


def occurrences() -> dict[int, int]:
    return dict(Alarm.objects.standing().values_list("pk", "occurrence"))


def test_a_scan_knows_the_whole_city_and_closes_the_balance() -> None:
    solution = room().step(NOON)

    system = solution.system
    assert solution.outcome == Outcome.SOLVED
    assert system["customers_without_supply"] == 0
    assert 0.9 < system["min_voltage_pu"] <= system["max_voltage_pu"] < 1.1
    assert system["max_voltage_low_pu"] < system["max_voltage_pu"] < system["max_voltage_high_pu"]
    assert 0 < system["max_loading_percent"] < 100
    assert 0 < system["load_kw"] < system["rated_load_kw"]
    assert 0 <= system["generation_kw"] <= system["rated_generation_kw"]
    supplied = system["import_kw"] + system["generation_kw"] + system["storage_kw"]
    assert supplied == pytest.approx(system["load_kw"] + system["losses_kw"])
    assert standing() == []


def test_every_shown_value_says_what_it_rests_on() -> None:
    frame = frames.decode(room().step(NOON).frame)

    provenance = (frame.node_status >> 2) & 0b111
    assert set((frame.node_status & 0b11).tolist()) == {Supply.LIVE}
    assert {Provenance.MEASURED, Provenance.NONE} & set(provenance.tolist()) == {Provenance.MEASURED}
    assert np.isfinite(frame.node_voltage_pu).all()
    assert not (frame.line_status & frames.LOOPED_BRANCH).any()


def test_a_tie_that_is_closed_makes_a_ring_of_both_feeders_as_long_as_it_is_closed() -> None:
    room()
    model = assets.current_model()
    assert model
    network = assets.assembled(model)
    as_usual = np.zeros(len(network.normal_closed), np.bool_)
    loops, counts = Loops(network), []
    for tie in [None, *np.flatnonzero(~network.normal_closed).tolist(), None]:
        off_normal = as_usual.copy()
        off_normal[[] if tie is None else [tie]] = True
        counts.append(int(loops.of(SimpleNamespace(switch_is_off_normal=off_normal)).sum()))
    assert counts[0] == counts[-1] == 0
    assert max(counts) > 4


def test_a_feeder_fault_is_seen_in_the_next_scan_and_told_by_breaker_and_customers() -> None:
    fault = room("feeder-fault")

    solution = fault.run(NOON, seconds=40)

    assert solution.system["customers_without_supply"] > 0
    assert {Condition.OFF_NORMAL, Condition.LOSS_OF_SUPPLY} <= set(standing())
    frame = frames.decode(solution.frame)
    dead = (frame.node_status & 0b11) == Supply.DEAD
    assert dead.any()
    assert np.isnan(frame.node_voltage_pu[dead]).all()
    assert (frame.switch_state & frames.OFF_NORMAL_SWITCH).any()


def test_when_nothing_is_heard_the_last_state_is_shown_as_stale_and_the_link_is_an_alarm() -> None:
    silent = room()
    silent.step(NOON)

    solution = silent.scanner.scan(as_of=after(30))

    assert solution is not None
    assert solution.outcome == Outcome.BLIND
    frame = frames.decode(solution.frame)
    assert set(((frame.node_status >> 2) & 0b111).tolist()) == {Provenance.STALE}
    assert standing() == [Condition.COMM_FAIL]


def test_one_gateway_of_many_points_is_one_alarm_and_ends_when_it_is_heard_again() -> None:
    silent = room()
    silent.step(NOON)
    silent.scanner.scan(as_of=after(30))

    silent.step(after(32))

    alarm = Alarm.objects.get(condition=Condition.COMM_FAIL)
    assert alarm.base_state == BaseState.RETURNED


def test_a_meter_that_lies_is_named_and_left_out() -> None:
    liar = room()
    liar.step(NOON)
    table = liar.field.table
    of_nodes = np.where(table.column == Column.NODE_P, np.abs(liar.field.true_values), 0.0)
    chosen = int(of_nodes.argmax())
    liar.field.instruments.gross_factor[chosen] = 30.0

    for second in range(2, 12, 2):
        solution = liar.step(after(second))

    assert [row["point_mrid"] for row in solution.bad_data] == [table.mrid[chosen]]
    assert Alarm.objects.get(condition=Condition.BAD_DATA).source == table.mrid[chosen]
    assert solution.outcome == Outcome.SOLVED


def test_a_new_process_takes_up_the_alarms_that_stand() -> None:
    fault = room("feeder-fault")
    fault.run(NOON, seconds=40)
    before, known = standing(), occurrences()
    fault.scanner = Scanner()

    fault.run(after(40), seconds=6)

    assert standing() == before
    assert occurrences() == known, "nothing is raised anew because a process is new"


def test_a_dead_meter_costs_its_value_and_nothing_else() -> None:
    partial = room()
    partial.step(NOON)
    partial.field.instruments.is_dead[:] |= np.arange(len(partial.field.table)) % 7 == 0

    for second in range(10, 200, 10):
        solution = partial.step(after(second))

    assert solution.outcome == Outcome.SOLVED
    assert solution.system["points_stale"] > 0
    frame = frames.decode(solution.frame)
    assert np.isfinite(frame.node_voltage_pu).all()


def test_without_a_network_there_is_no_scan() -> None:
    assert Scanner().scan(as_of=NOON) is None


def test_a_scan_says_which_samples_it_rests_on() -> None:
    scanned = room()
    solution = scanned.step(NOON)

    block = LatestBlock.objects.get()
    assert solution.inputs == {str(block.gateway_id): block.version}


def test_alarms_of_equipment_that_left_the_network_end_with_the_next_scan() -> None:
    gone = room()
    fact = AlarmFact("a line that was", Condition.OVERLOAD, Priority.HIGH, "A line that was", "carries too much", NOON)
    raise_alarms(facts=[fact])

    gone.step(NOON)

    assert Alarm.objects.get(source="a line that was").base_state == BaseState.RETURNED


def test_a_voltage_that_no_live_node_can_have_is_named_and_does_not_upset_the_rest() -> None:
    liar = room()
    liar.step(NOON)
    table = liar.field.table
    chosen = int(np.flatnonzero(table.column == Column.NODE_VOLTAGE)[3])
    liar.field.instruments.gross_factor[chosen] = 1.8

    solution = liar.step(after(2))

    assert solution.outcome == Outcome.SOLVED
    assert [row["point_mrid"] for row in solution.bad_data] == [table.mrid[chosen]]
    assert solution.system["max_voltage_pu"] < 1.1
