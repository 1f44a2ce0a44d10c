"""After a reconnection: a hundred thousand old events and one that is new."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from asgiref.sync import sync_to_async

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.telemetry.gateway import Values
from apps.telemetry.gateway.store import FEW, LATE_US, Store
from apps.telemetry.models import Gateway, PointLimit
from apps.telemetry.services import backfill
from tests.apps.telemetry.gateway.test_gateway_process import POINTS, latest, process_of, station_image
from tests.apps.telemetry.history import query
from tests.factories.telemetry import make_gateway
from tests.protocols.iec104.ends import background, now_us, outstation
from tests.waiting import until_stored

EVENTS = 100_000


@pytest.fixture
def made(committed_history: None) -> Iterator[Gateway]:
    yield make_gateway(POINTS)


def old_values(n: int, *, newest_us: int) -> Values:
    """Each point in turn, the last of them at `newest_us`, a tenth of a second apart."""
    number = np.arange(n)
    return Values.of(number % POINTS, number.astype(float), at_us=newest_us - (n - 1 - number) * 100_000)


def stored() -> int:
    return query("SELECT count(*) FROM telemetry_sample")[0][0]


def test_a_live_change_is_committed_before_a_hundred_thousand_old_events(made: Gateway) -> None:
    store, now = Store(made.pk), now_us()
    assert store.put(old_values(EVENTS, newest_us=now - 2 * LATE_US), store.config) is False
    assert (store.waiting(), stored()) == (EVENTS, 0), "safe, and in nobody's way"

    assert store.put(Values.of([3], [7.0], at_us=now), store.config) is True

    assert latest()[3] == 7.0
    assert (store.waiting(), stored()) == (EVENTS, 1)
    chunks = []
    while brought := store.bring_in_a_chunk():
        chunks.append(brought)
    assert sum(chunks) == EVENTS
    assert max(chunks) <= backfill.CHUNK
    assert (store.waiting(), stored()) == (0, EVENTS + 1)
    assert latest()[3] == 7.0, "what is newer stays the newest"
    assert latest()[4] == EVENTS - POINTS + 4


def test_what_is_sent_twice_is_stored_once(made: Gateway) -> None:
    store, now = Store(made.pk), now_us()
    for _ in range(2):
        store.put(old_values(1_000, newest_us=now - 2 * LATE_US), store.config)
    while store.bring_in_a_chunk():
        pass

    assert stored() == 1_000


def test_a_few_that_lag_go_straight_into_the_history(made: Gateway) -> None:
    store = Store(made.pk)

    store.put(old_values(FEW, newest_us=now_us() - 2 * LATE_US), store.config)

    assert (store.waiting(), stored()) == (0, FEW)


def test_what_the_source_calls_history_waits_however_young(made: Gateway) -> None:
    store, now = Store(made.pk), now_us()
    number = np.arange(100)
    values = Values.of(number % POINTS, number, at_us=now - 1000 * number, is_backfill=number > 0)

    store.put(values, store.config)

    assert store.waiting() == 99


def test_a_point_that_was_removed_meanwhile_does_not_hinder_the_others(made: Gateway) -> None:
    store = Store(made.pk)
    store.put(old_values(1_000, newest_us=now_us() - 2 * LATE_US), store.config)
    made.points.get(slot=0).delete()

    assert store.bring_in_a_chunk() == 1_000
    assert stored() == 1_000 - 1_000 // POINTS


def test_alarms_of_old_values_are_marked_late_and_are_one_an_excursion(made: Gateway) -> None:
    store, now = Store(made.pk), now_us()
    PointLimit.objects.create(point=made.points.get(slot=0), condition=Condition.HIGH, is_high=True, limit=10.0)
    store = Store(made.pk)
    store.put(Values.of([0], [1.0], at_us=now), store.config)
    value = np.r_[np.zeros(40), np.full(40, 20.0), np.zeros(40), np.full(40, 30.0), np.zeros(40)]
    at_us = now - 2 * LATE_US - 1_000_000 * np.arange(200)[::-1]

    store.put(Values.of(np.zeros(200), value, at_us=at_us), store.config)
    assert not Alarm.objects.exists()
    while store.bring_in_a_chunk():
        pass

    alarm = Alarm.objects.get()
    assert (alarm.occurrence, alarm.is_late) == (2, True)
    assert alarm.returned_at is not None


async def test_after_a_reconnection_the_present_is_known_long_before_the_past(made: Gateway) -> None:
    async with outstation(station_image(), buffer_limit=EVENTS + POINTS) as station:
        begin_us = (now_us() - 10 * LATE_US) // 1000 * 1000
        for number in range(EVENTS // POINTS):
            station.update(1, np.arange(1, POINTS + 1), number + np.arange(POINTS), 0, begin_us + 1000 * number)
        station.store(1, [5], 4711.0)  # the newest change, which the interrogation tells
        process = await process_of(made, station.port)
        async with background(process.run()):
            await until_stored(lambda: latest()[4:5] == [4711.0])
            left = len(station.events)
            async with asyncio.timeout(120):
                while len(station.events) or await sync_to_async(backfill.waiting)(gateway_id=made.pk):
                    await asyncio.sleep(0.05)
            assert (await sync_to_async(latest)())[4] == 4711.0
    assert left > EVENTS / 2, "the present was known before the past had come"
    assert await sync_to_async(stored)() >= EVENTS
