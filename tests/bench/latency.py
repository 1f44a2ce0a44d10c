"""From the moment a value is known to the moment a browser has it."""

import time

import numpy as np

from tests.bench.context import Bench, City
from tests.bench.crowd import Crowd
from tests.bench.figures import Figure, in_turns
from tests.bench.stage import Stage
from tests.engine.bare import bare_estimate

FRAMES, PAUSE_S, CHAINS = 400, 0.01, 40


def measure(bench: Bench) -> list[Figure]:
    """Milliseconds from the publishing of a frame of the demo city to its last byte at a client of the site's server
    (Valkey, hub, consumer), against a bare `websockets.broadcast` from its call to the last byte of the same frame.
    Then the whole chain, from a scan's samples handed to `ingest` to the frame that holds them at the client, without
    the wait for the next scan, against the bare solver and the bare broadcast together.
    """
    stage, city = bench.stage, bench.city
    with stage.at_the_site(1) as site, stage.at_the_bare(1) as bare:
        site.settle(stage.show)
        bare.settle(stage.broadcast)
        taken = [(_published(stage, site), _broadcast(stage, bare)) for _ in range(FRAMES)]
        ours, limit = np.array(taken[FRAMES // 10 :]).T
        chain, solved = _chain(city, site)
    note = "publish, Valkey, hub, consumer, client / websockets.broadcast, client"
    figures = [
        Figure(f"sample-to-browser-p{p}", _at(ours, p), "ms", _at(limit, p), note=f"p{p}: {note}") for p in (50, 99)
    ]
    whole = "ingest, scan, publish, client / bare solver + websockets.broadcast"
    return [*figures, Figure("sample-to-browser-chain", chain, "ms", solved + _at(limit, 50), note=whole)]


def _at(times: "np.ndarray", percentile: int) -> float:
    return float(np.percentile(times, percentile))


def _published(stage: Stage, site: Crowd) -> float:
    time.sleep(PAUSE_S)
    at_ms = stage.show()
    site.wait_for(at_ms)
    return site.arrivals.pop(at_ms)[0] - at_ms


def _broadcast(stage: Stage, bare: Crowd) -> float:
    time.sleep(PAUSE_S)
    stage.broadcast_stamped_there()
    at_ms, arrival = bare.next()
    return arrival - at_ms


def _chain(city: City, site: Crowd) -> tuple[float, float]:
    """Medians in milliseconds: samples to browser, and the solver alone on the same data."""
    arrived: list[float] = []
    solve = bare_estimate(*city.problem())

    def chain() -> None:
        begun = time.time() * 1000
        city.take()
        at_ms = city.now.timestamp() * 1000
        city.scan()
        site.wait_for(at_ms)
        arrived.append(site.arrivals.pop(at_ms)[0] - begun)

    _, solved = in_turns(chain, solve, rounds=CHAINS, before=city.hear)
    return float(np.median(arrived[1:])), 1000 * solved
