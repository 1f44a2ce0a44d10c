from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.assets.adapters import AssembledNetwork
from apps.assets.selectors import assembled, current_model
from apps.state import frames
from apps.state.adapters.area_result import AreaResult
from apps.state.choices import Outcome, Provenance, Supply
from apps.state.management.commands import run_estimators
from apps.state.models import AreaEstimate, Solution
from apps.state.services import scan
from apps.state.services.areas import AreaScanner, UnknownAreaError, area_names
from apps.state.services.scan import Scanner
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def brief_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few scans, not fifteen, until links and areas are judged."""
    monkeypatch.setattr(scan, "START", timedelta(seconds=15))


NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
DEMO_CITY = "simbench:1-HVMV-urban-all-1-sw"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def current_network() -> AssembledNetwork:
    model = current_model()
    assert model is not None
    return assembled(model)


class Site:
    """A room in which every area has a scanner of its own, beside one that puts them together."""

    def __init__(self, source: str = MEDIUM_VOLTAGE) -> None:
        self.room: Room = make_room(source, cache_dir(), started_at=NOON, speed=1.0)
        self.names = list(area_names(NOON))
        self.areas = {name: AreaScanner(name) for name in self.names}
        self.whole = Scanner(by_areas=True)

    def step(self, at: datetime, *, without: Sequence[str] = ()) -> Solution:
        self.room.step(at, scan=False)
        for name, scanner in self.areas.items():
            if name not in without:
                scanner.scan(as_of=at)
        solution = self.whole.scan(as_of=at)
        assert solution is not None
        return solution


def provenance(frame: frames.Frame) -> np.ndarray:
    return (frame.node_status >> 2) & 0b111


def supply(frame: frames.Frame) -> np.ndarray:
    return frame.node_status & 0b11


@pytest.mark.parametrize("source", [MEDIUM_VOLTAGE, DEMO_CITY])
def test_the_areas_together_say_what_one_estimate_of_the_whole_says(source: str) -> None:
    site = Site(source)
    by_areas = site.step(NOON)
    at_once = site.room.scanner.scan(as_of=NOON)

    assert at_once is not None
    assert len(site.names) > 1
    assert by_areas.outcome == at_once.outcome == Outcome.SOLVED
    a, b = frames.decode(bytes(by_areas.frame)), frames.decode(bytes(at_once.frame))
    np.testing.assert_allclose(a.node_voltage_pu, b.node_voltage_pu, atol=0.005)
    rated = np.abs(b.line_p_kw).max()
    np.testing.assert_allclose(a.line_p_kw, b.line_p_kw, atol=0.015 * rated)
    np.testing.assert_array_equal(supply(a), supply(b))
    np.testing.assert_array_equal(a.switch_state, b.switch_state)
    # From above, only its meter says what flows through a main transformer: it errs by 1 % of the rating.
    transformers = current_network().network.transformers
    meter_error_kw = 0.01 * transformers.rated_s_kva.sum()
    assert by_areas.system["import_kw"] == pytest.approx(at_once.system["import_kw"], abs=meter_error_kw)
    # Load and generation apart are fitted to profile classes, by each area to its own meters.
    assert by_areas.system["load_kw"] == pytest.approx(at_once.system["load_kw"], rel=0.1)
    assert by_areas.system["losses_kw"] == pytest.approx(at_once.system["losses_kw"], rel=0.1)
    assert by_areas.system["customers_without_supply"] == 0


def test_an_area_whose_process_is_gone_is_shown_stale_and_the_others_stay_live() -> None:
    site = Site()
    site.step(NOON)
    lost = max(
        site.names,
        key=lambda name: len(AreaResult.decoded(bytes(AreaEstimate.objects.get(area=name).result)).places["node"]),
    )
    theirs = AreaResult.decoded(bytes(AreaEstimate.objects.get(area=lost).result)).places["node"]

    for second in range(2, 16, 2):
        solution = site.step(after(second), without=[lost])

    frame = frames.decode(bytes(solution.frame))
    others = np.setdiff1d(np.arange(len(frame.node_status)), theirs)
    assert set(provenance(frame)[theirs].tolist()) == {Provenance.STALE}
    assert Provenance.STALE not in provenance(frame)[others]
    assert set(supply(frame)[others].tolist()) == {Supply.LIVE}
    assert solution.outcome == Outcome.SOLVED
    assert lost in solution.reason
    assert solution.system["load_kw"] is None  # of the whole it is not known now

    solution = site.step(after(16))

    assert Provenance.STALE not in provenance(frames.decode(bytes(solution.frame)))
    assert solution.reason == ""


def silent_areas() -> list[str]:
    alarms = Alarm.objects.filter(condition=Condition.AREA_SILENT, is_active=True)
    return sorted(alarms.values_list("source", flat=True))


def test_an_area_that_falls_silent_is_one_alarm_from_the_fourth_cycle_until_it_is_heard_again() -> None:
    site = Site()
    lost = site.names[-1]
    for second in range(0, 20, 2):
        site.step(after(second))

    for second, silent in ((20, []), (22, []), (24, []), (26, [f"estimate/{lost}"]), (28, [f"estimate/{lost}"])):
        site.step(after(second), without=[lost])
        assert silent_areas() == silent

    (alarm,) = Alarm.objects.filter(condition=Condition.AREA_SILENT)
    assert lost in alarm.message
    assert f"{after(18):%H:%M:%S} UTC" in alarm.message
    site.step(after(30))
    assert silent_areas() == []
    assert Alarm.objects.filter(condition=Condition.AREA_SILENT).count() == 1


def test_an_area_without_any_process_is_an_alarm_once_the_start_is_over() -> None:
    site = Site()
    lost = site.names[-1]
    for second in range(0, 14, 2):
        site.step(after(second), without=[lost])
    assert silent_areas() == []

    site.step(after(16), without=[lost])

    assert silent_areas() == [f"estimate/{lost}"]


def test_a_new_process_ends_what_its_predecessor_told_also_where_the_whole_is_estimated_at_once() -> None:
    site = Site()
    for second in range(0, 18, 2):
        site.step(after(second), without=site.names[-1:])
    assert silent_areas()

    for second in range(18, 36, 2):
        site.room.step(after(second))

    assert silent_areas() == []


def test_the_keeper_wants_a_process_for_each_area_and_one_that_puts_them_together() -> None:
    wanted = run_estimators.Wanted()
    assert wanted.names() == set()

    names = Site().names

    commands = [run_estimators.command(name)[3:] for name in wanted.names()]
    assert sorted(commands) == sorted([("--areas",), *((f"--area={name}",) for name in names)])


def test_an_area_never_heard_of_is_unknown_and_clears_no_alarm() -> None:
    site = Site()
    lost = site.names[-1]

    solution = site.step(NOON, without=[lost])

    frame = frames.decode(bytes(solution.frame))
    unknown = supply(frame) == Supply.UNKNOWN
    assert unknown.any()
    assert not unknown.all()
    assert np.isnan(frame.node_voltage_pu[unknown]).all()
    assert "never" in solution.reason
    assert not Alarm.objects.filter(condition=Condition.LOSS_OF_SUPPLY).exists()


def test_without_any_area_nothing_is_claimed() -> None:
    site = Site()

    solution = site.step(NOON, without=site.names)

    frame = frames.decode(bytes(solution.frame))
    assert solution.outcome == Outcome.BLIND
    assert set(supply(frame).tolist()) == {Supply.UNKNOWN}


def test_the_frame_is_as_old_as_the_oldest_area_in_it() -> None:
    site = Site()
    site.step(NOON)

    solution = site.step(after(4), without=site.names[:1])

    assert solution.as_of == after(4)
    assert frames.decode(bytes(solution.frame)).as_of_ms == NOON.timestamp() * 1000


def test_what_an_area_says_survives_its_way_as_bytes() -> None:
    site = Site()
    site.room.step(NOON, scan=False)
    said = site.areas[site.names[-1]].scan(as_of=NOON)

    assert said is not None
    heard = AreaResult.decoded(said.encoded())
    assert (heard.members, heard.outcome, heard.figures) == (said.members, said.outcome, said.figures)
    assert all(np.array_equal(heard.columns[n], said.columns[n], equal_nan=True) for n in said.columns)


def test_a_name_that_is_no_area_is_refused_with_those_that_are() -> None:
    site = Site()
    with pytest.raises(UnknownAreaError, match=site.names[0]):
        AreaScanner("Atlantis").scan(as_of=NOON)
