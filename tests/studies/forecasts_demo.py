"""What the quick first model and the nightly one say of the demonstration's city, kind by kind.

    python -m tests.studies forecasts-demo [--grid SOURCE] [--only first]

The past is seeded as `make run` does it: a year of the city's profiles, the weather archive of the simulated field.
Rows of the table: docs/studies/forecasts-demo.md.
"""

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import numpy as np
from django.conf import settings
from django.core.management import call_command

from apps.forecasts.adapters.arrays import Float32Array, FloatArray, IntArray
from apps.forecasts.adapters.issuing import said
from apps.forecasts.adapters.learning import gates, learned, local_day_steps, stand, tried
from apps.forecasts.adapters.panels import FIRST_EFFORT, FULL_EFFORT, LEVEL_ARRAY, Effort, History, Panel
from apps.forecasts.adapters.scoring import repeated
from apps.forecasts.choices import Issuer
from apps.forecasts.models import STEPS_A_DAY, Series
from apps.forecasts.selectors.inputs import active_series, history_of, panel_known
from apps.forecasts.services.training import HELD_DAYS
from gridops.management.commands.prepare_site import DEMO

EFFORTS = {"first": FIRST_EFFORT, "nightly": FULL_EFFORT}
DAYS = 365
_MEDIAN, _LOW, _HIGH = 3, (1, 0), (5, 6)


@dataclass(frozen=True)
class Kind:
    """Of the series of one kind, day ahead: error over that of last week and of yesterday, pinball in parts of the mean
    size, coverage where the band is open, the worst series' distance from 80 %; and the largest step of P5 and P95 from
    one quarter hour to the next beyond twice the median's largest, in parts of the level: below 0.05 nobody sees it."""

    name: str
    series: int
    to_week: float
    worst_to_week: float
    to_day: float
    pinball: float
    coverage_80: float
    coverage_90: float
    worst_80: float
    cliff: float


def kind_of(series: Series) -> str:
    mix = series.group.rsplit(" ", 1)[-1] if series.parent_id and not series.rated_kw else ""
    return " ".join(filter(None, (series.subject, series.quantity.replace("_", " "), mix)))


def kinds(history: History, panel: Panel, effort: Effort) -> tuple[list[Kind], float]:
    """Learned without the last days, tried on them; and the seconds of the processor for learning."""
    until = max(history.at - HELD_DAYS * STEPS_A_DAY, history.at * 3 // 4)
    begun = process_time()
    model = learned(panel, until=until, effort=effort, progress=lambda *_: None)
    seconds = process_time() - begun
    trial = tried(model, panel, gates(panel, first=until, at=history.at), lambda *_: None)
    days = [_day(panel, gate, issued) for gate, issued in zip(trial.gates, trial.issued, strict=True)]
    figures = {name: np.nanmean([day[name] for day in days if day], axis=0) for name in next(filter(None, days))}
    standings = stand(panel, trial, at=history.at)
    figures["cliff"] = _cliffs(panel, said(history, panel, model, standings, steps=2 * STEPS_A_DAY).quantiles)
    names = [kind_of(one) for one in history.series]
    return [_kind(name, np.array([one == name for one in names]), figures) for name in sorted(set(names))], seconds


def _day(panel: Panel, gate: int, issued: Float32Array) -> dict[str, FloatArray]:
    steps: IntArray = local_day_steps(panel, gate)
    if not len(steps) or steps[-1] >= panel.target.shape[1]:
        return {}
    actual, quantiles = panel.target[:, steps].astype(np.float64), issued[:, steps - gate].astype(np.float64)
    error = actual[..., None] - quantiles
    is_open = quantiles[..., -1] > quantiles[..., 0]
    lines = repeated(panel, gate, steps)
    pinball = np.maximum(LEVEL_ARRAY * error, (LEVEL_ARRAY - 1) * error)
    found = {
        "own": np.abs(error[..., _MEDIAN]).mean(axis=1),
        "week": np.abs(actual - lines[Issuer.LAST_WEEK]).mean(axis=1),
        "day": np.abs(actual - lines[Issuer.LAST_DAY]).mean(axis=1),
        "size": np.abs(actual).mean(axis=1),
        "pinball": pinball.mean(axis=(1, 2)),
    }
    for name, low, high in zip(("80", "90"), _LOW, _HIGH, strict=True):
        held = (actual >= quantiles[..., low]) & (actual <= quantiles[..., high]) & is_open
        count = is_open.sum(axis=1)
        found[name] = np.where(count > 0, held.sum(axis=1) / np.maximum(count, 1), np.nan)
    return found


def _cliffs(panel: Panel, quantiles: Float32Array) -> FloatArray:
    """Per series; of solar plants none: the sun rises within an hour."""
    steps = np.abs(np.diff(quantiles.astype(np.float64), axis=1)).max(axis=1)
    month = np.abs(panel.target[:, -28 * STEPS_A_DAY :])
    level = np.maximum(np.nanmean(month, axis=1), np.abs(quantiles[..., _MEDIAN]).mean(axis=1))
    beyond = (np.maximum(steps[:, 0], steps[:, -1]) - 2 * steps[:, _MEDIAN]) / np.maximum(level, 1e-9)
    return np.where(panel.solar, 0.0, np.maximum(beyond, 0.0))


def _kind(name: str, chosen: np.ndarray, found: dict[str, FloatArray]) -> Kind:
    total = {key: float(values[chosen].sum()) for key, values in found.items()}
    week = np.maximum(found["week"][chosen], 1e-9)
    return Kind(
        name,
        int(chosen.sum()),
        total["own"] / max(total["week"], 1e-9),
        float((found["own"][chosen] / week).max()),
        total["own"] / max(total["day"], 1e-9),
        total["pinball"] / max(total["size"], 1e-9),
        float(np.nanmean(found["80"][chosen])),
        float(np.nanmean(found["90"][chosen])),
        float(np.nanmax(np.abs(found["80"][chosen] - 0.8))),
        float(found["cliff"][chosen].max()),
    )


def table(found: Sequence[Kind]) -> str:
    heads = ("series of", "n", "/ week", "worst", "/ yesterday", "pinball", "cov80", "cov90", "worst 80", "cliff")
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for one in found:
        figures = (one.to_week, one.worst_to_week, one.to_day, one.pinball, one.coverage_80, one.coverage_90)
        cells = [one.name, str(one.series), *(f"{value:.3f}" for value in (*figures, one.worst_80, one.cliff))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def prepared(grid: str) -> None:
    """The city, its points, a year of its past and the archive of its weather, as a first start makes them."""
    Path(settings.VAR).mkdir(parents=True, exist_ok=True)
    address = {"gateway": "field", "host": "127.0.0.1", "port": 2404}
    call_command("prepare_site", grid=grid, stdout=io.StringIO(), **address)


def run(arguments: argparse.Namespace) -> str:
    if not Series.objects.exists():
        prepared(arguments.grid or DEMO)
    now = datetime.now(UTC)
    history = history_of(active_series(), days=DAYS, as_of=now)
    groups = sorted({one.group for one in history.series})
    panel, _ = panel_known(history, groups=groups, as_of=now, is_past=True)
    told = []
    for name, effort in EFFORTS.items():
        if name.startswith(arguments.only):
            found, seconds = kinds(history, panel, effort)
            told.append(f"{name}: learned in {seconds:.0f} s of processor\n\n{table(found)}")
    return "\n\n".join(told)
