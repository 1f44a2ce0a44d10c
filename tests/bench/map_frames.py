"""Frames a second of the map with 100,000 elements while values change: python -m tests.bench.map_frames

A browser without a graphics card (software GL) draws a made-up city; every two seconds a new frame changes all values
and the looks of some elements. Measured at rest and while the map is moved. Needs Chromium, no server and no database.
"""

import argparse
import json
import mimetypes
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from apps.state.frames import Frame, encode, status

STATIC = Path(__file__).resolve().parents[2] / "static"
ARGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
CONFIG = '{"urls": {"api": "/api/", "element": "/e/0/"}, "noMrid": "0", "timeZone": "UTC", "scanPeriodS": 2}'
PAGE = f"""<!doctype html><html data-theme="dark" data-live="yes"><head>
<link rel="stylesheet" href="/static/css/tokens.css"><link rel="stylesheet" href="/static/css/alarms.css">
<script id="frame-config" type="application/json">{CONFIG}</script></head>
<body style="margin:0"><div id="map" style="width:1920px;height:1080px;position:relative"></div></body></html>"""
OPEN = """async ({kind, frames}) => {
  const all = await Promise.all([
    'control_room/geometry.js', 'control_room/grid_state.js', 'js/frame.js', 'control_room/colours.js',
    'control_room/map_gl.js',
    'control_room/map_canvas.js'].map((m) => import(`/static/${m}`)));
  const { loadModel, GridState, decode, colours, GlMap, CanvasMap } = Object.assign({}, ...all);
  const started = performance.now();
  const model = await loadModel();
  model.enlarge(false);
  const state = new GridState(model);
  const View = kind === 'gl' ? GlMap : CanvasMap;
  const view = new View({container: document.getElementById('map'), model, colours: colours(),
    onPick() {}, onHover() {}, padding: () => ({top: 0, right: 0, bottom: 0, left: 0})});
  await view.ready;
  const buffers = await Promise.all(frames.map((n) => fetch(`/frame/${n}`).then((r) => r.arrayBuffer())));
  const take = (n) => {
    const begun = performance.now();
    state.take(decode(buffers[n % buffers.length]));
    view.update(state);
    return performance.now() - begun;
  };
  window.bench = {view, take, model};
  const first = take(0);
  const opened = performance.now() - started;
  await new Promise((done) => setTimeout(done, 3000));
  return {open_ms: opened, first_ms: first};
}"""
WATCH = """({seconds, moving, zoom}) => new Promise((done) => {
  const {view, take} = window.bench;
  const gaps = []; const updates = [];
  let n = 1; let last = null; const begun = performance.now(); let next = begun + 200;
  const x0 = view.x;
  const step = (at) => {
    if (last !== null) gaps.push(at - last);
    last = at;
    if (at > next) { updates.push(take(n)); n += 1; next += 2000; }
    const angle = at / 1500;
    if (moving && view.map) view.map.panBy([6 * Math.cos(angle), 6 * Math.sin(angle)], {animate: false});
    else if (moving) view.pan(6 * Math.cos(angle), 6 * Math.sin(angle));
    if (at - begun < seconds * 1000) requestAnimationFrame(step);
    else done({gaps, updates});
  };
  requestAnimationFrame(step);
})"""
ZOOM = """async (by) => {
  window.bench.view.zoom(by);
  await new Promise((done) => setTimeout(done, 3000));
}"""


def city(n: int, rng: np.random.Generator) -> dict[str, Any]:
    """Streets on a square grid: n / 3 nodes, lines and switches each, with some transformers."""
    side = int(np.sqrt(n / 3.1))
    nodes = side * side
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    lon = 8 + (x.ravel() + rng.uniform(-0.3, 0.3, nodes)) * 0.0012
    lat = 50 + (y.ravel() + rng.uniform(-0.3, 0.3, nodes)) * 0.0008
    index = np.arange(nodes)
    tree = np.where(index % side > 0, index - 1, index - side)[1:]
    lines = {"from": tree.tolist(), "to": index[1:].tolist()}
    n_lines, n_trafos = nodes - 1, n // 50
    n_switches = n - nodes - n_lines - n_trafos
    high = rng.integers(0, nodes, n_trafos).tolist()
    guarded = rng.integers(0, n_lines, n_switches)
    return {
        "model_version": 1,
        "source": "made up",
        "licence": "",
        "schematic": True,
        "bounds": [float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())],
        "nodes": table(
            "n",
            nodes,
            kv=20.0,
            substation="",
            is_busbar=False,
            lon=lon.round(6).tolist(),
            lat=lat.round(6).tolist(),
            feeder=[f"F{i // side}" for i in range(nodes)],
        ),
        "lines": table("l", n_lines, kv=20.0, rated_a=300.0, feeder="", **lines),
        "transformers": table("t", n_trafos, rated_kva=400.0, substation="", high=high, low=high),
        "switches": table(
            "s",
            n_switches,
            kind="Breaker",
            normal_closed=True,
            at=np.array(lines["from"])[guarded].tolist(),
            line=guarded.tolist(),
        ),
        "substations": {"name": [], "lon": [], "lat": [], "kv": []},
    }


def table(prefix: str, count: int, **columns: Any) -> dict[str, list[Any]]:
    """Columns as given; one value stands for all rows."""
    identity = {key: [f"{prefix}{i}" for i in range(count)] for key in ("mrid", "name")}
    return identity | {name: value if isinstance(value, list) else [value] * count for name, value in columns.items()}


def values(doc: dict[str, Any], n: int, rng: np.random.Generator) -> bytes:
    """All values anew; two in a hundred elements look otherwise, and five switches move."""
    sizes = {kind: len(doc[kind]["mrid"]) for kind in ("nodes", "lines", "transformers", "switches")}

    def looks(count: int) -> Any:
        changed = rng.random(count) < 0.02
        return status(np.where(changed, 2, 1), np.full(count, 2), np.zeros(count))

    moved = np.ones(sizes["switches"], np.uint8)
    moved[rng.integers(0, len(moved), 5)] = 0
    return encode(
        Frame(1, 1.79e12 + 2000 * n, n, rng.uniform(0.97, 1.03, sizes["nodes"]), rng.uniform(0, 0.9, sizes["lines"]),
              rng.normal(0, 500, sizes["lines"]), rng.uniform(0, 0.9, sizes["transformers"]),
              rng.normal(0, 500, sizes["transformers"]), looks(sizes["nodes"]), looks(sizes["lines"]),
              looks(sizes["transformers"]), moved)
    )  # fmt: skip


def figures(found: dict[str, Any]) -> str:
    gaps, updates = np.array(found["gaps"]), np.array(found["updates"])
    return (
        f"{1000 / gaps.mean():6.1f} frames/s mean, {1000 / np.percentile(gaps, 95):6.1f} at the slowest twentieth, "
        f"longest gap {gaps.max():6.0f} ms; taking a frame {np.median(updates):5.0f} ms"
    )


def handler(answers: dict[str, tuple[bytes, str]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = STATIC / self.path.partition("?")[0].removeprefix("/static/")
            found = answers.get(self.path)
            if found is None and file.is_file():
                kind = "text/javascript" if file.suffix in {".js", ".mjs"} else mimetypes.guess_type(file.name)[0]
                found = file.read_bytes(), kind or "application/octet-stream"
            self.send_response(200 if found else 404)
            body, kind = found or (b"", "text/plain")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is said of each file."""

    return Handler


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--kinds", nargs="*", default=["gl", "canvas"])
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    doc = city(given.elements, rng)
    frames = [values(doc, n, rng) for n in range(4)]
    answers = {
        "/": (PAGE.encode(), "text/html"),
        "/api/network/geometry": (json.dumps(doc).encode(), "application/json"),
    }
    answers |= {f"/frame/{n}": (raw, "application/octet-stream") for n, raw in enumerate(frames)}

    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(answers))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        for kind in given.kinds:
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.on("pageerror", lambda error: sys.stderr.write(f"{error}\n"))
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            opened = page.evaluate(OPEN, {"kind": kind, "frames": list(range(len(frames)))})
            sys.stdout.write(f"{kind}: open {opened['open_ms']:.0f} ms, first frame {opened['first_ms']:.0f} ms\n")
            for view, zoom in (("whole city", 0), ("district", 3)):
                if zoom:
                    page.evaluate(ZOOM, zoom)
                for moving in (False, True):
                    found = page.evaluate(WATCH, {"seconds": given.seconds, "moving": moving})
                    sys.stdout.write(f"  {view}, {'moving' if moving else 'at rest'}: {figures(found)}\n")
            page.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
