from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.live import hub as hub_module
from tests.apps.live.sockets import Connect, Field, ValkeyServer

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_subscription_without_the_permission_is_refused_and_the_others_are_kept(
    valkey: ValkeyServer, field_state: Field, transactional_db: None, connect: Connect
) -> None:
    manager = await sync_to_async(User.objects.create_user)("pia", role=Role.PROGRAM_MANAGER)
    field_state.system = {"load_kw": 3}
    socket = await connect(manager)
    await socket.subscribe("alarms", "system", "nonsense")

    assert "view_alarms" in (await socket.next("error", code="forbidden"))["message"]
    assert "nonsense" in (await socket.next("error", code="unknown_topic"))["message"]
    beat = await socket.next("beat")
    assert "alarms" not in beat["positions"]


async def test_a_stranger_is_closed_with_4401(
    valkey: ValkeyServer, field_state: Field, transactional_db: None, connect: Connect
) -> None:
    assert await (await connect(None)).close_code() == 4401


async def test_the_ninth_socket_of_a_person_is_refused(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    eight = [await connect(operator) for _ in range(8)]
    assert await (await connect(operator)).close_code() == 4429
    for socket in eight:
        await socket.next("hello")


def _demote(user: User) -> None:
    User.objects.filter(pk=user.pk).update(role=Role.VIEWER)


def _disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _change_password(user: User) -> None:
    user.set_password("another long password")
    user.save()


def _sign_out_everywhere(user: User) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize("change", [_demote, _disable, _change_password, _sign_out_everywhere])
async def test_a_socket_does_not_outlive_the_rights_it_was_opened_with(
    change: Any, field_state: Field, operator: User, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "RECHECK_S", 0.2)
    socket = await connect(operator)
    await socket.subscribe("alarms")
    await socket.next("snapshot")
    await socket.next("beat")
    await sync_to_async(change)(operator)

    assert await socket.close_code() == 4401


JUNK = [
    "",
    "nonsense",
    "[]",
    "null",
    "1e999",
    '{"subscribe": "alarms"}',
    '{"subscribe": [1]}',
    '{"subscribe": ["alarms"], "acknowledge": 1}',
    '{"acknowledge": 17}',
    '{"publish": {"topic": "grid"}}',
    "[" * 50_000,
    "\ufffd",
    "x" * 70_000,
    b"\0\xff",
]


async def test_junk_is_answered_by_an_error_and_the_socket_stays_usable(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    for junk in JUNK:
        await socket.say(*((junk,) if isinstance(junk, str) else (None, junk)))
        assert (await socket.next("error"))["code"] == "bad_message"
    await socket.subscribe("alarms")
    assert await socket.next("snapshot", topic="alarms")


async def test_who_talks_too_fast_is_closed_with_4408(
    valkey: ValkeyServer, field_state: Field, operator: User, connect: Connect
) -> None:
    socket = await connect(operator)
    for _ in range(60):
        await socket.say("nonsense")

    assert await socket.close_code() == 4408
