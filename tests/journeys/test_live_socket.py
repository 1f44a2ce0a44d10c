import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from apps.state.frames import Frame, decode
from tests.journeys.meters import Sender, install, sample
from tests.journeys.site import Site

PATIENCE_S = 30
SIGNED_OUT = 4401


@pytest_asyncio.fixture
async def socket(site: Site) -> AsyncIterator[ClientConnection]:
    headers = {"Cookie": site.person("viewer").cookie, "Origin": site.url}
    async with connect(site.live_url, additional_headers=headers, proxy=None) as socket:
        yield socket


async def messages(socket: ClientConnection) -> AsyncIterator[dict[str, Any] | Frame]:
    async with asyncio.timeout(PATIENCE_S):
        async for raw in socket:
            yield decode(raw) if isinstance(raw, bytes) else json.loads(raw)


async def first(socket: ClientConnection, kind: str, **facts: Any) -> dict[str, Any]:
    async for message in messages(socket):
        if isinstance(message, dict) and message["type"] == kind and facts.items() <= message.items():
            return message
    raise AssertionError(f"the socket closed before a {kind} came")


async def subscribe(socket: ClientConnection, *topics: str) -> None:
    await socket.send(json.dumps({"subscribe": topics}))


async def test_a_stranger_is_shown_out(site: Site) -> None:
    async with connect(site.live_url, origin=site.url, proxy=None) as socket:  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SIGNED_OUT


async def test_a_listener_is_greeted_with_the_epoch_of_the_journal(site: Site, socket: ClientConnection) -> None:
    hello = await first(socket, "hello")
    page = await asyncio.to_thread(site.person("viewer").read, "/api/v1/alarms")
    assert hello["epoch"] == page["epoch"]


def _live(frame: Frame) -> np.ndarray:
    return np.asarray(np.isfinite(frame.node_voltage_pu) & (frame.node_voltage_pu > 0))


async def test_the_grid_comes_as_frames_in_the_order_of_the_drawing(site: Site, socket: ClientConnection) -> None:
    drawing = await asyncio.to_thread(site.person("viewer").read, "/api/v1/network/geometry")
    await subscribe(socket, "grid")
    frames: list[Frame] = []
    async for message in messages(socket):
        frames += [message] if isinstance(message, Frame) else []
        if len(frames) >= 3 and _live(frames[-3]).any():  # the gateway's process starts after the page's
            break
    frames = frames[-3:]
    for frame in frames:
        assert frame.model_version == drawing["model_version"]
        assert len(frame.node_status) == len(drawing["nodes"]["mrid"])
        assert len(frame.line_status) == len(drawing["lines"]["mrid"])
        assert len(frame.transformer_status) == len(drawing["transformers"]["mrid"])
        assert len(frame.switch_state) == len(drawing["switches"]["mrid"])
    assert frames[0].sequence < frames[1].sequence < frames[2].sequence
    live = _live(frames[2])
    assert live.sum() > len(live) / 2
    assert np.all(np.abs(frames[2].node_voltage_pu[live] - 1) < 0.2)
    assert not np.array_equal(frames[0].line_p_kw, frames[2].line_p_kw), "the city does not stand still"


async def test_the_system_figures_follow_the_scans(socket: ClientConnection) -> None:
    await subscribe(socket, "system")
    snapshot = await first(socket, "snapshot", topic="system")
    later = await first(socket, "data", topic="system")
    while later["data"]["load_kw"] is None:  # the field's gateway is not up yet
        later = await first(socket, "data", topic="system")
    assert later["data"]["as_of"] >= snapshot["data"]["as_of"]
    assert later["data"]["load_kw"] > 0
    assert later["data"]["links"][0]["state"] == "up"


async def test_a_beat_tells_positions_and_the_age_of_the_grid(socket: ClientConnection) -> None:
    await subscribe(socket, "alarms", "grid")
    await first(socket, "snapshot", topic="alarms")
    beat = await first(socket, "beat", database="reachable", push="valkey")
    assert beat["positions"]["alarms"].isdigit()
    later = await first(socket, "beat")
    assert later["as_of"]["grid"] > 1.7e12


async def test_what_needs_a_right_is_not_given_without_it(site: Site) -> None:
    headers = {"Cookie": (await asyncio.to_thread(site.person, "program_manager")).cookie, "Origin": site.url}
    async with connect(site.live_url, additional_headers=headers, proxy=None) as socket:
        await subscribe(socket, "alarms", "grid")
        refusal = await first(socket, "error")
    assert refusal["code"] == "forbidden"
    assert "view_alarms" in refusal["message"]


async def test_an_alarm_is_hinted_and_the_journal_gives_it_from_the_old_position(
    site: Site, socket: ClientConnection
) -> None:
    (meter,) = await asyncio.to_thread(install, site, "hinted", [str(uuid4())], limit=20.0)
    sender = await asyncio.to_thread(Sender, site)
    await subscribe(socket, "alarms")
    position = (await first(socket, "snapshot", topic="alarms"))["position"]

    high = [sample(meter, sender.instant(), 30.0)]
    assert (await asyncio.to_thread(sender.send, high, key=str(uuid4()))).status_code == 201

    hint = await first(socket, "hint", topic="alarms")
    assert hint["position"] != position
    page = await asyncio.to_thread(site.person("viewer").read, "/api/v1/alarms", after=position)
    told = [(entry["kind"], entry["alarm"]["equipment_mrid"]) for entry in page["entries"]]
    assert ("raised", meter.equipment) in told
