"""A capacitor from the plan to the field and back: planned, ordered by its switch, felt by the estimate, counted."""

import pytest

from apps.assets.models import Feeder, Switch
from apps.assets.selectors import assembled, current_model
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.services.scenes import Live, live_scene
from apps.optimization.choices import VoltageObjective
from apps.optimization.models import VoltageSetting
from apps.optimization.selectors.operations import operations_today
from apps.optimization.services.voltage_desk import VoltageRegulation
from apps.telemetry.choices import ControlKind
from apps.telemetry.models import ControlPoint
from tests.factories.banks import bank_file
from tests.factories.grids import grid
from tests.factories.orders import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(bank_file()))


@pytest.fixture
def desk() -> Desk:
    return make_desk(str(bank_file()))


def voltage_at(live: Live, name: str) -> float:
    return float(live.scene.before.voltage_pu[live.scene.place.network.nodes.name.index(name)])


def moved(live: Live, feeder: Feeder) -> set[str]:
    done = VoltageRegulation(live).planned(feeder.mrid).done
    assert done is not None
    return {move.device_mrid for move in done.moves}


def test_a_planned_capacitor_is_ordered_answered_by_the_field_and_counted(desk: Desk) -> None:
    model = current_model()
    assert model is not None
    assert assembled(model).network.shunts.q_kvar.sum() > 0
    switch = Switch.objects.get(model=model, name="Bank switch")
    feeder = Feeder.objects.get(model=model, name__endswith="F01")
    VoltageSetting.objects.create(
        feeder_mrid=feeder.mrid,
        feeder_name=feeder.name,
        objective=VoltageObjective.LOSS,
        set_by=desk.anna.user,
        set_at=desk.now,
        reason="Evening.",
    )
    before = live_scene(as_of=desk.now)
    assert str(switch.mrid) in moved(before, feeder)

    rows = ControlPoint.objects.filter(point__equipment_mrid=switch.mrid, kind=ControlKind.POSITION)
    rows.update(is_critical=False, critical_kw=None)  # a second person is another test's
    control = rows.select_related("point").get()
    assert desk.carried_out(control, Act.CLOSE).status == OrderStatus.CONFIRMED
    after = live_scene(as_of=desk.now)
    assert voltage_at(after, "A4") > voltage_at(before, "A4") + 0.002
    assert str(switch.mrid) not in moved(after, feeder)
    assert operations_today([str(switch.mrid)], as_of=desk.now) == {str(switch.mrid): 1}
