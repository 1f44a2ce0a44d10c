"""The process of a gateway against a real outstation on a loopback port and a real Postgres."""

import asyncio
import logging
import threading
from functools import partial
from typing import Any

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection, transaction

from apps.telemetry import selectors
from apps.telemetry.choices import LinkState
from apps.telemetry.gateway import GatewayProcess, iec104, store
from apps.telemetry.gateway import process as process_module
from apps.telemetry.models import Gateway, LatestBlock
from apps.telemetry.services.ingest import IngestOutcome
from gridops.protocols.iec104 import Outstation, RedundantMaster
from tests.apps.telemetry.history import query
from tests.factories.telemetry import make_gateway
from tests.protocols.iec104.ends import (
    HOST,
    PATIENCE_S,
    Peer,
    Switchboard,
    background,
    image,
    now_us,
    order,
    outstation,
)
from tests.protocols.iec104.test_mangled import mangled, to_master
from tests.waiting import until_stored

POINTS = 20


@pytest.fixture
def made(committed_history: None) -> Gateway:
    return make_gateway(POINTS)


def station_image(n: int = POINTS) -> Any:
    return image(n + 1)  # object addresses from 0; points have theirs from 1


async def process_of(made: Gateway, port: int, *, silence_limit_s: float = 300.0) -> GatewayProcess:
    changes = {"host": HOST, "port": port, "silence_limit_s": silence_limit_s}
    await Gateway.objects.filter(pk=made.pk).aupdate(**changes)
    await made.arefresh_from_db()
    return await sync_to_async(GatewayProcess)(made)


def latest() -> list[float]:
    (block,) = selectors.latest_values()
    return block.latest.value[:POINTS].tolist()


def stored() -> list[tuple[int, int, float]]:
    """Slot, event time and value of everything in the history."""
    return query(
        "SELECT slot, (extract(epoch FROM ts) * 1000000)::bigint, value FROM telemetry_sample"
        " JOIN telemetry_measurementpoint ON point_id = id ORDER BY 1, 2"
    )


def say(station: Outstation, round_number: int) -> list[tuple[int, int, float]]:
    """Every point changes; what is told is returned as it should be stored."""
    at_us = (now_us() // 1000 + round_number) * 1000  # the wire knows milliseconds; no two rounds have the same
    told = np.arange(POINTS) + 100.0 * round_number
    station.update(1, np.arange(1, POINTS + 1), told, 0, at_us)
    return [(slot, at_us, value) for slot, value in enumerate(told.tolist())]


async def test_interrogated_and_spontaneous_values_arrive_committed(made: Gateway) -> None:
    async with outstation(station_image()) as station:
        station.store(1, np.arange(1, POINTS + 1), np.arange(POINTS) + 0.5)
        process = await process_of(made, station.port)
        async with background(process.run()):
            await until_stored(lambda: latest() == [slot + 0.5 for slot in range(POINTS)])
            told = say(station, 1)
            await until_stored(lambda: latest() == [value for _, _, value in told])
            await made.arefresh_from_db()
            assert made.link_state == LinkState.UP
    assert set(told) <= set(await sync_to_async(stored)())


async def test_a_commit_that_fails_loses_nothing_and_doubles_nothing(
    made: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = store.ingest, []

    def with_a_server_that_dies(**batch: Any) -> IngestOutcome:
        calls.append(len(batch["batch"]))
        with transaction.atomic():
            outcome = real(**batch)
            if len(calls) in {3, 6}:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return outcome

    monkeypatch.setattr(store, "ingest", with_a_server_that_dies)
    told = []
    async with outstation(station_image()) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            await until_stored(lambda: len(calls) > 0)
            for number in range(1, 40):
                told += say(station, number)
                await asyncio.sleep(0.02)
            last = [value for _, _, value in told[-POINTS:]]
            await until_stored(
                lambda: latest() == last and len(station.events) == 0
            )  # the interrogation may tell it first
    assert len(calls) > 6
    times = {at_us for _, at_us, _ in told}
    found = [row for row in await sync_to_async(stored)() if row[1] in times]
    assert found == sorted(told)
    assert station.overflow == 0


async def test_values_told_while_the_database_is_away_come_when_it_is_back(
    made: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, is_away, refused = store.ingest, True, []

    def away(**batch: Any) -> IngestOutcome:
        if is_away:
            refused.append(len(batch["batch"]))
            raise ConnectionError("the database is away")
        return real(**batch)

    monkeypatch.setattr(store, "ingest", away)
    async with outstation(station_image()) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            told = say(station, 1) + say(station, 2)
            await until_stored(lambda: len(refused) >= 2)
            assert await sync_to_async(stored)() == []
            is_away = False
            await until_stored(lambda: latest() == [value for _, _, value in told[-POINTS:]])
    assert set(told) <= set(await sync_to_async(stored)())


async def test_a_database_that_is_away_for_all_else_does_not_end_the_process(
    made: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    def away(**_: Any) -> int:
        refused.append("away")
        raise OperationalError("couldn't get a connection")

    monkeypatch.setattr(store.backfill, "bring_in", away)
    monkeypatch.setattr(process_module, "report_link", away)
    async with outstation(station_image()) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            told = say(station, 1)
            await until_stored(lambda: len(refused) >= 3)
            await until_stored(lambda: latest() == [value for _, _, value in told])


async def test_a_master_that_takes_the_link_and_leaves_silences_nobody_for_long(
    made: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    async with outstation(station_image()) as station:
        process = await process_of(made, station.port, silence_limit_s=1.0)
        async with background(process.run()):
            told = say(station, 1)
            await until_stored(lambda: latest() == [value for _, _, value in told])
            await until_stored(
                lambda: station.clock_offset_us is not None
            )  # it has nothing more to ask: it only listens
            caplog.clear()
            thief = await Peer.connect(station.port)
            thief.close()
            await until_stored(lambda: not station.is_active)
            told = say(station, 2)
            await until_stored(lambda: latest() == [value for _, _, value in told])
    assert any("connected but silent" in record.getMessage() for record in caplog.records)
    assert set(told) <= set(await sync_to_async(stored)())


async def test_a_database_that_takes_its_time_is_no_silence_of_the_field(
    made: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, entered, free = store.ingest, threading.Event(), threading.Event()

    def slow(**batch: Any) -> IngestOutcome:
        entered.set()
        assert free.wait(PATIENCE_S)
        return real(**batch)

    monkeypatch.setattr(store, "ingest", slow)
    async with outstation(station_image()) as station:
        process = await process_of(made, station.port, silence_limit_s=0.2)
        async with background(process.run()):
            told = say(station, 1)
            assert await asyncio.to_thread(entered.wait, PATIENCE_S)
            await asyncio.sleep(1.0)  # five times the limit
            free.set()
            assert not any("connected but silent" in record.getMessage() for record in caplog.records)
            await until_stored(lambda: latest() == [value for _, _, value in told])


async def test_a_new_point_map_is_taken_up_with_the_next_values(made: Gateway) -> None:
    async with outstation(station_image()) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            # Interrogated values have no time but that of their arrival: on a busy machine a later one than round 2's.
            await until_stored(lambda: latest() == [0.0] * POINTS)
            told = say(station, 1)
            await until_stored(lambda: latest() == [value for _, _, value in told])
            await made.points.aupdate(scale=0.5)
            await LatestBlock.objects.filter(gateway=made).aupdate(config_version=99)
            told = say(station, 2)
            await until_stored(lambda: latest() == [value / 2 for _, _, value in told])


async def test_values_of_unknown_addresses_are_told_and_do_not_hinder_the_others(
    made: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with outstation(station_image(POINTS + 5)) as station:
        process = await process_of(made, station.port)
        async with background(process.run()):
            station.update(1, np.arange(1, POINTS + 6), 7.0, 0, now_us())
            await until_stored(lambda: latest() == [7.0] * POINTS)
    assert any("unknown addresses" in record.getMessage() for record in caplog.records)


async def test_a_thousand_mangled_frames_do_not_end_the_process(made: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = partial(RedundantMaster, backoff_s=(0.001, 0.001))

    def hasty(*links: Any, backoff_s: object, **options: Any) -> RedundantMaster:
        return quick(*links, **options)

    monkeypatch.setattr(iec104, "RedundantMaster", hasty)
    async with Switchboard.open() as board:
        process = await process_of(made, board.port)
        async with background(process.run()) as running:
            frames = mangled(to_master(), seed=2404)
            for _, octets in frames:
                peer = await board.peer()
                peer.raw(octets)
                peer.writer.write_eof()
                await peer.ended()
                peer.close()
            assert not running.done()
            clean = await board.peer()
            clean.i(order(1, 7, b"\x01", cause=3))
            await until_stored(lambda: latest()[6:7] == [1.0])
    assert len(frames) == 1000
    assert [slot for slot, _, _ in await sync_to_async(stored)()] == [6]
