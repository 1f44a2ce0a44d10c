"""Steps as orders, on rows: what goes to the field, what a process that ended left behind, and what a person may do."""

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from apps.assets import selectors as assets
from apps.dispatch.adapters.picture import Picture
from apps.dispatch.models import Order
from apps.dispatch.services import look_ahead, order_watch, orders
from apps.microgrids.choices.transition import (
    StepCommand,
    StepOutcome,
    TransitionKind,
    TransitionStage,
    TransitionStatus,
)
from apps.microgrids.models import Transition
from apps.microgrids.services import transition_checks, transition_rounds, transitions
from apps.telemetry.choices import ControlForm, ControlKind, RequestState
from apps.telemetry.models import ControlPoint, MeasurementPoint
from apps.telemetry.services.control import finish_request, take_requests
from gridops.engine.network.topology import resolve
from gridops.engine.security.zones import OperatingPoint
from tests.factories.microgrids import BATTERY, CONNECTED, COUPLING, ISLANDED, NOW, mrid_of, tell, told_microgrid
from tests.factories.orders import person

pytestmark = pytest.mark.django_db
HOLDER = uuid4()
IN_STEP = ISLANDED | {(COUPLING, "slip_frequency"): 0.01, (COUPLING, "angle_difference"): 3.0}


@pytest.fixture(autouse=True)
def known_state(monkeypatch):
    """The estimate of the network, which these few meters alone would not give."""

    def now(*, as_of):
        network = assets.assembled(assets.current_model())
        nothing = np.zeros(network.network.n_nodes)
        point = OperatingPoint(
            network.network, resolve(network.network, network.normal_closed), nothing, nothing,
            network.network.transformers.tap_neutral, np.array([1.0]), np.array([0.0]),
        )  # fmt: skip
        return Picture(network, point, np.zeros(0, np.int32))

    monkeypatch.setattr(look_ahead.pictures, "now", now)
    monkeypatch.setattr(transition_checks.pictures, "now", now)


@pytest.fixture
def anna():
    return person("anna").user


def commanded(values):
    microgrid = told_microgrid(values)
    for name, quantity, low, high in ((BATTERY, "controller_mode", 1, 3), (BATTERY, "shed_group", 0, 2),
                                      (BATTERY, "active_power", -250, 250)):  # fmt: skip
        _control(name, quantity, ControlKind.SETPOINT, low, high)
    _control(COUPLING, "switch_state", ControlKind.POSITION, None, None)
    return microgrid


def _control(name, quantity, kind, low, high):
    point = MeasurementPoint.objects.get(equipment_mrid=mrid_of(name), quantity=quantity)
    ControlPoint.objects.create(
        point=point, kind=kind, form=ControlForm.FLOAT, address=point.address, low=low, high=high, tolerance=0.5
    )


def gateway(microgrid, at, *, state=RequestState.ACCEPTED):
    taken = take_requests(gateway_id=microgrid.controller_gateway_id, holder=HOLDER, at=at)
    for request in taken:
        finish_request(request_id=request.pk, holder=HOLDER, state=state, reason="", at=at)
    order_watch.advance(as_of=at)
    return [(request.control.point.quantity, request.value) for request in taken]


def look(microgrid, at):
    transition_rounds.look_at(microgrid, clock=lambda: at)


def at_stage(microgrid, stage, by, *, kind=TransitionKind.RECONNECT):
    Transition.objects.create(
        microgrid=microgrid, kind=TransitionKind.ISLAND, status=TransitionStatus.DONE, reason="before",
        stage=TransitionStage.ISLANDED, stage_since=NOW, proposed_at=NOW, begun_at=NOW, ended_at=NOW, asked_by=by,
    )  # fmt: skip
    row = transitions.command(microgrid=microgrid, kind=kind, reason="over", by=by, as_of=NOW)
    Transition.objects.filter(pk=row.pk).update(stage=stage)
    row.refresh_from_db()
    return row


def test_a_step_goes_to_the_field_once_and_its_feedback_ends_it(anna):
    microgrid = commanded(ISLANDED)
    row = at_stage(microgrid, TransitionStage.SYNCHRONISING, anna)
    look(microgrid, NOW)
    look(microgrid, NOW)
    step = row.steps.get()
    assert (step.command, step.value, step.outcome) == (StepCommand.MODE, 3.0, StepOutcome.PENDING)
    assert Order.objects.get().pk == step.order_id
    assert gateway(microgrid, NOW) == [("controller_mode", 3.0)]
    after = NOW + timedelta(seconds=1)
    tell(microgrid.controller_gateway, after, ISLANDED | {(BATTERY, "controller_mode"): 3.0})
    order_watch.advance(as_of=after)
    look(microgrid, after)
    step.refresh_from_db()
    assert step.outcome == StepOutcome.DONE


@pytest.mark.parametrize("line", ["select", "operate"])
def test_a_process_that_ends_between_two_lines_loses_no_step_and_sends_none_twice(anna, monkeypatch, line):
    microgrid = commanded(ISLANDED)
    row = at_stage(microgrid, TransitionStage.SYNCHRONISING, anna)

    def ended(**_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(orders, line, ended)
        with pytest.raises(SystemExit):
            look(microgrid, NOW)
    assert row.steps.get().outcome == StepOutcome.PENDING
    assert gateway(microgrid, NOW) == []
    look(microgrid, NOW)
    assert row.steps.count() == 1
    assert gateway(microgrid, NOW) == [("controller_mode", 3.0)]
    look(microgrid, NOW)
    assert gateway(microgrid, NOW) == []


def test_a_step_that_the_field_refuses_is_tried_again_and_then_the_island_stays_alone(anna):
    microgrid = commanded(ISLANDED)
    row = at_stage(microgrid, TransitionStage.SYNCHRONISING, anna)
    for second in range(0, 24, 2):
        at = NOW + timedelta(seconds=second)
        tell(microgrid.controller_gateway, at, ISLANDED)
        look(microgrid, at)
        gateway(microgrid, at, state=RequestState.REFUSED)
    row.refresh_from_db()
    assert row.steps.filter(command=StepCommand.MODE, value=3.0).count() == 3
    assert (row.status, row.stage) == (TransitionStatus.RETURNED, TransitionStage.ISLANDED)


def test_the_coupling_is_closed_only_within_the_window(anna):
    microgrid = commanded(ISLANDED)
    row = at_stage(microgrid, TransitionStage.CLOSING, anna)
    look(microgrid, NOW)
    row.refresh_from_db()
    assert (row.stage, row.steps.count()) == (TransitionStage.SYNCHRONISING, 0)
    Transition.objects.filter(pk=row.pk).update(stage=TransitionStage.CLOSING)
    after = NOW + timedelta(seconds=1)
    tell(microgrid.controller_gateway, after, IN_STEP)
    look(microgrid, after)
    assert [step.command for step in row.steps.all()] == [StepCommand.CLOSE]


def test_a_planned_island_is_checked_by_its_own_power_flow_and_opens_without_a_warning(anna):
    microgrid = commanded(CONNECTED)
    row = transitions.command(
        microgrid=microgrid, kind=TransitionKind.ISLAND, reason="works at the station", by=anna, as_of=NOW
    )
    assert row.check_document["converged"]
    assert row.check_document["objections"] == []
    assert row.plan["carries"]
    findings = orders.prepare(
        wanted=orders.Wanted(microgrid.coupling_switch_mrid, look_ahead.Act.OPEN), client=person("ben"), as_of=NOW
    ).shown.findings
    assert any("goes on alone" in one.text for one in findings)
    look(microgrid, NOW)
    assert gateway(microgrid, NOW) == [("active_power", pytest.approx(-90.0))]


def test_nobody_s_island_is_taken_over_by_a_person(anna):
    microgrid = commanded(ISLANDED)
    look(microgrid, NOW)
    row = Transition.objects.get()
    assert row.executor is None
    transitions.approve(transition_id=row.pk, by=anna, as_of=NOW)
    row.refresh_from_db()
    assert row.executor == anna
