"""Forecasts of real series against baselines of the same split, each as `manage.py backtest` would make them.

    python -m tests.studies forecasts --data DIRECTORY [--only tetouan] [--json DIRECTORY]

Data that are not there are named and left out. Rows of the table: docs/studies/forecasts.md.
"""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import process_time

import numpy as np

from apps.forecasts.adapters.backtests import Trial, trial
from apps.forecasts.adapters.derived import with_others, with_physics
from apps.forecasts.adapters.table import Wanted, read_table
from gridops.engine.forecasting import Record, last_week, scores
from gridops.engine.forecasting.metrics import coverage
from tests.studies.forecast_cases import CASES, Case

ROOM_S = 200_000


@dataclass(frozen=True)
class Result:
    """`said`: of "gridops" and every baseline, its scores with `wql` and `pinball` beside them."""

    name: str
    command: str
    said: dict[str, dict[str, float]]
    issues: int
    rows: int
    train_s: float
    predict_s: float


def data() -> Path | None:
    named = os.environ.get("GRIDOPS_STUDY_DATA", "")
    return Path(named) if named and Path(named).is_dir() else None


def record_of(case: Case, directory: Path) -> Record:
    def read(wanted: Wanted) -> Record:
        return read_table(directory / case.file, replace(wanted, room_s=ROOM_S)).record

    others = [with_physics(read(other), case.plant) for other in case.beside]
    return with_physics(with_others(read(case.wanted), others, case.shared), case.plant)


def result(case: Case, directory: Path) -> Result:
    one = trial(record_of(case, directory), case.terms, process_time)
    backtest, issued = one.forecast()
    reference = last_week(one.record, issued.issue, issued.step)
    said = {"gridops": issued.forecast}
    said |= {name: forecast[issued.counts] for name, forecast in one.baselines(backtest).items()}
    found = {name: _scores(issued.actual, forecast, one, reference) for name, forecast in said.items()}
    return Result(
        case.name,
        case.command,
        found,
        len(np.unique(issued.issue)),
        int(np.isfinite(issued.actual).sum()),
        issued.train_s,
        issued.predict_s,
    )


def _scores(actual: np.ndarray, forecast: np.ndarray, one: Trial, reference: np.ndarray) -> dict[str, float]:
    found = asdict(scores(actual, forecast, one.levels, reference))
    return found | {"wql": 2 * found["pinball"] / float(np.nanmean(np.abs(actual)))} | _by_day(actual, forecast, one)


def _by_day(actual: np.ndarray, forecast: np.ndarray, one: Trial) -> dict[str, float]:
    """Coverage where the band has a width: a PV plant's nights are forecast without effort."""
    open_band = np.ptp(forecast, axis=1) > 0.01 * np.nanmax(np.abs(actual))
    shares = {"coverage_80_open": 0.8, "coverage_90_open": 0.9}
    known = open_band & np.isfinite(actual)
    return {name: coverage(actual[known], forecast[known], one.levels, share) for name, share in shares.items()}


def chosen(only: str) -> list[Case]:
    return [case for case in CASES if case.name.startswith(only)]


def results(cases: list[Case], directory: Path, out: Path | None) -> Iterator[Result | str]:
    for case in cases:
        if not (directory / case.file).exists():
            yield f"{case.name}: {case.file} is not in {directory}"
            continue
        found = result(case, directory)
        if out:
            (out / f"{case.name}.json").write_text(json.dumps(asdict(found), indent=1))
        yield found


def table(found: list[Result]) -> str:
    names = list(dict.fromkeys(name for one in found for name in one.said))
    lines = ["| series | " + " | ".join(_HEADS) + " | " + " | ".join(names[1:]) + " |"]
    lines.append("|---" * (1 + len(_HEADS) + len(names[1:])) + "|")
    for one in found:
        ours = one.said["gridops"]
        figures = [one.issues, *(f"{ours[name]:.4g}" for name in ("pinball", "rcrps", "wql", "nmae", "rmae"))]
        figures += [f"{ours[name]:.3f}" for name in ("coverage_80", "coverage_90")] + [f"{one.train_s:.0f}"]
        others = [f"{one.said[name]['pinball'] / ours['pinball']:.3f}" for name in names[1:]]
        lines.append(f"| {one.name} | " + " | ".join(map(str, [*figures, *others])) + " |")
    return "\n".join(lines)


_HEADS = ("issues", "pinball", "rCRPS", "wQL", "nMAE", "rMAE", "cov80", "cov90", "train s")


def run(arguments: argparse.Namespace) -> str:
    directory = arguments.data or data()
    if directory is None:
        return "give --data DIRECTORY or GRIDOPS_STUDY_DATA: the data are no part of this repository"
    if arguments.json:
        arguments.json.mkdir(parents=True, exist_ok=True)
    found = list(results(chosen(arguments.only), directory, arguments.json))
    missing = [one for one in found if isinstance(one, str)]
    return "\n".join([table([one for one in found if isinstance(one, Result)]), *missing])
