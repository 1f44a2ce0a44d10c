"""The sender against real callbacks on this machine."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from pytest_django import Settings

from apps.openadr.choices import ClientRole, DeliveryStatus
from apps.openadr.models import Delivery
from apps.openadr.notifier.webhooks import Webhooks
from tests.factories.openadr import make_client, make_notice, make_program, make_subscription
from tests.outside.openadr.hook import TOKEN, Hook

pytestmark = pytest.mark.django_db(transaction=True)


def _waiting(*urls: str, token: str = TOKEN, notices: int = 1) -> None:
    program = make_program()
    for number, url in enumerate(urls):
        make_subscription(make_client(f"head {number}", ClientRole.BL), url, token=token)
    for _ in range(notices):
        make_notice(program, recorded_at=timezone.now())


async def _told(count: int) -> list[Delivery]:
    """After as many rounds as it takes until that many have had an attempt."""
    webhooks = Webhooks()
    attempted = Delivery.objects.filter(attempts__gt=0).exclude(last_error="", status=DeliveryStatus.PENDING)
    for _ in range(200):
        await webhooks.round()
        if await sync_to_async(attempted.count)() == count:
            return [row async for row in Delivery.objects.order_by("pk")]
    raise AssertionError("not told within 200 rounds")


async def test_it_posts_in_order_with_the_token_that_was_asked_for(settings: Settings) -> None:
    settings.OPENADR_CALLBACK_HOSTS = frozenset({"127.0.0.1"})
    hook = Hook()
    await sync_to_async(_waiting)(hook.url, notices=3)
    rows = await _told(3)
    hook.shutdown()
    assert {row.status for row in rows} == {DeliveryStatus.DELIVERED}
    assert [set(told) for told in hook.told] == [{"objectType", "operation", "object"}] * 3


async def test_no_answer_of_a_crowd_is_lost_between_two_rounds(settings: Settings) -> None:
    settings.OPENADR_CALLBACK_HOSTS = frozenset({"127.0.0.1"})
    hook = Hook()
    await sync_to_async(_waiting)(*[hook.url] * 60)
    rows = await _told(60)
    hook.shutdown()
    assert {(row.status, row.attempts) for row in rows} == {(DeliveryStatus.DELIVERED, 1)}


async def test_a_callback_that_refuses_or_is_silent_is_called_again_later(settings: Settings) -> None:
    settings.OPENADR_CALLBACK_HOSTS = frozenset({"127.0.0.1"})
    hook = Hook()
    await sync_to_async(_waiting)(hook.url, "http://127.0.0.1:1/nobody", token="wrong")
    refused, silent = await _told(2)
    hook.shutdown()
    assert (refused.last_status_code, refused.last_error) == (403, "The callback answered 403.")
    assert "Not delivered" in silent.last_error
    assert min(refused.next_attempt_at, silent.next_attempt_at) > timezone.now() - timedelta(seconds=60)


async def test_what_was_allowed_once_is_refused_when_it_no_longer_is(settings: Settings) -> None:
    settings.OPENADR_CALLBACK_HOSTS = frozenset()
    hook = Hook()
    await sync_to_async(_waiting)(hook.url)
    (row,) = await _told(1)
    hook.shutdown()
    assert not hook.told
    assert "GRIDOPS_OPENADR_CALLBACK_HOSTS" in row.last_error
