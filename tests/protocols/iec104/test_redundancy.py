import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np
import pytest

from gridops.protocols.iec104 import LinkState, RedundantMaster
from tests.protocols.iec104.ends import (
    HOST,
    NO_PROCEDURES,
    QUICK,
    Store,
    background,
    image,
    now_us,
    outstation,
)
from tests.protocols.iec104.lines import Line
from tests.waiting import until


@contextlib.asynccontextmanager
async def group(ports: list[int], store: Store) -> AsyncIterator[RedundantMaster]:
    one = RedundantMaster(
        [(HOST, port) for port in ports],
        *([1], store.batch, store.link),
        settings=QUICK,
        schedule=NO_PROCEDURES,
        backoff_s=(0.01, 0.05),
    )
    async with background(one.run()):
        yield one


def states(one: RedundantMaster) -> list[LinkState]:
    return [link.state for link in one.links]


async def test_one_link_takes_the_data_and_the_others_are_tested() -> None:
    store = Store()
    async with (
        outstation(image(3)) as station,
        Line.open(station.port) as first,
        Line.open(station.port) as second,
        group([first.port, second.port], store) as one,
    ):
        await until(lambda: sorted(s.value for s in states(one)) == ["standby", "up"])
        await until(lambda: all(link.traffic.round_trip_s is not None for link in one.links))
        station.update(1, [0, 1, 2], 5.0, 0, now_us())
        await until(lambda: len(store) == 3)
    assert one.switchovers == 0
    assert [link.points_received for link in one.links if link is one.used] == [3]


async def test_every_loss_switches_over_and_nothing_is_lost() -> None:
    store, told = Store(), []
    async with outstation(image(50)) as station, Line.open(station.port) as first, Line.open(station.port) as second:
        lines = {first.port: first, second.port: second}
        async with group(list(lines), store) as one:
            for number in range(1, 61):
                await until(lambda: LinkState.UP in states(one))
                values = np.arange(50) + 1000.0 * number
                told += values.tolist()
                station.update(1, np.arange(50), values, 0, now_us())
                if number % 10 == 0:
                    await until(lambda: sorted(s.value for s in states(one)) == ["standby", "up"])
                    assert one.used is not None
                    lines[one.used.port].cut()
                await asyncio.sleep(0.002)
            await until(lambda: len(station.events) == 0)
            await until(lambda: LinkState.UP in states(one))
    assert set(store.column("value")) == set(told)
    assert list(dict.fromkeys(store.column("value"))) == told, "first arrivals in order"
    assert one.switchovers >= 5
    assert all(state is LinkState.UP for state, _ in store.links), "the group was never down"


async def test_a_group_is_down_when_its_last_link_is_lost_and_up_with_the_first_that_comes() -> None:
    store = Store()
    async with outstation(image(3)) as station:
        port = station.port
        async with group([port, 1], store) as one:
            await until(lambda: states(one) == [LinkState.UP, LinkState.DOWN])
            await station._hang_up()
            await until(lambda: store.links[-1][0] is LinkState.UP and len(store.links) >= 3)
    assert LinkState.DOWN in {state for state, _ in store.links}


def test_a_group_needs_different_hosts() -> None:
    with pytest.raises(ValueError, match="different"):
        RedundantMaster([("a", 1), ("a", 1)], [], Store().batch, Store().link)
