"""How near the parts of a load come to the truth where the truth is known, because the load was made of them."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gridops.engine.forecasting.components import separated, split
from tests.engine.forecasting.made_load import Made, made_load

SEEDS = 10
SPRING, AUTUMN = 1_772_323_200, 1_788_220_800  # 2026-03-01, 2026-09-01
CASES: dict[str, dict[str, Any]] = {
    "sun 120 kW, wind 80 kW, weather as it was": {"solar_kw": 120.0, "wind_kw": 80.0},
    "the same, weather 10 % off": {"solar_kw": 120.0, "wind_kw": 80.0, "weather_error": 0.1},
    "the same, weather 25 % off": {"solar_kw": 120.0, "wind_kw": 80.0, "weather_error": 0.25},
    "sun 40 kW alone": {"solar_kw": 40.0},
    "sun 15 kW alone": {"solar_kw": 15.0},
    "sun 120 kW, 180 days from September": {"solar_kw": 120.0, "days": 180, "start_s": AUTUMN},
    "sun 120 kW, 30 days from March": {"solar_kw": 120.0, "days": 30, "start_s": SPRING},
    "nothing but the load": {"heat_kw_per_k": 0.0},
}
_NAMES = ("heating", "solar", "wind")
_HEAD = "| a load of about 200 kW, 120 days from March | " + " | ".join(
    f"{name}: found, size, error of the part" for name in _NAMES
)


def run(arguments: argparse.Namespace) -> str:
    """Parts in percent of the mean load; sizes in percent of the true one."""
    del arguments
    lines = [f"{_HEAD} | base load |", "|" + "---|" * (len(_NAMES) + 2)]
    lines += [row(name, [made_load(seed=seed, **case) for seed in range(SEEDS)]) for name, case in CASES.items()]
    return "\n".join(lines)


def row(name: str, loads: list[Made]) -> str:
    """A case over its seeds."""
    found = [figures(one) for one in loads]
    cells = [_cell([one[part] for one in found], loads[0], part) for part in _NAMES]
    base = np.mean([one["base"][0] for one in found])
    return f"| {name} | {' | '.join(cells)} | {base:.1f} % |"


def figures(made: Made) -> dict[str, tuple[float, float]]:
    """By part: mean absolute error over the mean load, percent, and the size that was found over the true one, percent;
    nan where it was not told apart."""
    found = separated(made.clock, made.net, made.known)
    parts = split(found, made.net, made.known)
    mean = float(np.abs(made.net).mean())
    told = {"base": (100 * float(np.abs(parts.base - made.base).mean()) / mean, np.nan)}
    return told | dict(_parts(made, parts.effect, mean))


def _parts(made: Made, effect: Mapping[str, np.ndarray], mean: float) -> Iterator[tuple[str, tuple[float, float]]]:
    for name in _NAMES:
        truth = made.parts[name]
        part = effect.get(name, np.zeros(len(truth)))
        true_size = float(truth.sum())
        size = 100 * float(part.sum()) / true_size if name in effect and true_size else np.nan
        yield name, (100 * float(np.abs(part - truth).mean()) / mean, size)


def _cell(found: list[tuple[float, float]], made: Made, name: str) -> str:
    told = [size for _, size in found if np.isfinite(size)]
    error = np.mean([error for error, _ in found])
    if not made.parts[name].any():
        return "none there, none claimed" if error == 0 else f"none there, {error:.1f} % claimed"
    size = f"{np.mean(told):.0f} ± {np.std(told):.0f} %" if told else "–"
    return f"{len(told)} of {len(found)}, {size}, {error:.1f} %"
