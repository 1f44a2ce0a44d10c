"""Forecasts of a city's feeders: one training for all, a re-issue of all of them, prediction beside bare LightGBM."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from gridops.engine.forecasting.panel import PanelModel
from gridops.engine.forecasting.panel_rows import PanelRows
from gridops.supervise.process import ROOT
from tests.bench.context import Bench
from tests.bench.feeders import DAY, HORIZON, SEEN_DAYS, idle, issued, made_city
from tests.bench.figures import Aim, Figure, in_turns, timed

FEEDERS = 10_000
TRAIN_S, TRAIN_GB, ISSUE_S = 1800.0, 4.0, 90.0
PARTS = 2
ROUNDS = 3
MOST = Aim(1.0, at_least=False)
BESIDE_BARE = Aim(1.5, at_least=False)


@cache
def _training(*, is_full: bool) -> dict:
    sizes = (FEEDERS, 365, 1_000_000) if is_full else (1000, 90, 100_000)
    command = (sys.executable, "-m", "tests.bench.feeders", *map(str, sizes))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    path = Path(took["model"])
    content = path.read_bytes()
    path.unlink()
    return {"series": sizes[0], "days": sizes[1], **took, "content": content}


def train(bench: Bench) -> list[Figure]:
    """The nightly training of all feeders in a process of its own, as a worker does it."""
    took = _training(is_full=bench.is_full)
    part = took["series"] / FEEDERS
    what = f"{took['series']} feeders x {took['days']} days by quarter hours, {took['rows']} rows, one process"
    scale = "" if bench.is_full else f"; {part:.0%} of the feeders, a part of the year: --full does all"
    return [
        Figure("forecast-train", took["seconds"], "s", TRAIN_S, MOST, f"{what} / what a night allows{scale}"),
        Figure("forecast-train-memory", took["gb"], "GB", TRAIN_GB, MOST, f"peak, with the histories in it{scale}"),
    ]


def reissue(bench: Bench) -> list[Figure]:
    """All feeders, 48 h by quarter hours, 7 quantiles: from histories in memory to what is issued, two processes."""
    took = _training(is_full=bench.is_full)
    series = took["series"]
    panel = made_city(series, SEEN_DAYS)
    parts = [panel.part(slice(begin, series, PARTS)) for begin in range(PARTS)]
    with ProcessPoolExecutor(PARTS, mp_context=get_context("spawn")) as pool:
        list(pool.map(idle, range(PARTS)))
        worked: list[float] = []
        seconds = timed(lambda: worked.extend(pool.map(partial(issued, took["content"]), parts)))
    what = f"{series} feeders, 48 h, 7 quantiles, {PARTS} processes, {sum(worked):.0f} s of processor"
    scale = (
        "" if bench.is_full else f"; the limit is the same part, {series / FEEDERS:.0%}, of what all may take: --full"
    )
    return [Figure("forecast-issue", seconds, "s", ISSUE_S * series / FEEDERS, MOST, f"{what} / {ISSUE_S:g} s{scale}")]


def predict(bench: Bench) -> list[Figure]:
    """`say` with its features, both members and the units; the bare predict calls of the same boosters on the rows."""
    model = PanelModel.from_bytes(_training(is_full=bench.is_full)["content"])
    series = 500 if bench.is_full else 100
    panel = made_city(series, SEEN_DAYS)
    rows = model.rows_of(panel, SEEN_DAYS * DAY, HORIZON)
    ours, bare = in_turns(
        lambda: model.say(panel, SEEN_DAYS * DAY, HORIZON),
        lambda: _bare(model, rows),
        rounds=ROUNDS if bench.is_full else 1,
    )
    note = f"{len(rows.unit)} rows x 7 quantiles, from histories / LightGBM's predict on ready rows"
    return [Figure("forecast-predict", 1000 * ours, "ms", 1000 * bare, BESIDE_BARE, note)]


def _bare(model: PanelModel, rows: PanelRows) -> Sequence[np.ndarray]:
    boosted = model.families["loads"].boosted
    assert boosted is not None
    return [one.predict(rows.values, num_threads=1) for one in boosted.models]
