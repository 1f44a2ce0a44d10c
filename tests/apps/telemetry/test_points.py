import uuid
from datetime import UTC, datetime, timedelta

import pytest

from apps.alarms.choices import BaseState, Condition, Priority
from apps.alarms.models import Alarm
from apps.telemetry import selectors
from apps.telemetry.choices import Protocol
from apps.telemetry.models import Gateway, MeasurementPoint
from apps.telemetry.services.points import import_points
from apps.telemetry.services.push import PushedSample, push

pytestmark = pytest.mark.django_db
HEADER = "mrid,name,equipment_mrid,side,quantity,unit,common_address,ioa,asdu_type"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def signal_list(*mrids: uuid.UUID) -> list[str]:
    return [HEADER, *(f"{mrid},meter,{uuid.uuid4()},,voltage,kV,1,{ioa},36" for ioa, mrid in enumerate(mrids, start=1))]


def push_one(mrid: uuid.UUID, value: float, *, later_s: float = 0) -> None:
    at = NOW + timedelta(seconds=later_s)
    sample = PushedSample(point=mrid, at_us=int(at.timestamp() * 1e6), value=value, quality=0)
    push(principal="tests", key=str(uuid.uuid4()), body=mrid.bytes, samples=[sample], received_at=at)


def value_of(mrid: uuid.UUID) -> float | None:
    return selectors.point_values([MeasurementPoint.objects.get(mrid=mrid)], as_of=NOW)[0].value


def test_a_new_point_does_not_inherit_the_value_of_one_that_vanished() -> None:
    old, kept, new = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    import_points(gateway_name="north", rows=signal_list(kept, old))
    push_one(kept, 20.1)
    push_one(old, 20.2)

    import_points(gateway_name="north", rows=signal_list(kept, new))

    assert (value_of(kept), value_of(new)) == (20.1, None)
    push_one(new, 20.3)
    assert (value_of(kept), value_of(new)) == (20.1, 20.3)


def test_a_signal_list_says_by_which_way_its_values_come() -> None:
    import_points(gateway_name="south", rows=signal_list(uuid.uuid4()), protocol=Protocol.HTTP)

    assert Gateway.objects.get(name="south").protocol == Protocol.HTTP


def test_an_indicator_that_shows_is_an_alarm_until_it_falls_back() -> None:
    shows = uuid.uuid4()
    row = f"{shows},Line 7 fault indicator to,{uuid.uuid4()},to,fault_indicator,,1,70001,30"
    import_points(gateway_name="north", rows=[HEADER, row])
    push_one(shows, 0.0)
    assert not Alarm.objects.exists()
    push_one(shows, 1.0, later_s=1)
    alarm = Alarm.objects.get()
    assert (alarm.condition, alarm.priority, alarm.base_state) == (
        Condition.FAULT_PASSED,
        Priority.LOW,
        BaseState.UNACKNOWLEDGED,
    )
    push_one(shows, 0.0, later_s=30)
    assert Alarm.objects.get().base_state == BaseState.RETURNED
