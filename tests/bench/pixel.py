"""From a sample to the pixel, in a real browser among fifty."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.bench.context import Bench, City
from tests.bench.crowd import Crowd
from tests.bench.figures import Figure, in_turns
from tests.bench.stage import Stage
from tests.engine.bare import bare_estimate
from tests.journeys.browser import launch

OTHERS, SCANS, SOLVES, FRAMES = 49, 120, 20, 200
DISPLAY_MS = 1000 / 60
PATIENCE_MS = 30_000
# When each frame of the grid had come, and when the browser had painted what the page's own listeners made of it:
# a task posted in a frame's callback runs after that frame is drawn.
WITNESS = """
window.bench = {};
const now = () => performance.timeOrigin + performance.now();
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const at = new DataView(data).getFloat64(8, true);
      const come = now();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { window.bench[at] = [come, now()]; };
        port2.postMessage(0);
      });
    });
  }
};
"""


def measure(bench: Bench) -> list[Figure]:
    """Milliseconds from the moment the values of a scan's meters are handed to `ingest` to the frame of the overview's
    map that shows their estimate, drawn by Chromium beside 49 more sockets: ingest, scan, publish, Valkey, hub, socket,
    page, paint. Without the wait for the next scan. Against the bare solver, a bare broadcast to as many sockets, and
    one frame of the display. Without a graphics card.
    """
    stage, city = bench.stage, bench.city
    with stage.at_the_bare(OTHERS + 1) as bare:
        bare.settle(stage.broadcast)
        casts = np.array([_broadcast(stage, bare) for _ in range(FRAMES)])
    solve = bare_estimate(*city.problem())
    (solved,) = in_turns(solve, rounds=SOLVES)
    with stage.at_the_site(OTHERS) as others, _page(stage) as page:
        others.settle(stage.show)
        taken = [_seen(city, others, page) for _ in range(SCANS + 3)][3:]
    columns = {
        "socket": np.concatenate([ages for ages, _, _ in taken]),
        "page": np.array([come for _, come, _ in taken]),
        "pixel": np.array([painted for _, _, painted in taken]),
    }
    note = ", ".join(f"{name} {_at(ages, 50):.0f}/{_at(ages, 99):.0f}" for name, ages in columns.items())
    return [
        Figure(
            f"sample-to-pixel-p{p}",
            _at(columns["pixel"], p),
            "ms",
            1000 * solved + _at(casts, p) + DISPLAY_MS,
            note=f"p{p} (p50/p99 at the {note} ms) / bare solver, broadcast to {OTHERS + 1}, one frame of the display",
        )
        for p in (50, 99)
    ]


def _at(ages: np.ndarray, percentile: int) -> float:
    return float(np.percentile(ages, percentile))


def _broadcast(stage: Stage, bare: Crowd) -> float:
    """Until the last of them has it."""
    at_ms = stage.broadcast()
    bare.wait_for(at_ms)
    return max(bare.arrivals.pop(at_ms)) - at_ms


@contextmanager
def _page(stage: Stage) -> Iterator[Page]:
    # Playwright keeps an event loop in this thread, and nothing of ours runs in it.
    with patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="yes"), sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        name, value = stage.cookie.split("=", 1)
        context.add_cookies([{"name": name, "value": value, "url": stage.site_url}])
        context.add_init_script(WITNESS)
        page = context.new_page()
        page.goto(stage.site_url)
        page.wait_for_function("Object.keys(window.bench).length > 0", timeout=PATIENCE_MS)
        yield page
        browser.close()


def _seen(city: City, others: Crowd, page: Page) -> tuple[list[float], float, float]:
    """After the samples were known: at the sockets, in the page, on the screen; milliseconds."""
    city.hear()
    begun = time.time() * 1000
    city.take()
    at_ms = city.now.timestamp() * 1000
    city.scan()
    others.wait_for(at_ms)
    page.wait_for_function("(at) => window.bench[at]", arg=at_ms, timeout=PATIENCE_MS)
    come, painted = page.evaluate("(at) => window.bench[at]", at_ms)
    return [arrival - begun for arrival in others.arrivals.pop(at_ms)], come - begun, painted - begun
