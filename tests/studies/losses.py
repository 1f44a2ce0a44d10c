"""Who is found, and how well are technical losses told, over a year in which thefts and broken meters are known?

    python -m tests.studies losses [--seed N] [--count SEEDS] [--only WAYS]

Ways, by comma: what meters there are beside those of energy at loads and low sides. The worlds are those of
tests/studies/losses_world.py. Each seed is a year of five networks; `--count` of them follow.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.assets.adapters.case_network import case_network, named_case
from apps.efficiency.adapters.loss_examination import Examined, MeterReadings, examined
from gridops.engine.efficiency.suspects_readings import Calendar
from tests.studies.losses_world import (
    FED_CONSTANT,
    FED_HOURLY,
    HOURS,
    NETWORKS,
    FloatArray,
    Planted,
    World,
    Year,
    world,
)

FIRST = 25
VOLTAGES, HEAD = "voltages", "head"  # of what there are meters beside energy; "energy" alone
WAYS = f"{VOLTAGES},energy,{VOLTAGES}+{HEAD},{HEAD}"
MOST_SEEDS = 20
DAYS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Scored:
    seed: int
    meters: str
    thefts: int  # in the first 25
    faults: int
    told_apart: int  # faults that are told as faults
    likely: int  # suspects of half a chance or more
    likely_wrong: int  # of them, behind whose meter nothing is wrong
    loss_error: float  # of the technical loss, as a share
    balance_held: int  # of the parts whose unexplained energy lies in its 90 % band
    missed: Sequence[Planted]


def run(arguments: argparse.Namespace) -> str:
    networks = [case_network(named_case(name, arguments.cache)) for name in NETWORKS]
    rows = []
    for seed in range(arguments.seed, arguments.seed + min(arguments.count, MOST_SEEDS)):
        found = world(networks, seed)
        rows += [scored(seed, found, meters=one) for one in (arguments.only or WAYS).split(",")]
    return _table(rows)


def calendar() -> Calendar:
    hours = np.arange(HOURS, dtype=np.int32)
    month = np.repeat(np.arange(1, 13), np.array(DAYS_OF_MONTHS) * 24).astype(np.int32)
    return Calendar(hours % 24, month, hours // 24)


def looked_at(year: Year, number: int, *, meters: str) -> Examined:
    """meters: of voltage at the loads, or none; beside them one at the high side of the transformer, or none."""
    loads, sources = len(year.here.case.loads), len(year.here.case.sources)
    head = _head(year, number) if HEAD in meters else np.full((HOURS, sources), np.nan)
    return examined(
        year.here,
        MeterReadings(
            load_kwh=year.readings,
            load_metered=np.ones(loads, np.bool_),
            transformer_kwh=year.fed[:, None],
            transformer_metered=np.ones(1, np.bool_),
            source_kwh=head,
            source_metered=np.full(sources, HEAD in meters),
            calendar=calendar(),
            voltage_pu=year.voltage_pu if VOLTAGES in meters else None,
        ),
    )


def _head(year: Year, number: int) -> FloatArray:
    """Of the same kind as the meter at the low side, with chances of its own."""
    generator = np.random.default_rng((number, len(year.here.case.loads)))
    true_kwh = year.drawn.sum(axis=1) + year.true_loss
    constant = 1 + FED_CONSTANT * generator.standard_normal()
    return np.round(true_kwh * constant * (1 + FED_HOURLY * generator.standard_normal(HOURS)), 2)[:, None]


def scored(seed: int, found: World, *, meters: str) -> Scored:
    told = [looked_at(year, seed, meters=meters) for year in found.years]
    ranked = sorted(
        ((n, one.load, one.suspect) for n, each in enumerate(told) for one in each.suspects),
        key=lambda one: (-round(one[2].probability, 3), -abs(one[2].kwh)),
    )
    planted = {(one.network, one.load): one for one in found.planted}
    hits = [planted.get((n, load)) for n, load, _ in ranked[:FIRST]]
    faults = [(planted.get((n, load)), one) for n, load, one in ranked[:FIRST]]
    likely = [(n, load) for n, load, one in ranked if one.probability >= 0.5]
    true_kwh = sum(float(year.true_loss.sum()) for year in found.years)
    seen = {(n, load) for n, load, _ in ranked[:FIRST]}
    lacking = [sum(one.kwh for one in found.planted if one.network == n) for n in range(len(found.years))]
    held = 0
    for each, kwh in zip(told, lacking, strict=True):
        band = next(part.balance for part in each.parts if part.balance and part.loads)
        held += band.low_kwh <= kwh <= band.high_kwh
    return Scored(
        seed=seed,
        meters=meters,
        thefts=sum(1 for one in hits if one and one.is_theft),
        faults=sum(1 for one in hits if one and not one.is_theft),
        told_apart=sum(1 for one, suspect in faults if one and not one.is_theft and suspect.is_fault),
        likely=len(likely),
        likely_wrong=sum(1 for key in likely if key not in planted),
        loss_error=sum(each.technical_kwh for each in told) / true_kwh - 1,
        balance_held=held,
        missed=[one for key, one in planted.items() if key not in seen and one.is_theft],
    )


def _table(rows: Sequence[Scored]) -> str:
    head = (
        "| seed | meters | thefts of 20 in the first 25 | faults of 5 | told as faults | of half a chance or more, "
        "wrong | technical loss | balances in their band | missed |\n|---|---|---|---|---|---|---|---|---|"
    )
    lines = [
        f"| {one.seed} | {one.meters} | {one.thefts} | {one.faults} | {one.told_apart} | "
        f"{one.likely_wrong} of {one.likely} | {one.loss_error:+.2%} | {one.balance_held} of {len(NETWORKS)} | "
        + ", ".join(f"{each.kind} {each.kwh:.0f} kWh" for each in one.missed)
        + " |"
        for one in rows
    ]
    return "\n".join([head, *lines])
