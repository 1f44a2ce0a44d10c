"""Commands in signal lists: taken with their points, told in exports, refused with their column."""

import io
import uuid

import pytest

from apps.telemetry.choices import ControlKind, Feedback, Protocol
from apps.telemetry.models import ControlPoint, Gateway
from apps.telemetry.services.point_map import export, preview
from apps.telemetry.services.points import import_points
from apps.telemetry.services.signal_list import PointMapRefused

pytestmark = pytest.mark.django_db

HEADER = "mrid,name,equipment_mrid,side,quantity,unit,address,sigma"
CONTROLS = "control,control_address,control_low,control_high,control_critical,control_feedback,release_address"
SWITCH, PLANT, METER = (str(uuid.UUID(int=n)) for n in (1, 2, 3))


def listed(switch: str = "double,,,,1,,", plant: str = "float,1/7,-500,0,,within,1/1007", meter: str = ",,,,,,") -> str:
    rows = (
        f"{SWITCH},CB,{uuid.UUID(int=11)},,switch_state,,1/1,0,{switch}",
        f"{PLANT},PV,{uuid.UUID(int=12)},,active_power,kW,1/7,2,{plant}",
        f"{METER},U,{uuid.UUID(int=13)},,voltage,kV,1/9,0.1,{meter}",
    )
    return "\n".join([f"{HEADER},{CONTROLS}", *rows])


def take(text: str, protocol: Protocol = Protocol.IEC104) -> Gateway:
    import_points(gateway_name="field", rows=io.StringIO(text), protocol=protocol)
    return Gateway.objects.get(name="field")


def test_commands_come_with_their_points() -> None:
    take(listed())
    found = {(one.point.name, one.kind): one for one in ControlPoint.objects.select_related("point")}
    breaker = found["CB", ControlKind.POSITION]
    assert (breaker.address, breaker.is_critical, breaker.feedback_s) == ("1/1", True, 10.0)
    plant = found["PV", ControlKind.SETPOINT]
    assert (plant.low, plant.high, plant.feedback, plant.tolerance) == (-500.0, 0.0, Feedback.WITHIN, 10.0)
    assert found["PV", ControlKind.RELEASE].address == "1/1007"
    assert len(found) == 3


def test_an_export_tells_them_and_imported_again_changes_nothing() -> None:
    gateway = take(listed())
    text = "".join(export(gateway))
    found = preview(gateway=gateway, text=text)
    assert (found.changed, found.refused, found.unchanged) == ([], [], 3)
    kept = list(ControlPoint.objects.order_by("pk").values())
    take(text)
    assert list(ControlPoint.objects.order_by("pk").values()) == kept


def test_a_list_that_does_not_speak_of_commands_leaves_them_alone() -> None:
    take(listed())
    take("\n".join(",".join(line.split(",")[:8]) for line in listed().splitlines()))
    assert ControlPoint.objects.count() == 3


def test_a_command_that_is_listed_no_more_goes_and_what_was_set_besides_stays() -> None:
    take(listed())
    ControlPoint.objects.filter(kind=ControlKind.SETPOINT).update(critical_kw=200.0)
    gateway = take(listed(switch=",,,,,,", plant="float,1/7,-400,0,,within,"))
    (left,) = ControlPoint.objects.all()
    assert (left.kind, left.low, left.critical_kw) == (ControlKind.SETPOINT, -400.0, 200.0)
    (changed,) = preview(gateway=gateway, text=listed(switch=",,,,,,", plant="float,1/7,-300,0,,within,")).changed
    assert ("control_low", "-400.0", "-300.0") in changed.changes


@pytest.mark.parametrize(
    ("faulty", "word"),
    [
        ({"switch": "float,,,,,,"}, "control: 'float' does not command a switch_state"),
        ({"plant": "float,1/7,5,-5,,,"}, "control_low"),
        ({"plant": "float,one,-5,5,,,"}, "control_address"),
        ({"plant": "float,1/7,low,5,,,"}, "control_low: 'low' is no finite number"),
        ({"switch": "double,,,,maybe,,"}, "control_critical"),
        ({"plant": "float,1/7,-5,5,,soon,"}, "control_feedback"),
        ({"plant": "float,1/7,-5,5,,,x"}, "release_address"),
    ],
)
def test_a_faulty_command_is_refused_by_its_column(faulty: dict[str, str], word: str) -> None:
    with pytest.raises(PointMapRefused, match=word):
        take(listed(**faulty))
    assert not ControlPoint.objects.exists()


def test_a_link_that_takes_no_commands_has_none() -> None:
    text = listed().replace("1/1,0", "a,0").replace("1/7,2", "b,2").replace("1/9,", "c,")
    with pytest.raises(PointMapRefused, match="takes no commands"):
        take(text, Protocol.HTTP)
