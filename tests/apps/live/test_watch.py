"""The connection of the live hub: what is asked has its answer before it is closed."""

import asyncio

import pytest

from apps.live.watch import JournalWatch

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = "SELECT 'told' FROM pg_sleep(0.3)"


async def test_a_connection_is_not_closed_under_a_question_in_flight() -> None:
    watch = JournalWatch()
    asking = asyncio.create_task(watch._ask(SLOW))
    while watch.is_fresh:
        await asyncio.sleep(0.01)
    await watch.close()
    assert asking.done()
    assert asking.result() == [("told",)]
    assert watch.is_fresh


async def test_a_question_that_is_given_up_leaves_the_next_one_a_connection_of_its_own() -> None:
    watch = JournalWatch()
    asking = asyncio.create_task(watch._ask(SLOW))
    while watch.is_fresh:
        await asyncio.sleep(0.01)
    asking.cancel()
    assert await watch._ask("SELECT 'next'") == [("next",)]
    with pytest.raises(asyncio.CancelledError):
        await asking
    await watch.close()
