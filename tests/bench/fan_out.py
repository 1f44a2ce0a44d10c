"""Frames to 200 sockets."""

import time
from collections.abc import Callable
from statistics import median

from tests.bench.context import Bench
from tests.bench.crowd import Crowd
from tests.bench.figures import Aim, Figure
from tests.bench.stage import processor_s

SOCKETS = 200
TICKS, PERIOD_S, ROUNDS = 10, 0.2, 4


def measure(bench: Bench) -> list[Figure]:
    """Frames of the demo city delivered to 200 sockets at 5 Hz, a second of processor time of the site's server
    (session, hub, consumer, heartbeat), against a server that does nothing but `websockets.broadcast`.
    """
    stage = bench.stage
    with stage.at_the_site(SOCKETS) as site, stage.at_the_bare(SOCKETS) as bare:
        sides = [(site, stage.show, stage.site_pid), (bare, stage.broadcast, stage.bare_pid)]
        for crowd, send, _ in sides:
            crowd.settle(send)
        taken = [[_delivered_per_s(*side) for side in sides] for _ in range(ROUNDS + 1)][1:]
    ours, limit = (median(column) for column in zip(*taken, strict=True))
    note = f"{SOCKETS} sockets, {len(stage.frame):,} bytes at {1 / PERIOD_S:g} Hz: site / websockets.broadcast"
    return [Figure("fan-out", ours, "frames/CPU-s", limit, Aim(0.5, at_least=True), note)]


def _delivered_per_s(crowd: Crowd, send: Callable[[], float], pid: int) -> float:
    before, delivered = processor_s(pid), 0
    due = time.monotonic()
    for _ in range(TICKS):
        at_ms = send()
        due += PERIOD_S
        time.sleep(max(0.0, due - time.monotonic()))
        crowd.wait_for(at_ms)
        delivered += len(crowd.arrivals.pop(at_ms))
    return delivered / (processor_s(pid) - before)
