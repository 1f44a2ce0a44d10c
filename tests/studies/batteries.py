"""What is the engine of storage worth: state of charge, safety limits, lives.

    python -m tests.studies batteries --draws 20 --events 1000000

--draws: seeds of the racks; --events: random commands, and as many schedules.
"""

import argparse
from collections.abc import Iterator

import numpy as np

from gridops.engine.storage import cells
from gridops.engine.storage.ageing.belief import CapacityTests, fit, multiplied, prior
from gridops.engine.storage.ageing.models import MODELS
from gridops.engine.storage.ageing.stress import stress
from gridops.engine.storage.charge import Trust, begin, follow
from gridops.engine.storage.lifespan import lifespan, yearly
from tests.engine.storage.racks import STEP_S, Racks, counted, racks
from tests.engine.storage.safety_draws import commands, schedules
from tests.engine.storage.traces import daily

BIASES = np.array([0.001, -0.001, 0.005, -0.005])
OFFSETS_V = (0.0, 0.003, -0.003)
CURVES = {"LFP": cells.LFP, "NMC": cells.NMC}
DUTIES = {
    "0.1 to 0.9, 25 °C": (0.1, 0.9, 25.0),
    "0.1 to 0.9, 40 °C": (0.1, 0.9, 40.0),
    "0.3 to 0.7, 25 °C": (0.3, 0.7, 25.0),
}
TESTED = (1, 4)
AT_A_TIME = 100_000


def errors(field: Racks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """RMSE of filter and of counting held between 0 and 1, and the share of steps within two sigma; by rack."""
    trust, first = Trust(), np.clip(field.soc[0] + 0.1, 0, 1)
    readings = {"current_c": field.current_c, "voltage_v": field.voltage_v, "full": field.full}
    track = follow(begin(first, np.full(len(first), 0.1), trust), field.model, trust, **readings, step_s=STEP_S)
    held = np.clip(counted(first, field.current_c), 0, 1)
    both = (np.sqrt(np.mean((soc - field.soc) ** 2, axis=0)) for soc in (track.soc, held))
    return (*both, (np.abs(track.soc - field.soc) < 2 * track.sigma).mean(axis=0))


def charges(draws: int) -> Iterator[str]:
    yield "| cells | voltage off, mV | bias, % C | filter | counting | ratio, worst seed | within 2 sigma |"
    yield "|---|---|---|---|---|---|---|"
    for name, curve in CURVES.items():
        for offset_v in OFFSETS_V:
            found = [errors(racks([curve] * 4, BIASES, seed=seed, offset_v=offset_v)) for seed in range(draws)]
            kept, plain, inside = (np.array(each) for each in zip(*found, strict=True))
            for pair, bias in ((slice(0, 2), 0.1), (slice(2, 4), 0.5)):
                worst = (kept[:, pair] / plain[:, pair]).max()
                told = f"{kept[:, pair].mean():.4f} | {plain[:, pair].mean():.3f} | {worst:.3f}"
                yield f"| {name} | {offset_v * 1000:+.0f} | {bias} | {told} | {inside[:, pair].mean():.0%} |"


def limits(events: int, seed: int) -> Iterator[str]:
    yield "| drawn | legal | got through though not legal | refused though legal |"
    yield "|---|---|---|---|"
    rng = np.random.default_rng(seed)
    for name, draw in (("commands", commands), ("schedules", schedules)):
        found = [draw(rng, AT_A_TIME) for _ in range(max(1, events // AT_A_TIME))]
        allowed, legal = (np.concatenate([getattr(each, side) for each in found]) for side in ("allowed", "legal"))
        wrong = f"{int((allowed & ~legal).sum())} | {int((legal & ~allowed).sum())}"
        yield f"| {len(legal):,} {name} | {int(legal.sum()):,} | {wrong} |"


def lives() -> Iterator[str]:
    yield "| a cycle a day, SoC and cells | model | new, years | after 1 test | after 4 tests | by time |"
    yield "|---|---|---|---|---|---|"
    for duty, (low, high, celsius) in DUTIES.items():
        seen = stress(daily(low, high, days=7, temperature_c=celsius))
        for model in MODELS.values():
            new = lifespan(model, seen, [prior(model)])
            a_year = yearly(model.damage(seen), seen)
            bands = [_years(new.years, new.low, new.high)]
            for tests in TESTED:
                at = np.linspace(0.25, 1, tests) if tests > 1 else np.ones(1)
                damage = a_year.scaled(at, at)
                measured = 1 - model.loss(multiplied(damage, prior(model).mean)).total
                belief = fit(model, CapacityTests(measured, damage))
                later = lifespan(model, seen, [belief], behind=a_year)
                bands.append(_years(later.years + 1, later.low + 1, later.high + 1))
            yield f"| {duty} | {model.name} | {' | '.join(bands)} | {new.calendar_share[0]:.0%} |"


def _years(middle: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    return f"{middle[0]:.1f} ({low[0]:.1f} to {high[0]:.1f})"


def run(arguments: argparse.Namespace) -> str:
    parts = (charges(arguments.draws), limits(arguments.events, arguments.seed), lives())
    return "\n\n".join("\n".join(part) for part in parts)
