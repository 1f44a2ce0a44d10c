"""How much of twice the sun and wind is used in a week, by local rules and by GridOps's own functions?

    python -m tests.studies renewables-week --seed 1 --days 7 --json DIR

One field, one seed, one weather for all arms: the truth of the simulator with twice the plants at the same places,
batteries as they are. Nothing is known to GridOps but its records of the network, whose impedances differ from the
truth, and what was measured until the quarter hour before. Every figure is of the full power flow of the truth.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import process_time

import numpy as np

from gridops.cases import read
from gridops.cases.case import NetworkCase
from gridops.simulator.state import TrueState
from tests.studies.week_control import GridOps
from tests.studies.week_field import Curves, InverterField, grown
from tests.studies.week_known import STEP_S, STEPS_A_DAY, Known
from tests.studies.week_local import LocalRules, family

GRID = "simbench:1-MV-rural--2-sw"
HOURS_A_STEP = STEP_S / 3600.0
GROWTH, WARM_DAYS = 2.0, 2
GAS_KG_PER_KWH = 0.49  # IPCC AR5 WG3 annex III, median of combined cycles: what the last plant in the market burns
SHIPPED = Curves()
OVER_PU, OVER_LOADING = 1e-4, 1e-3


@dataclass(frozen=True)
class Week:
    """Of one arm. Violations are nodes, or branches, times steps."""

    arm: str
    available_mwh: float
    curtailed_mwh: float
    voltages: int
    overloads: int
    worst_pu: float  # beyond the limit
    worst_loading: float
    losses_mwh: float
    drawn_mwh: float  # net, from the network above
    stored_mwh: float  # more at the end than at the begin
    co2_t: float
    seconds: float

    @property
    def violations(self) -> int:
        return self.voltages + self.overloads


class Meter:
    """Adds up what the truth was."""

    def __init__(self, field: InverterField) -> None:
        self.field = field
        nodes = field.case.nodes
        self.high, self.low = (np.array([getattr(node, name) for node in nodes]) for name in ("high_pu", "low_pu"))
        self.sums = np.zeros(4)  # available, curtailed, losses, drawn
        self.voltages = self.overloads = 0
        self.worst_pu = self.worst_loading = 0.0
        self.begun_kwh = float(field.plants.stored_kwh.sum())

    def take(self, state: TrueState) -> None:
        grid, field = state.grid, self.field
        voltage = grid.voltage_pu[: len(self.high)]
        beyond = np.nan_to_num(np.fmax(voltage - self.high, self.low - voltage), nan=-1.0)
        loading = np.nan_to_num(np.concatenate([grid.line_loading, grid.transformer_loading]))
        self.voltages += int((beyond > OVER_PU).sum())
        self.overloads += int((loading > 1 + OVER_LOADING).sum())
        self.worst_pu = max(self.worst_pu, float(beyond.max()))
        self.worst_loading = max(self.worst_loading, float(loading.max()))
        available, given = field.available_kw.sum(), state.p_kw[field.renewable].sum()
        self.sums += HOURS_A_STEP * np.array([available, available - given, grid.losses_kw, grid.source_p_kw.sum()])

    def told(self, arm: str, seconds: float) -> Week:
        available, curtailed, losses, drawn = (self.sums / 1000).tolist()
        stored = (float(self.field.plants.stored_kwh.sum()) - self.begun_kwh) / 1000
        return Week(
            arm, available, curtailed, self.voltages, self.overloads, self.worst_pu, self.worst_loading, losses, drawn,
            stored, drawn * GAS_KG_PER_KWH, seconds,
        )  # fmt: skip


Controller = LocalRules | GridOps


def week(
    case: NetworkCase, arm: str, curves: Curves, make: Callable[[InverterField, Known], Controller],
    *, seed: int, first: datetime, steps: int, warm_days: float = WARM_DAYS,
) -> Week:  # fmt: skip
    """Some days of local rules, from which everything that is known comes; then the quarter hours that count."""
    field = InverterField(case, seed, curves)
    known, local = Known(field.truth.n_injections), LocalRules(field)
    state: TrueState | None = None
    begun, controller, meter = process_time(), None, None
    warm = round(warm_days * STEPS_A_DAY)
    for step in range(warm + steps):
        if step == warm:
            controller, meter = make(field, known), Meter(field)
        (controller or local).act(state)
        at = first + timedelta(seconds=STEP_S * (step - warm))
        state = field.step(at, STEP_S, int(at.timestamp()) * 10**6)
        known.take(_measured(field, state))
        if meter is not None:
            meter.take(state)
    assert meter is not None
    return meter.told(arm, process_time() - begun)


def _measured(field: InverterField, state: TrueState) -> np.ndarray:
    """Loads as they were, plants as they could have given, batteries at rest."""
    values = state.p_kw.copy()
    values[field.renewable] = field.available_kw
    values[field.truth.storages] = 0.0
    return values


def weeks(case: NetworkCase, *, seed: int, days: int, only: str = "") -> list[Week]:
    """The family of local rules, then GridOps. only: begin of the names of arms."""
    doubled = grown(case, GROWTH)
    high = min(node.high_pu for node in doubled.nodes)
    arms: list[tuple[str, Curves, Callable[[InverterField, Known], Controller]]] = [
        (f"local: {one.name}", one.curves, partial(_local, one.target_pu)) for one in family(high)
    ]
    arms.append(("GridOps", SHIPPED, GridOps))
    return [
        week(doubled, name, curves, make, seed=seed, first=first_day(seed), steps=days * STEPS_A_DAY)
        for name, curves, make in arms
        if name.startswith(only)
    ]


def first_day(seed: int) -> datetime:
    return datetime(2016, 1, 8, tzinfo=UTC) + timedelta(days=int(np.random.default_rng(seed).integers(350)))


def _local(target_pu: float | None, field: InverterField, _: Known) -> LocalRules:
    return LocalRules(field, target_pu)


HEAD = (
    "| arm | available MWh | curtailed MWh | of available | voltages | overloads | worst pu beyond | worst loading | "
    "losses MWh | drawn MWh | CO2 t | stored MWh | CPU s |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def row(one: Week) -> str:
    share = one.curtailed_mwh / one.available_mwh
    return (
        f"| {one.arm} | {one.available_mwh:,.1f} | {one.curtailed_mwh:,.1f} | {share:.1%} | "
        f"{one.voltages:,} | {one.overloads:,} | {one.worst_pu:.4f} | {one.worst_loading:.3f} | "
        f"{one.losses_mwh:,.1f} | {one.drawn_mwh:,.1f} | {one.co2_t:,.0f} | {one.stored_mwh:+.2f} | {one.seconds:.0f} |"
    )


def run(arguments: argparse.Namespace) -> str:
    found = weeks(
        read(arguments.grid or GRID, arguments.cache), seed=arguments.seed, days=arguments.days, only=arguments.only
    )
    if arguments.json:
        arguments.json.mkdir(parents=True, exist_ok=True)
        path = arguments.json / f"renewables-week-{arguments.seed}.json"
        path.write_text(json.dumps([asdict(one) for one in found], indent=1))
    return "\n".join([HEAD, *map(row, found)])
