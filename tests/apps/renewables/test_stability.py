"""The frequency of the next hours: what is worked out, proposed, written to plants, and told."""

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import EnergyConsumer, GeneratingUnit
from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.order import OrderStatus
from apps.dispatch.choices.proposal import AutonomyMode, StepQuantity
from apps.dispatch.models import Autonomy, Course, Order
from apps.dispatch.services import order_watch
from apps.dispatch.services.course_following import advance_courses
from apps.dispatch.services.courses import approve_course
from apps.dispatch.services.held import Hold, give_back, hold
from apps.forecasts.adapters.packed import packed_quantiles
from apps.forecasts.choices import Horizon, Rung
from apps.forecasts.models import LEVELS, Forecast, ForecastRun, Series
from apps.renewables.choices import StabilityOutcome
from apps.renewables.models import Portfolio, RenewablePlant, StabilityArea, StabilityRun
from apps.renewables.selectors.stability_inputs import TURNING
from apps.renewables.services.stability import NO_AREA, look_at_stability
from apps.telemetry.choices import ControlKind
from apps.telemetry.models import ControlPoint, MeasurementPoint
from tests.factories.stability import StabilityDesk, make_area, make_stability_desk

pytestmark = pytest.mark.django_db
LARGEST_KW = 300.0


@pytest.fixture
def room() -> StabilityDesk:
    """The largest plant is small enough for six batteries of 98 kW."""
    made = make_stability_desk()
    for row in GeneratingUnit.objects.all():
        GeneratingUnit.objects.filter(pk=row.pk).update(
            rated_s_kva=min(row.rated_s_kva, LARGEST_KW), p_kw=min(row.p_kw, LARGEST_KW)
        )
    return made


def test_the_scheduled_reserve_holds_the_limit_that_is_broken_without_it(room: StabilityDesk) -> None:
    unknown = look_at_stability(as_of=room.desk.now)  # nothing is made up about the area
    assert (unknown.outcome, unknown.text, unknown.hours) == (StabilityOutcome.NO_AREA, NO_AREA, [])
    assert not Course.objects.exists()
    make_area(LARGEST_KW)
    run = look_at_stability(as_of=room.desk.now)
    assert run.outcome == StabilityOutcome.HOLDS, run.text
    assert len(run.hours) == 24
    for hour in run.hours:
        assert hour["nadir_without_hz"] < 49.0 <= hour["nadir_hz"]
        assert hour["nadir_now_hz"] == pytest.approx(hour["nadir_without_hz"], abs=0.01)  # nothing is set yet
        assert hour["given_kw"] == pytest.approx(hour["need_kw"], rel=1e-6)
        assert hour["loss_kw"] == LARGEST_KW
    assert sum(max(one["kw"]) for one in run.shares) <= sum(plant.design.rated_kw for plant in room.plants)
    assert run.strength[0]["ratio"] <= run.strength[-1]["ratio"]
    assert run.volt_var["worst_drop_pu"] > 0
    StabilityArea.objects.update(limit_hz=49.85)
    room.tell(charge=11.0)
    short = look_at_stability(as_of=room.desk.now)  # what batteries cannot give is told
    assert short.outcome == StabilityOutcome.SHORT
    assert short.hours[0]["short_kw"] > 0
    assert "can be given" in short.text


def test_the_loss_of_load_is_scheduled_for_as_well_and_one_droop_serves_both(room: StabilityDesk) -> None:
    EnergyConsumer.objects.update(p_kw=50.0)
    EnergyConsumer.objects.filter(pk=EnergyConsumer.objects.order_by("pk")[0].pk).update(p_kw=400.0, name="Mill")
    make_area(LARGEST_KW, high_limit_hz=50.9)
    run = look_at_stability(as_of=room.desk.now)
    assert run.outcome == StabilityOutcome.HOLDS, run.text
    assert "That of Mill lifts it to" in run.text
    for hour in run.hours:
        assert (hour["rise_name"], hour["rise_kw"]) == ("Mill", 400.0)
        assert hour["zenith_without_hz"] > 50.9 >= hour["zenith_hz"] - 1e-6
        assert hour["given_down_kw"] == pytest.approx(hour["need_down_kw"], rel=1e-6)
        assert hour["given_down_kw"] > hour["given_kw"]  # the load is larger than any plant
    for one in run.shares:
        larger = max(one["kw"][0], one["down_kw"][0])
        if larger > 1.0:
            assert one["droop_percent"][0] == pytest.approx(100 * 0.48 / 50 * one["rated_kw"] / larger, abs=0.02)
    room.desk.wait(2)
    room.tell(charge=95.0)  # next to nothing more goes in
    full = look_at_stability(as_of=room.desk.now)
    assert full.outcome == StabilityOutcome.SHORT
    assert full.hours[0]["short_down_kw"] > 0


def test_what_another_desk_has_promised_of_a_battery_is_not_counted_on(room: StabilityDesk) -> None:
    make_area(LARGEST_KW)
    free = look_at_stability(as_of=room.desk.now)
    one = free.shares[0]
    mrid, begin = UUID(one["mrid"]), free.starts_at + timedelta(hours=3)
    promise = Hold("storage", "reserve 1", begin, begin + timedelta(hours=2), 0.5, {mrid: (40.0, 30.0)})
    assert hold(promise, as_of=room.desk.now) == 1
    less = next(row for row in look_at_stability(as_of=room.desk.now).shares if row["mrid"] == one["mrid"])
    assert (less["held_up_kw"], less["held_down_kw"]) == (40.0, 30.0)
    up, down = (np.subtract(one[name], less[name]) for name in ("room_kw", "room_down_kw"))
    assert up.tolist() == pytest.approx([0.0] * 3 + [40.0] * 2 + [0.0] * 19, abs=0.11)
    assert down.tolist() == pytest.approx([0.0] * 3 + [30.0] * 2 + [0.0] * 19, abs=0.11)
    assert np.subtract(one["energy_kwh"], less["energy_kwh"])[3] == pytest.approx(20.0, abs=0.11)
    assert give_back(desk="storage", reference="reserve 1", as_of=room.desk.now) == 1
    again = next(row for row in look_at_stability(as_of=room.desk.now).shares if row["mrid"] == one["mrid"])
    assert again["room_kw"] == one["room_kw"]


def test_a_plant_of_sun_or_wind_that_takes_settings_answers_a_rise_by_what_it_will_hardly_fall_short_of(
    room: StabilityDesk,
) -> None:
    make_area(LARGEST_KW)
    unit = GeneratingUnit.objects.exclude(kind__in=TURNING).order_by("name").first()
    assert unit is not None
    for quantity, low, high in ((StepQuantity.FREQUENCY_DROOP, 0.2, 50.0), (StepQuantity.VOLT_VAR, 0.0, 100.0)):
        point = MeasurementPoint.objects.create(
            gateway=room.gateway, slot=room.gateway.points.count() + 900, equipment_mrid=unit.mrid, quantity=quantity,
            name=f"{unit.name} {quantity}", unit="%", address=f"made up {quantity}",
        )  # fmt: skip
        ControlPoint.objects.create(point=point, kind=ControlKind.SETPOINT, low=low, high=high)
    run = look_at_stability(as_of=room.desk.now)
    mine = next(one for one in run.shares if one["mrid"] == str(unit.mrid))
    assert set(mine["room_kw"]) == {0.0}
    assert set(mine["room_down_kw"]) == {0.0}  # nothing is foreseen of it
    assert "no forecast" in mine["words"]
    series = Series.objects.create(
        subject_mrid=str(unit.mrid), subject="plant", quantity="pv", name="Roof", rated_kw=unit.rated_s_kva
    )
    RenewablePlant.objects.create(
        mrid=unit.mrid,
        name="Roof",
        kind="pv",
        portfolio=Portfolio.objects.create(name="All"),
        series=series,
        rated_kw=unit.rated_s_kva,
    )
    foreseen(series, room.desk.now, low=2.0, high=5.0)
    run = look_at_stability(as_of=room.desk.now)
    mine = next(one for one in run.shares if one["mrid"] == str(unit.mrid))
    assert mine["room_down_kw"][5] == pytest.approx(2.0, abs=0.1)
    assert sum(one["mrid"] == str(unit.mrid) for one in run.strength) == 1
    assert any(one["mrid"] == str(unit.mrid) for one in run.volt_var["plants"])


def foreseen(series: Series, now: datetime, *, low: float, high: float) -> None:
    begin = now.replace(minute=0, second=0, microsecond=0)
    run = ForecastRun.objects.create(
        as_of=now, horizon=Horizon.INTRADAY, starts_at=begin, steps=192, levels=list(LEVELS), rungs={}, duration_ms=1.0,
        engine_version="1",
    )  # fmt: skip
    rows = np.tile(np.interp(LEVELS, [0.1, 0.9], [low, high]), (192, 1))
    Forecast.objects.create(run=run, series=series, rung=Rung.FULL, quantiles_kw=packed_quantiles(rows))


def test_settings_go_to_the_plants_by_an_approved_course_and_count_afterwards(room: StabilityDesk) -> None:
    make_area(LARGEST_KW)
    desk = room.desk
    Autonomy.objects.create(  # which never approves a setting
        desk="renewables",
        mode=AutonomyMode.AUTOMATIC,
        max_kw=1e6,
        set_by=desk.anna.user,
        set_at=desk.now,
        reason="Try",
        max_operations_per_day=1000,
    )
    look_at_stability(as_of=desk.now)
    courses = Course.objects.filter(quantity=StepQuantity.FREQUENCY_DROOP)
    assert {course.status for course in courses} == {CourseStatus.PROPOSED}
    for course in courses:
        assert 0.2 <= course.steps[0]["value"] < course.rest == 50.0
        approve_course(course_id=course.pk, client=desk.anna, as_of=desk.now)
    desk.wait(2)
    desk.room.step(desk.now)
    advance_courses(clock=desk.clock)
    assert set(room.send()) == {""}
    order_watch.advance(as_of=desk.now)
    by_mrid = {UUID(plant.design.mrid): plant for plant in room.plants}
    for course in courses:
        plant = by_mrid[course.device_mrid]
        assert 100 * plant.answers.droop == pytest.approx(course.steps[0]["value"], abs=0.01)
    orders = Order.objects.filter(purpose__startswith="course ")
    assert {order.status for order in orders} == {OrderStatus.ACCEPTED}
    assert all("limit" not in str(order.look_ahead["findings"]) for order in orders)
    room.tell(droop=courses[0].steps[0]["value"])
    again = look_at_stability(as_of=desk.now)
    assert again.hours[0]["nadir_now_hz"] > again.hours[0]["nadir_without_hz"] + 0.02
    assert not Course.objects.filter(quantity=StepQuantity.FREQUENCY_DROOP, status=CourseStatus.PROPOSED).exists()


def test_an_area_needs_a_source_and_possible_limits() -> None:
    area = StabilityArea(name="x", kinetic_kws=0, load_kw=1, governor_kw=1, governor_room_kw=1, source="")
    with pytest.raises(ValidationError) as refused:
        area.full_clean()
    assert {"kinetic_kws", "source"} <= set(refused.value.message_dict)


def test_what_was_worked_out_is_told_over_http_and_of_the_past_as_it_was(room: StabilityDesk, client: Client) -> None:
    make_area(LARGEST_KW)
    late = look_at_stability(as_of=room.desk.now)
    early = StabilityRun.objects.create(as_of=room.desk.now - timedelta(hours=1), starts_at=late.starts_at)
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    found = client.get("/api/v1/renewables/stability").json()["run"]
    assert found["id"] == late.pk
    assert found["shares"][0]["courses"][0]["status"] == CourseStatus.PROPOSED
    then = client.get("/api/v1/renewables/stability", {"at": (room.desk.now - timedelta(minutes=30)).isoformat()})
    assert then.json()["run"]["id"] == early.pk
    assert client.post("/api/v1/renewables/stability").status_code == 403
    told = client.get("/api/v1/renewables/stability/frequency").json()["points"]
    of_plants = [one for one in told if one["hz"] == pytest.approx(50.012, abs=1e-3)]
    assert len(of_plants) == len(room.plants)
    assert all(one["is_stale"] and one["t"] == [] for one in of_plants)  # the desk's clock stands long ago
    assert StabilityRun.objects.count() == 2
