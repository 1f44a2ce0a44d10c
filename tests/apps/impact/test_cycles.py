"""A quarter hour of the whole: what ran in it, what failed, what is missing, and what became of proposals."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.impact.choices.cycle import CycleOutcome, CycleStage, StageState
from apps.impact.models import Cycle
from apps.impact.rules.cycles import Ran, cycle_outcome, stage_state, state_of
from apps.impact.services.cycles import forget_cycles, gather_cycle, gather_cycles, slot_of
from apps.live.models import JournalEntry
from apps.microgrids.models import ScheduleRun
from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.services.planning import plan_plant
from tests.factories.storage import NOON, charged, make_plant, priced_zone

pytestmark = pytest.mark.django_db
SLOT, LATER = slot_of(NOON), NOON + timedelta(minutes=20)


def stage(cycle: Cycle, name: CycleStage) -> dict[str, object]:
    return next(one for one in cycle.stages if one["stage"] == name.value)


def ran(count: int = 0, good: int = 0, *, due: bool = True) -> Ran:
    return Ran("Forecast", count, good, is_expected=due, is_there=True, worst="No weather.")


def test_what_is_due_and_not_there_is_still_to_come_and_then_missing() -> None:
    assert state_of(ran(), is_over=False) == (StageState.DUE, "")
    state, words = state_of(ran(), is_over=True)
    assert state == StageState.MISSING
    assert "no run" in words
    assert state_of(ran(due=False), is_over=True) == (StageState.IDLE, "")


def test_runs_without_a_result_say_why() -> None:
    assert state_of(ran(3, 3), is_over=True) == (StageState.DONE, "")
    assert state_of(ran(3, 1), is_over=True) == (StageState.PARTLY, "Forecast: 2 of 3 without a result: No weather.")
    assert state_of(ran(1, 0), is_over=True) == (StageState.FAILED, "Forecast: No weather.")


def test_the_gravest_of_its_kinds_is_the_state_of_a_stage_and_of_the_whole() -> None:
    assert stage_state([StageState.DONE, StageState.MISSING, StageState.FAILED]) == StageState.MISSING
    assert stage_state([]) == StageState.IDLE
    assert cycle_outcome([StageState.DONE, StageState.IDLE], is_over=True) == CycleOutcome.COMPLETE
    assert cycle_outcome([StageState.DONE, StageState.PARTLY], is_over=True) == CycleOutcome.INCOMPLETE
    assert cycle_outcome([StageState.FAILED], is_over=False) == CycleOutcome.RUNNING


def test_slots_begin_at_quarters_of_the_hour() -> None:
    assert slot_of(datetime(2026, 3, 1, 10, 44, 59, tzinfo=UTC)) == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def test_a_run_of_a_desk_is_found_by_its_instant_and_its_fault_is_told() -> None:
    plant = make_plant(zone=priced_zone())
    charged(plant, 0.5, NOON)
    good = plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
    poor = make_plant(name="Pond battery")
    bad = plan_plant(plant=poor, horizon=Horizon.DAY_AHEAD, as_of=NOON + timedelta(minutes=1))
    assert bad.outcome == PlanOutcome.NO_CHARGE
    cycle = gather_cycle(starts_at=SLOT, as_of=LATER)
    told = stage(cycle, CycleStage.STORAGE)
    assert told["state"] == StageState.PARTLY
    (kind,) = told["kinds"]  # type: ignore[misc]
    assert [run["id"] for run in kind["runs"]] == [bad.pk, good.pk]
    assert (kind["count"], kind["good"]) == (2, 1)
    assert any("Pond battery" in words for words in cycle.faults)
    assert cycle.outcome == CycleOutcome.INCOMPLETE
    assert not stage(gather_cycle(starts_at=SLOT - timedelta(minutes=15), as_of=LATER), CycleStage.STORAGE)["newest_at"]


def test_where_there_is_nothing_of_a_kind_nothing_is_missing() -> None:
    cycle = gather_cycle(starts_at=SLOT, as_of=LATER)
    assert not ScheduleRun.objects.exists()
    assert stage(cycle, CycleStage.MICROGRIDS)["state"] == StageState.IDLE
    assert [one["stage"] for one in cycle.stages] == list(CycleStage.values)


def test_it_is_gathered_again_until_it_has_settled_and_told_when_its_outcome_changes() -> None:
    assert gather_cycles(as_of=NOON + timedelta(minutes=5)) == 6
    cycle = Cycle.objects.get(starts_at=SLOT)
    assert cycle.outcome == CycleOutcome.RUNNING
    gather_cycles(as_of=NOON + timedelta(minutes=6))
    assert JournalEntry.objects.filter(stream="impact", subject=str(cycle.pk)).count() == 1
    gather_cycles(as_of=NOON + timedelta(minutes=77))
    again = Cycle.objects.get(starts_at=SLOT)
    assert (again.pk, again.is_settled) == (cycle.pk, True)
    assert again.outcome != CycleOutcome.RUNNING
    assert JournalEntry.objects.filter(stream="impact", subject=str(cycle.pk)).count() == 2
    forget_cycles(as_of=NOON + timedelta(days=500))
    assert not Cycle.objects.exists()


def test_over_the_api_the_newest_comes_first_and_one_has_its_stages(client: Client) -> None:
    client.force_login(User.objects.create_user("anna", role=Role.OPERATOR))
    older, newer = (gather_cycle(starts_at=SLOT - n * timedelta(minutes=15), as_of=LATER) for n in (1, 0))
    told = client.get("/api/v1/cycles").json()["cycles"]
    assert [one["id"] for one in told] == [str(newer.pk), str(older.pk)]
    one = client.get(f"/api/v1/cycles/{newer.pk}").json()
    assert [each["stage"] for each in one["stages"]] == list(CycleStage.values)
    assert one["objectives"] == 0
    assert client.get("/api/v1/cycles/00000000-0000-0000-0000-000000000000").status_code == 404
    assert client.get("/api/v1/cycles?limit=0").status_code == 400
    assert client.get(f"/cycle/{newer.pk}/").status_code == 200
    assert client.get("/cycle/").status_code == 200
    assert client.get("/objectives/").status_code == 200
