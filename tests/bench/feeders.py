"""The feeders of a made-up city and what a worker does for them, in a process of its own that knows no Django.

`python -m tests.bench.feeders SERIES DAYS ROWS` trains and prints what it took, in memory too.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.issuing import issue
from gridops.engine.forecasting.panel import Effort, Panel, PanelModel, fit_panel
from tests.bench.figures import timed

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
HORIZON, DAY = 192, 96
SEEN_DAYS = 50  # of history at an issue


def made_city(series: int, days: int) -> Panel:
    """Feeders of 40 rhythms with noise of their own that lasts for hours, under the weather of five places."""
    generator = np.random.default_rng(4)
    clock = Clock(1_700_006_400, 900, (days + 3) * DAY, ZoneInfo("Europe/Berlin"))
    places = np.repeat(generator.normal(0, 3, (5, days + 3)), DAY, axis=1)
    weather = (10 + 8 * np.sin(2 * np.pi * (clock.day_of_year - 0.3)) + places).astype(np.float32)
    target = np.empty((series, days * DAY), np.float32)
    for number in range(series):
        target[number] = made_course(number, clock, weather[number % 5], generator)[: days * DAY]
    ahead = weather[:, :, None]
    return Panel(clock, target, np.arange(series) % 8, np.arange(series) % 5, ahead, ("celsius",))


def made_course(number: int, clock: Clock, celsius: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """kW of a feeder of one of 40 rhythms."""
    hour, kind = clock.second_of_day / 3600, number % 40
    shape = 1 + 0.3 * np.cos((hour - 8 - kind / 4) * np.pi / 12) - 0.004 * kind * (clock.weekday >= 5)
    noise = np.repeat(generator.normal(0, 0.08, clock.size // 4), 4) + generator.normal(0, 0.03, clock.size)
    return np.exp(generator.normal(5, 1)) * (shape + 0.015 * np.maximum(16 - celsius, 0) + noise)


def trained(series: int, days: int, rows: int) -> dict[str, float]:
    """Seconds and memory of a training, and the model in a file."""
    panel = made_city(series, days)
    held: list[PanelModel] = []
    took = timed(
        lambda: held.append(fit_panel(panel, until=days * DAY, horizon=HORIZON, levels=LEVELS, effort=Effort(rows)))
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    path = Path(tempfile.gettempdir()) / f"gridops_bench_{series}_{days}_{rows}.model"
    path.write_bytes(held[0].to_bytes())
    return {"seconds": took, "gb": peak, "rows": held[0].rows, "model": str(path)}


def idle(_: int) -> None:
    return


def issued(content: bytes, panel: Panel) -> float:
    """Seconds of the processor."""
    begun = time.process_time()
    model, nothing = PanelModel.from_bytes(content), [None] * len(panel)
    found = issue(panel, model, nothing, at=SEEN_DAYS * DAY, horizon=HORIZON, levels=LEVELS)
    assert np.isfinite(found.quantiles).all()
    return time.process_time() - begun


if __name__ == "__main__":
    print(json.dumps(trained(*map(int, sys.argv[1:4]))))  # noqa: T201  read by the bench
