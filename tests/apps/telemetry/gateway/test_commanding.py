"""Requests of commands carried out by a gateway's process, on a real outstation and a real Postgres."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError
from django.utils import timezone

from apps.telemetry.choices import (
    OPEN_REQUESTS,
    REQUEST_TRANSITIONS,
    ControlForm,
    ControlKind,
    Quantity,
    RequestState,
)
from apps.telemetry.gateway.driver import FieldCommand
from apps.telemetry.gateway.iec104_commands import wire_command
from apps.telemetry.models import ControlPoint, ControlRequest, Gateway
from apps.telemetry.services.control import request_control, sweep_requests
from gridops.protocols.iec104.types import TypeId
from tests.apps.telemetry.gateway.test_gateway_process import POINTS, process_of
from tests.factories.telemetry import make_gateway
from tests.protocols.iec104.ends import Desk, background, image, outstation
from tests.waiting import until_stored

COMMANDED = 900  # object address of the command


@pytest.fixture
def made(committed_history: None) -> Gateway:
    return make_gateway(POINTS, quantity=Quantity.SWITCH_STATE, unit="")


def control_of(gateway: Gateway, **more: Any) -> ControlPoint:
    given = {"kind": ControlKind.POSITION, "form": ControlForm.DOUBLE, "address": f"1/{COMMANDED}"} | more
    return ControlPoint.objects.create(point=gateway.points.earliest("slot"), **given)


def ask(control: ControlPoint, value: float = 0.0, **more: Any) -> ControlRequest:
    now = timezone.now()
    given = {"key": uuid.uuid4(), "not_after": now + timedelta(seconds=30), "at": now} | more
    control = ControlPoint.objects.select_related("point__gateway").get(pk=control.pk)
    return request_control(control=control, value=value, **given)


def state_of(request: ControlRequest) -> str:
    return ControlRequest.objects.get(pk=request.pk).state


def has_ended(request: ControlRequest) -> Callable[[], bool]:
    return lambda: state_of(request) not in OPEN_REQUESTS


def commanded_image() -> Any:
    return image(POINTS + 1, commands=[(COMMANDED, TypeId.C_DC_NA)])


@pytest.mark.parametrize(("accepts", "state"), [(True, RequestState.ACCEPTED), (False, RequestState.REFUSED)])
async def test_a_request_is_selected_and_executed_and_its_answer_is_stored(
    made: Gateway, accepts: bool, state: RequestState
) -> None:
    control, desk = await sync_to_async(control_of)(made), Desk()
    desk.accept = accepts
    async with outstation(commanded_image(), desk, select_required=True) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            await until_stored(lambda: station.is_active)
            request = await sync_to_async(ask)(control)
            await until_stored(has_ended(request))
    assert await sync_to_async(state_of)(request) == state
    assert [(one.ioa, one.value, one.select) for one in desk.commands] == [(COMMANDED, 1.0, False)]


async def test_without_a_link_nothing_is_sent_and_that_is_what_is_told(made: Gateway) -> None:
    control = await sync_to_async(control_of)(made)
    process = await process_of(made, 9)  # nobody listens
    async with background(process.run()):
        request = await sync_to_async(ask)(control)
        await until_stored(has_ended(request))
    assert await sync_to_async(state_of)(request) == RequestState.NOT_SENT


async def test_a_link_that_is_lost_while_the_field_acts_leaves_an_unknown(made: Gateway) -> None:
    control, desk = await sync_to_async(control_of)(made), Desk()
    desk.gate.clear()  # the field is given the command and does not answer
    async with outstation(commanded_image(), desk) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            await until_stored(lambda: station.is_active)
            request = await sync_to_async(ask)(control)
            await until_stored(lambda: desk.commands)
            await station._hang_up()
            await until_stored(has_ended(request))
            assert await sync_to_async(state_of)(request) == RequestState.UNKNOWN
            await until_stored(lambda: station.is_active)
    assert len(desk.commands) == 1, "a new link does not send it again"


async def test_what_is_too_old_is_not_sent(made: Gateway) -> None:
    control, desk = await sync_to_async(control_of)(made), Desk()
    request = await sync_to_async(ask)(control, not_after=timezone.now() - timedelta(seconds=1))
    async with outstation(commanded_image(), desk) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            newer = await sync_to_async(ask)(control)
            await until_stored(has_ended(newer))
    assert len(desk.commands) <= 1
    await sync_to_async(sweep_requests)(as_of=timezone.now())
    assert await sync_to_async(state_of)(request) == RequestState.NOT_SENT


@pytest.mark.django_db
def test_the_same_key_is_one_request() -> None:
    control, key = control_of(make_gateway(1, quantity=Quantity.SWITCH_STATE)), uuid.uuid4()
    assert ask(control, key=key).pk == ask(control, key=key).pk
    with pytest.raises(IntegrityError):
        ControlRequest.objects.create(
            key=key, gateway=control.point.gateway, value=0, requested_at=timezone.now(), not_after=timezone.now()
        )


def test_nothing_leads_back_to_waiting() -> None:
    assert set(REQUEST_TRANSITIONS) == set(RequestState)
    assert all(RequestState.WAITING not in following for following in REQUEST_TRANSITIONS.values())
    assert [one for one, to in REQUEST_TRANSITIONS.items() if RequestState.SENDING in to] == [RequestState.WAITING]


@pytest.mark.parametrize(
    ("value", "kind", "form", "type_id", "on_the_wire"),
    [
        (0.0, ControlKind.POSITION, ControlForm.DOUBLE, TypeId.C_DC_NA, 1.0),
        (1.0, ControlKind.POSITION, ControlForm.DOUBLE, TypeId.C_DC_NA, 2.0),
        (0.0, ControlKind.POSITION, ControlForm.SINGLE, TypeId.C_SC_NA, 0.0),
        (-1.0, ControlKind.STEP, ControlForm.STEP, TypeId.C_RC_NA, 1.0),
        (1.0, ControlKind.STEP, ControlForm.STEP, TypeId.C_RC_NA, 2.0),
        (-350.5, ControlKind.SETPOINT, ControlForm.FLOAT, TypeId.C_SE_NC, -350.5),
        (0.0, ControlKind.RELEASE, ControlForm.SINGLE, TypeId.C_SC_NA, 0.0),
    ],
)
def test_a_command_in_the_words_of_the_wire(
    value: float, kind: ControlKind, form: ControlForm, type_id: TypeId, on_the_wire: float
) -> None:
    command = wire_command(FieldCommand("1/7", kind, form, value, is_selected_first=True))
    assert (command.common_address, command.ioa, command.select) == (1, 7, True)
    assert (command.type_id, command.value) == (type_id, on_the_wire)
