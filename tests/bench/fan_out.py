"""Frames to a thousand sockets, and to many beside some that stopped reading."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from tests.bench.context import Bench
from tests.bench.crowd import Crowd
from tests.bench.figures import Aim, Figure
from tests.bench.stage import Stage, processor_s

SIZES = {"fan-out": 1000, "fan-out-200": 200}
TICKS, PERIOD_S, ROUNDS = 6, 0.2, 3
OTHERS, STALLED = 200, 50
FILLING, FRAMES, STALL_ROUNDS = 200, 60, 5


def measure(bench: Bench) -> list[Figure]:
    """Frames of the demo city delivered to 1,000 sockets, and to 200, a second of processor time of the site's server
    (session, hub, consumer, heartbeat), against a server that does nothing but `websockets.broadcast`.

    Then the 99th percentile (the median of five rounds) from publishing to the last byte at 200 clients beside 50 that
    do not read, against the same without these.
    """
    stage = bench.stage
    figures = [_figure(stage, name, sockets) for name, sockets in SIZES.items()]
    return [*figures, _beside_stalled(stage)]


def _figure(stage: Stage, name: str, sockets: int) -> Figure:
    with stage.at_the_site(sockets) as site, stage.at_the_bare(sockets) as bare:
        sides = [(site, stage.show, stage.site_pid), (bare, stage.broadcast, stage.bare_pid)]
        for crowd, send, _ in sides:
            crowd.settle(send)
        taken = [[_delivered_per_s(*side) for side in sides] for _ in range(ROUNDS + 1)][1:]
    ours, limit = (median(column) for column in zip(*taken, strict=True))
    note = f"{sockets} sockets, {len(stage.frame):,} bytes at {1 / PERIOD_S:g} Hz: site / websockets.broadcast"
    return Figure(name, ours, "frames/CPU-s", limit, Aim(0.7, at_least=True), note)


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


def _beside_stalled(stage: Stage) -> Figure:
    alone: list[float] = []
    beside: list[float] = []
    with stage.at_the_site(OTHERS) as others:
        others.settle(stage.show)
        for _ in range(STALL_ROUNDS):
            alone.append(_p99(_ages(stage, others, FRAMES)))
            with stage.at_the_site(STALLED, reads=False) as stalled:
                _ages(stage, others, FILLING)
                beside.append(_p99(_ages(stage, others, FRAMES)))
                got = _taken_later(stage, stalled)
    note = (
        f"p99 of {OTHERS} sockets beside {STALLED} that do not read (each got {got:.0f} of "
        f"{FILLING + FRAMES} frames when it read again) / without"
    )
    return Figure("fan-out-stalled", median(beside), "ms", median(alone), Aim(1.2, at_least=False), note)


def _taken_later(stage: Stage, stalled: Crowd) -> float:
    """The newest frame reaches all of them; of those before, what the network held."""
    stalled.read_again()
    stalled.wait_for(stage.show())
    return sum(len(arrivals) for arrivals in stalled.arrivals.values()) / STALLED


def _p99(ages: list[float]) -> float:
    return float(np.percentile(ages, 99))


def _ages(stage: Stage, crowd: Crowd, frames: int) -> list[float]:
    ages: list[float] = []
    for _ in range(frames):
        at_ms = stage.show()
        crowd.wait_for(at_ms)
        ages += [arrival - at_ms for arrival in crowd.arrivals.pop(at_ms)]
    return ages
