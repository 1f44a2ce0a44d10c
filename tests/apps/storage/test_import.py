"""Plants from datasheets, and the whole way of a schedule: prices and charge to a request in the gateway's box."""

import io
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.dispatch.choices.course import CourseStatus
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Autonomy, Course, Order
from apps.dispatch.services.course_following import advance_courses
from apps.storage.adapters.datasheets import FileRefused
from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.models import SafetyLimit, SafetyState, StoragePlant, StorageSchedule
from apps.storage.services.importing import import_plants
from apps.storage.services.rounds import look, plan_hours
from apps.telemetry.choices import Protocol, RequestState
from apps.telemetry.models import ControlRequest, Gateway
from apps.telemetry.services.points import import_points
from gridops.simulator.batteries.sheets import write_battery_sheets
from gridops.simulator.batteries.signals import write_battery_signals
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir
from tests.factories.market_files import ZONE
from tests.factories.orders import person
from tests.factories.storage import NOON, heard, priced_zone

pytestmark = pytest.mark.django_db


def sheets(room: Room) -> bytes:
    assert room.field.batteries is not None
    stream = io.StringIO()
    write_battery_sheets([plant.design for plant in room.field.batteries.plants], stream)
    return stream.getvalue().encode()


@pytest.fixture
def room(db: None) -> Room:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON, with_batteries=True)
    assert room.field.batteries is not None
    signals = io.StringIO()
    write_battery_signals(room.field.case.source, room.field.batteries.plants, signals)
    signals.seek(0)
    import_points(gateway_name="batteries", rows=signals, protocol=Protocol.MODBUS)
    return room


def told(room: Room, at: datetime) -> None:
    """Ten minutes in which every rack rests at 25 °C and 60 %."""
    moments = [at - timedelta(seconds=10) * n for n in range(60, -1, -1)]
    values = {"state_of_charge": 60.0, "dc_current": 0.0, "temperature_max": 25.0, "temperature_min": 24.5}
    values |= {"active_power": 0.0, "insulation": 2400.0, "hydrogen": 4.0, "smoke": 0.0, "dc_voltage": 1267.0}
    gateway = Gateway.objects.get(name="batteries")
    for plant in room.field.batteries.plants:
        volts = float(plant.design.curve.at(np.array([0.6]))[0])
        cells = {"cell_voltage_avg": volts, "cell_voltage_max": volts + 0.01, "cell_voltage_min": volts - 0.01}
        said = {name: np.full(len(moments), value) for name, value in (values | cells).items()}
        heard(gateway, moments, only={plant.design.mrid, *plant.design.rack_mrids}, **said)


def test_a_plant_comes_with_its_racks_and_the_limits_that_can_be_watched(room: Room, tmp_path: Path) -> None:
    file, zone = tmp_path / "plants.csv", priced_zone()
    file.write_bytes(sheets(room))
    out = io.StringIO()
    call_command("import_storage", str(file), price_zone=zone.code, wear_per_kwh=0.01, stdout=out)
    assert StoragePlant.objects.count() == len(room.field.batteries.plants)
    plant, design = StoragePlant.objects.earliest("pk"), room.field.batteries.plants[0].design
    assert (str(plant.mrid), plant.energy_kwh, plant.price_zone) == (design.mrid, design.capacity_kwh, zone)
    assert {str(rack.mrid) for rack in plant.racks.all()} == set(design.rack_mrids)
    unwatched = set(SafetyLimit.objects.filter(plant=plant, is_watched=False).values_list("name", flat=True))
    assert unwatched == {"voltage spread", "heating", "communication"}
    StoragePlant.objects.update(least_soc=0.2)
    call_command("import_storage", str(file), stdout=out)
    assert "made: none" in out.getvalue()
    assert set(StoragePlant.objects.values_list("least_soc", flat=True)) == {0.2}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("lfp", "lead", "row 2: chemistry: 'lead' is none of lfp, nmc"),
        ("energy_kwh", "energy", "row 1: 'energy' is no known column"),
        ("lfp,", "lfp,-", "row 2: charge_kw: -"),
    ],
)
def test_a_fault_names_row_and_column_and_nothing_is_made(room: Room, old: str, new: str, fault: str) -> None:
    with pytest.raises(FileRefused) as refused:
        import_plants(content=sheets(room).replace(old.encode(), new.encode()), fleet="Town", as_of=NOON)
    assert fault in str(refused.value)
    assert not StoragePlant.objects.exists()


def test_an_unknown_zone_and_a_file_that_is_not_there_are_told(room: Room, tmp_path: Path) -> None:
    file = tmp_path / "plants.csv"
    with pytest.raises(CommandError, match="give a file that can be read"):
        call_command("import_storage", str(file))
    file.write_bytes(sheets(room))
    with pytest.raises(CommandError, match="'NOWHERE' is no zone of this site"):
        call_command("import_storage", str(file), price_zone="NOWHERE")


def test_a_schedule_goes_all_the_way_to_the_gateway_once_a_rule_lets_it(room: Room) -> None:
    priced_zone()
    import_plants(content=sheets(room), fleet="City", price_zone=ZONE, wear_per_kwh=0.005, as_of=NOON)
    now = NOON + timedelta(minutes=9)
    told(room, now)
    room.step(now)
    racks = sum(len(plant.design.rack_mrids) for plant in room.field.batteries.plants)
    assert look(as_of=now) == racks
    assert set(SafetyState.objects.values_list("level", flat=True)) == {"normal"}
    plan_hours(as_of=now)
    rows = StorageSchedule.objects.filter(horizon=Horizon.INTRADAY)
    assert set(rows.values_list("outcome", flat=True)) == {PlanOutcome.PLANNED}
    waiting = Course.objects.filter(status=CourseStatus.PROPOSED)
    assert waiting.count() == len(room.field.batteries.plants)
    assert not Course.objects.filter(status=CourseStatus.RUNNING).exists()
    rule = {"max_operations_per_day": 200, "max_kw": 1e5, "set_by": person("ben").user, "set_at": now, "reason": "On."}
    Autonomy.objects.create(desk="storage", mode=AutonomyMode.AUTOMATIC, **rule)
    plan_hours(as_of=now)
    running = Course.objects.filter(status=CourseStatus.RUNNING)
    assert running.count() == len(room.field.batteries.plants)
    later = NOON + timedelta(minutes=15, seconds=20)
    told(room, later)
    room.step(later)
    look(as_of=later)
    advance_courses(clock=lambda: later)
    request = ControlRequest.objects.first()
    assert request is not None
    assert request.state == RequestState.WAITING
    order = Order.objects.get(key=request.key)
    course = Course.objects.get(device_mrid=order.device_mrid, status=CourseStatus.RUNNING)
    assert order.purpose == f"course {course.pk}, step 1"
    assert request.value == course.steps[0]["value"]
