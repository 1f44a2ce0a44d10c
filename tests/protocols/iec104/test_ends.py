"""Master and outstation together over TCP."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.timeseries.quality import Quality
from gridops.protocols.iec104 import (
    Cause,
    Counting,
    LinkState,
    PointImage,
    Schedule,
    TypeId,
    UnknownObject,
)
from tests.protocols.iec104.ends import Store, image, master, now_us, outstation
from tests.protocols.iec104.lines import Line
from tests.waiting import until

GI_ONLY = Schedule(interrogation_s=3600, clock_s=None)


async def test_an_interrogation_tells_every_point_of_every_station_once() -> None:
    rng = np.random.default_rng(1)
    n, stations = 5000, 4
    truth = rng.normal(size=(stations, n)).astype(np.float32)
    store, begun_us = Store(), now_us()
    async with outstation(image(n, stations=stations)) as station:
        for address in range(stations):
            station.store(address + 1, np.arange(n), truth[address])
        async with master(station.port, range(1, stations + 1), store, schedule=GI_ONLY) as one:
            await until(lambda: one.interrogations == stations)
            assert one.points_received == n * stations
            assert one.refused == station.refused == 0
    got = {(a, i): v for a, i, v in zip(*(store.column(c) for c in ("common_address", "ioa", "value")), strict=True)}
    assert len(store) == len(got) == n * stations
    assert all(got[a + 1, i] == truth[a, i] for a in range(stations) for i in range(n))
    assert set(store.column("cause")) == {20}
    assert all(begun_us <= at_us <= now_us() for at_us in store.column("at_us"))
    assert set(store.column("type_id")) == {TypeId.M_ME_NC}


async def test_one_broadcast_interrogates_all_stations() -> None:
    points, store = image(50, stations=3), Store()
    async with outstation(points) as station, master(station.port, [65535], store, schedule=GI_ONLY) as one:
        await until(lambda: one.interrogations == 1)
        assert len(store) == 150
        assert one.refused == 0
    assert set(store.column("common_address")) == {1, 2, 3}


async def test_values_never_updated_are_told_as_invalid() -> None:
    store = Store()
    async with outstation(image(2)) as station:
        station.store(1, 0, 1.0)
        async with master(station.port, [1], store, schedule=GI_ONLY):
            await until(lambda: len(store) == 2)
    assert store.column("quality") == [0, Quality.INVALID]


async def test_events_arrive_in_order_with_time_quality_and_cause() -> None:
    points = PointImage([1, 1, 2], [10, 11, 10], [TypeId.M_DP_TB, TypeId.M_ME_TF, TypeId.M_ME_NB])
    at = now_us() // 1000 * 1000
    store = Store()
    async with outstation(points) as station, master(station.port, [], store):
        await until(lambda: station.is_active)
        station.update(1, 10, 1, 0, at)
        station.update(1, [10, 11], [2, 7.25], [0, Quality.SUBSTITUTED], [at + 1000, at + 2000])
        station.update(2, 10, -5, Quality.OLD_DATA | Quality.QUESTIONABLE, at + 3000, cause=Cause.RETURN_REMOTE)
        await until(lambda: len(store) == 4)
    assert store.column("common_address") == [1, 1, 1, 2]
    assert store.column("ioa") == [10, 10, 11, 10]
    assert store.column("value") == [1, 2, 7.25, -5]
    assert store.column("at_us") == [at, at + 1000, at + 2000, at + 3000]
    assert store.column("quality") == [0, 0, Quality.SUBSTITUTED, Quality.OLD_DATA | Quality.QUESTIONABLE]
    assert store.column("cause") == [3, 3, 3, 11]
    assert store.column("type_id") == [31, 31, 36, 35]


async def test_an_update_of_an_unknown_point_changes_nothing() -> None:
    points = image(3)
    async with outstation(points) as station:
        with pytest.raises(UnknownObject, match="1/9"):
            station.update(1, [0, 9], [1, 1], 0, now_us())
        with pytest.raises(UnknownObject):
            station.update(7, 0, 1, 0, now_us())
        assert len(station.events) == 0


async def test_nothing_is_lost_when_the_line_is_cut_again_and_again() -> None:
    total, cuts, held = 6000, 12, []
    store = Store()
    async with outstation(image(1)) as station, Line.open(station.port) as line, master(line.port, [], store):
        for cut in range(cuts):
            await until(lambda: station.is_active)
            line.cut_after(500 * cut)
            for value in range(cut * total // cuts, (cut + 1) * total // cuts):
                station.update(1, 0, value, 0, now_us())
            await until(lambda: not station.is_active)
            held.append(len(station.events))
        await until(lambda: len(station.events) == 0)
        assert [state for state, _ in store.links].count(LinkState.UP) >= cuts
        assert all(n > 0 for n in held), "every cut came in the middle"
    values = store.column("value")
    assert list(dict.fromkeys(values)) == list(range(total)), "all of them, first arrivals in order"
    assert station.overflow == 0


async def test_events_of_the_time_without_a_link_do_not_hold_back_the_interrogation() -> None:
    store = Store()
    async with outstation(image(500)) as station:
        for n in range(40):
            station.update(1, np.arange(500), n, 0, now_us())
        async with master(station.port, [1], store, schedule=GI_ONLY) as one:
            await until(lambda: one.interrogations == 1)
            told_first = store.column("cause")
            await until(lambda: len(store) == 20_500)
    assert told_first.count(3) < 5_000
    assert [value for value, cause in zip(store.column("value"), store.column("cause"), strict=True) if cause == 3] == [
        n for n in range(40) for _ in range(500)
    ], "in their order"


async def test_events_during_an_interrogation_are_not_held_up() -> None:
    store = Store()
    async with outstation(image(20_000)) as station, master(station.port, [1], store, schedule=GI_ONLY) as one:
        await until(lambda: len(store) > 0)
        station.update(1, 5, 1, 0, now_us())
        await until(lambda: one.interrogations == 1)
        causes = store.column("cause")
    assert 3 in causes[:-1000]
    assert len(causes) == 20_001


async def test_nothing_is_acknowledged_before_it_is_stored() -> None:
    store = Store()
    store.gate.clear()
    async with outstation(image(10)) as station, master(station.port, [], store):
        await until(lambda: station.is_active)
        station.update(1, np.arange(10), 1.5, 0, now_us())
        await until(lambda: store.waiting == 1)
        held = asyncio.get_running_loop().time() + 0.2
        while asyncio.get_running_loop().time() < held:
            assert len(station.events) == 10
            await asyncio.sleep(0.01)
        store.gate.set()
        await until(lambda: len(station.events) == 0)
    assert len(store) == 10


async def test_a_batch_that_was_not_stored_is_sent_again_on_a_new_link() -> None:
    store = Store()
    store.failures = 3
    async with outstation(image(10)) as station, master(station.port, [], store) as one:
        await until(lambda: station.is_active)
        station.update(1, np.arange(10), np.arange(10), 0, now_us())
        await until(lambda: len(station.events) == 0)
        assert one.state is LinkState.UP
    assert [len(batch) for batch in store.lost] == [10, 10, 10]
    assert store.column("value") == list(range(10))
    downs = [reason for state, reason in store.links if state is LinkState.DOWN]
    assert downs == ["a batch was not stored: ConnectionError"] * 3


async def test_a_slow_store_does_not_make_the_outstation_grow_or_the_link_fall() -> None:
    limit, store = 1000, Store()
    async with outstation(image(100), buffer_limit=limit) as station, master(station.port, [], store):
        await until(lambda: station.is_active)
        store.gate.clear()
        for n in range(300):
            station.update(1, np.arange(100), n, 0, now_us())
            await asyncio.sleep(0)
            assert len(station.events) <= limit
        assert station.overflow > 0
        store.gate.set()
        await until(lambda: len(station.events) == 0)
        assert len(store) + station.overflow == 30_000
        assert store.column("value")[-100:] == [299] * 100
        assert [state for state, _ in store.links] == [LinkState.UP]


async def test_the_clock_is_told_and_counters_are_read_when_scheduled() -> None:
    points = PointImage([1, 1], [1, 2], [TypeId.M_IT_TB, TypeId.M_ME_TF])
    store = Store()
    schedule = Schedule(interrogation_s=None, clock_s=3600, counters_s=3600)
    async with outstation(points) as station:
        station.store(1, 1, 123_456)
        async with master(station.port, [1], store, schedule=schedule):
            await until(lambda: len(store) == 1)
        assert station.clock_offset_us is not None
        assert abs(station.clock_offset_us) < 60_000_000
    assert (store.column("value"), store.column("cause"), store.column("type_id")) == ([123_456], [37], [15])


async def test_interrogations_come_again_in_their_period() -> None:
    store = Store()
    schedule = Schedule(interrogation_s=0.05, clock_s=None)
    async with outstation(image(3)) as station, master(station.port, [1], store, schedule=schedule) as one:
        await until(lambda: one.interrogations >= 3)
    assert len(store) >= 9


async def test_a_second_connection_leaves_the_first_alone_until_it_is_started() -> None:
    first, second = Store(), Store()
    async with outstation(image(1)) as station, master(station.port, [], first):
        await until(lambda: station.is_active)
        _, idle = await asyncio.open_connection("127.0.0.1", station.port)
        station.update(1, 0, 1, 0, now_us())
        await until(lambda: len(first) == 1)
        idle.close()
        async with master(station.port, [], second):
            await until(lambda: second.links)
            station.update(1, 0, 2, 0, now_us())
            await until(lambda: len(second) == 1)
            assert first.column("value") == [1]
            assert first.links == [(LinkState.UP, "data transfer started")]


async def test_a_port_that_cannot_be_had_is_told_to_the_owner() -> None:
    async with outstation(image(1)) as station:
        with pytest.raises(OSError, match="address"):
            async with outstation(image(1), port=station.port):
                pass


async def test_a_master_without_an_outstation_tells_its_reason_once_and_keeps_trying() -> None:
    async with outstation(image(1)) as station:
        port = station.port
    store = Store()
    async with master(port, [1], store) as one:
        await until(lambda: store.links)
        await asyncio.sleep(0.2)
        assert [state for state, _ in store.links] == [LinkState.DOWN]
        assert "no connection" in store.links[0][1]
        async with outstation(image(1), port=port):
            await until(lambda: one.state is LinkState.UP)


@pytest.mark.parametrize(("counting", "after"), [(Counting.FREEZE, 5.0), (Counting.FREEZE_AND_RESET, 0.0)])
async def test_counters_are_frozen_before_they_are_read(counting: Counting, after: float) -> None:
    points = PointImage([1, 1], [1, 2], [TypeId.M_IT_TB, TypeId.M_ME_TF])
    store = Store()
    schedule = Schedule(interrogation_s=None, clock_s=None, counters_s=3600, counting=counting)
    async with outstation(points) as station:
        station.store(1, 1, 5)
        async with master(station.port, [1], store, schedule=schedule):
            await until(lambda: len(store) == 1)
        assert station.points._value.tolist()[0] == after
        station.store(1, 1, 9)
        async with master(station.port, [1], store, schedule=replace(schedule, counting=Counting.READ)):
            await until(lambda: len(store) == 2)
    assert store.column("value") == [5, 5], "read as it was frozen, whatever it counted since"


async def test_periodic_values_and_background_scans_are_told_and_not_kept() -> None:
    store = Store()
    async with outstation(image(3)) as station:
        station.store(1, [0, 1, 2], [1.0, 2.0, 3.0])
        assert not station.report(1, [0, 1, 2]), "nobody listens"
        async with master(station.port, [1], store):
            await until(lambda: station.is_active)
            for cause in (Cause.PERIODIC, Cause.BACKGROUND):
                await until(lambda: station.report(1, [0, 2], cause=cause))  # noqa: B023  awaited at once
            await until(lambda: len(store) == 4)
    assert store.column("value") == [1.0, 3.0] * 2
    assert store.column("cause") == [1, 1, 2, 2]
    assert set(store.column("at_us")) == {-1}
