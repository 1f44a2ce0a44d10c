"""A microgrid scheduled: from what is known of it, into the database, to dispatch, and scored."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.models import Course
from apps.live.models import JournalEntry
from apps.microgrids.adapters.scheduling import Given, scheduled
from apps.microgrids.choices.microgrid import LoadPriority
from apps.microgrids.choices.schedule import STEP, STEPS, ScheduleOutcome
from apps.microgrids.models import Microgrid, ReadinessTerms, ScheduleRun, ScheduleTerms
from apps.microgrids.selectors import schedule_readings
from apps.microgrids.selectors.scene import microgrid_now
from apps.microgrids.services.reserving import wish_reserve
from apps.microgrids.services.scheduling import schedule, schedule_all
from apps.microgrids.services.scheduling_scores import score_schedules
from apps.telemetry.choices import ControlKind
from apps.telemetry.models import ControlPoint, MeasurementPoint
from tests.factories.microgrids import BACKUP, BATTERY, BATTERY_KW, CONNECTED, ISLANDED, NOW, mrid_of, told_microgrid
from tests.factories.storage import priced_zone

pytestmark = pytest.mark.django_db
UNHEARD = {key: value for key, value in CONNECTED.items() if key != (BATTERY, "state_of_charge")}


def planned(values: Mapping[tuple[str, str], float] = CONNECTED) -> ScheduleRun:
    priced_zone()
    return schedule(microgrid=told_microgrid(values), as_of=NOW)


def controllable(name: str, low: float, high: float) -> None:
    point = MeasurementPoint.objects.get(equipment_mrid=mrid_of(name), quantity="active_power")
    ControlPoint.objects.create(
        point=point, kind=ControlKind.SETPOINT, address=f"1/holding/{900 + point.slot}", low=low, high=high
    )


def test_a_day_is_planned_with_the_present_as_it_is() -> None:
    run = planned()
    first = run.periods[0]
    assert (ScheduleOutcome(run.outcome), len(run.periods), run.starts_at) == (ScheduleOutcome.PLANNED, STEPS, NOW)
    assert (first["load_kw"], run.inputs["soc_kwh"]) == (pytest.approx(170.0), 600.0)
    battery, backup = first["storage_kw"][str(mrid_of(BATTERY))], first["generator_kw"][str(mrid_of(BACKUP))]
    given = battery + backup + first["renewable_kw"] + first["import_kw"] - first["export_kw"]
    assert given == pytest.approx(170.0, abs=0.01)
    assert all(period["reasons"] for period in run.periods)
    assert all(period["shadow_price"] is not None for period in run.periods)


def test_it_costs_no_more_than_without_control() -> None:
    run = planned()
    assert run.cost is not None and run.uncontrolled_cost is not None
    assert run.cost - run.inputs["stored_gain_eur"] <= run.uncontrolled_cost + 1e-6
    assert run.cost == pytest.approx(sum(run.parts.values()), abs=0.05)


def test_a_reserve_that_a_person_wishes_is_kept_above_the_least_charge() -> None:
    priced_zone()
    microgrid = told_microgrid()
    user = User.objects.create_user("eva", role=Role.SUPERVISOR)
    wish_reserve(
        microgrid=microgrid,
        reserve_kwh=400.0,
        ends_at=NOW + timedelta(hours=6),
        reason="storm",
        by=user,
        as_of=NOW,
    )
    run = schedule(microgrid=microgrid, as_of=NOW)
    least = ReadinessTerms().least_soc * 800.0
    held = [period["stored_kwh"] for period in run.periods[:24]]
    assert min(held) >= 400.0 + least - 0.1
    assert "storm" in run.reserve["reason"]
    assert min(period["stored_kwh"] for period in run.periods[30:]) < 400.0 + least


def test_alone_the_grid_gives_nothing_and_the_reserve_is_released() -> None:
    run = planned(ISLANDED)
    assert run.is_alone is True
    assert all(period["import_kw"] == period["export_kw"] == 0.0 for period in run.periods)
    assert run.reserve["reserve_kwh"] == 0.0
    assert "stands alone" in run.inputs["grid"]
    assert all(period["shed_kw"]["1"] == 0.0 for period in run.periods)


def test_what_is_not_known_is_told_and_nothing_is_planned() -> None:
    run = planned(UNHEARD)
    assert ScheduleOutcome(run.outcome) is ScheduleOutcome.UNKNOWN
    assert "state of charge" in run.reason
    assert (run.cost, run.periods) == (None, [])


def test_without_prices_that_is_the_reason() -> None:
    run = schedule(microgrid=told_microgrid(), as_of=NOW)
    assert run.reason == "There is no bidding zone with prices: make a market feed."


def test_set_points_go_to_dispatch_as_courses_in_the_meter_s_sign() -> None:
    priced_zone()
    microgrid = told_microgrid()
    controllable(BATTERY, -BATTERY_KW, BATTERY_KW)
    run = schedule(microgrid=microgrid, as_of=NOW)
    course = Course.objects.get()
    planned_kw = run.periods[0]["storage_kw"][str(mrid_of(BATTERY))]
    assert course.device_mrid == mrid_of(BATTERY)
    assert course.steps[0]["value"] == pytest.approx(-planned_kw, abs=0.1)
    assert course.ends_at == NOW + 3 * STEP
    refused = next(one for one in run.courses if one["name"] == BACKUP)
    assert (refused["course"], refused["reason"]) == (
        None,
        "The device takes no such set-point from the control room.",
    )


def test_the_battery_that_forms_the_grid_gets_no_set_point_while_alone() -> None:
    priced_zone()
    microgrid = told_microgrid(ISLANDED)
    controllable(BATTERY, -BATTERY_KW, BATTERY_KW)
    run = schedule(microgrid=microgrid, as_of=NOW)
    assert [one["name"] for one in run.courses] == [BACKUP]
    assert not Course.objects.exists()


def test_an_engineer_can_keep_it_from_proposing() -> None:
    priced_zone()
    microgrid = told_microgrid()
    ScheduleTerms.objects.create(microgrid=microgrid, proposes=False)
    assert schedule(microgrid=microgrid, as_of=NOW).courses == []


def test_a_second_run_of_the_same_instant_takes_the_first_one_s_place() -> None:
    run = planned()
    again = schedule(microgrid=run.microgrid, as_of=NOW)
    assert (again.pk, ScheduleRun.objects.count()) == (run.pk, 1)
    assert JournalEntry.objects.filter(stream="microgrids", kind="schedule").count() == 2


def test_all_that_are_active_are_planned() -> None:
    priced_zone()
    told_microgrid()
    assert schedule_all(as_of=NOW) == 1
    Microgrid.objects.update(is_active=False)
    assert schedule_all(as_of=NOW + STEP) == 0


def test_what_was_carried_out_is_scored_by_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 kW over the coupling and 40 kW from the battery for a quarter of an hour, at the price of the period."""
    run = planned()
    monkeypatch.setattr(schedule_readings, "mean_exchange", lambda *_: 60.0)
    monkeypatch.setattr(schedule_readings, "_member_means", lambda members, at: [40.0] + [0.0] * (len(members) - 1))
    assert score_schedules(as_of=NOW + STEP) == 0  # the period has just ended
    assert score_schedules(as_of=NOW + 3 * STEP) == 1
    run.refresh_from_db()
    first = next(iter(run.microgrid.members.filter(kind__in=("storage", "generator"))))
    other = 40.0 * (0.02 if first.kind == "storage" else first.fuel_cost_eur_per_kwh)
    assert run.measured_first_eur == pytest.approx(0.25 * (60.0 * run.periods[0]["buy"] + other))


def test_without_measurements_there_is_no_score_and_a_reason_two_days_later() -> None:
    run = planned()
    assert score_schedules(as_of=NOW + 3 * STEP) == 0
    run.refresh_from_db()
    assert run.scored_at is None
    score_schedules(as_of=NOW + timedelta(days=2, minutes=30))
    run.refresh_from_db()
    assert run.scored_at is not None and run.measured_first_eur is None
    assert "say too little of the period" in run.score_reason


def test_the_document_is_read_by_whoever_sees_the_grid() -> None:
    run = planned()
    client = Client()
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    told = client.get(f"/api/v1/microgrids/{run.microgrid.mrid}/schedule")
    assert told.status_code == 200
    body = told.json()
    assert (body["outcome"], len(body["periods"]), body["step_s"]) == ("planned", STEPS, 900)
    assert body["saves"] == pytest.approx(run.uncontrolled_cost - run.cost + run.inputs["stored_gain_eur"])  # type: ignore[operator]


def test_before_the_first_run_it_is_not_worked_out_yet() -> None:
    microgrid = told_microgrid(at=timezone.now())
    client = Client()
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    told = client.get(f"/api/v1/microgrids/{microgrid.mrid}/schedule")
    assert (told.status_code, told.json()["outcome"], told.json()["periods"]) == (200, None, [])
    assert "Not worked out yet" in told.json()["reason"]
    assert client.get(f"/api/v1/microgrids/{uuid4()}/schedule").status_code == 404


def given_of(microgrid: Microgrid) -> Given:
    """300 kW of load that nobody can serve whole while the grid is away."""
    course = np.full((STEPS, 7), 100.0)
    flat = np.full(STEPS, 0.1)
    return Given(
        situation=microgrid_now(microgrid, as_of=NOW),
        members={one.element_mrid: one for one in microgrid.members.all()},
        readiness_terms=ReadinessTerms(microgrid=microgrid),
        terms=ScheduleTerms(microgrid=microgrid),
        load=dict.fromkeys(LoadPriority, course),
        renewable=np.zeros((STEPS, 7)),
        load_now_kw=300.0,
        renewable_now_kw=0.0,
        buy=flat,
        sell=flat,
        grid_kg_per_kwh=np.zeros(STEPS),
        away_steps=STEPS,
        reserve_kwh=np.zeros(STEPS),
    )


def test_short_of_energy_the_least_important_load_goes_first_and_the_tank_is_counted() -> None:
    given = given_of(told_microgrid(ISLANDED | {(BACKUP, "fuel_level"): 1000.0}))
    told = scheduled(given)
    shed = {priority: sum(one["shed_kw"][priority] for one in told.periods) * 0.25 for priority in "123"}
    made = sum(one["generator_kw"][str(mrid_of(BACKUP))] for one in told.periods) * 0.25
    assert made == pytest.approx(1000.0, abs=1.0)
    usable = 0.95 * (600.0 - 0.1 * 800.0)
    assert (shed["3"], shed["2"]) == pytest.approx((2400.0, 2400.0), abs=0.1)
    assert shed["1"] == pytest.approx(2400.0 - 1000.0 - usable, abs=1.0)


def test_a_limit_of_the_connection_is_kept() -> None:
    given = given_of(told_microgrid())
    limited = replace(given, away_steps=0, terms=ScheduleTerms(microgrid=given.terms.microgrid, import_kw=120.0))
    told = scheduled(limited)
    assert max(one["import_kw"] for one in told.periods) <= 120.0 + 1e-6
