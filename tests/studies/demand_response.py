"""Twenty events on simulated homes whose truth is known: was what was foretold delivered, and was it measured right?

    python -m tests.studies demand-response --events 20 --seed 1 [--grid SOURCE] [--homes 1000]

In lock step, without a wall clock. The homes are those of the demo's field (gridops/simulator/vens) and read the same
OpenADR events; they are asked, foretold and measured by the product's engine: whom and in which stages by
optimization/calls, how much by flexibility/response, delivered and settled by flexibility/methods. The truth, the same
homes without the event, is known here alone. Some trial events come first, as a program learns what it has. Kept:
docs/studies/demand-response.md.
"""

import argparse
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from gridops.cases import read
from gridops.engine.flexibility.control import Control, matched
from gridops.engine.flexibility.days import Loads, Window, working_days
from gridops.engine.flexibility.methods import METHODS
from gridops.simulator.points import BoolArray, FloatArray
from tests.studies.response_plan import Learned, Plan, planned
from tests.studies.response_world import SLOTS, Day, ResponseWorld

DEMO = "simbench:1-HVMV-urban-all-1-sw"
FIRST = date(2026, 11, 2)  # the clock is not changed before the end of March
HISTORY_DAYS, TRIALS, GAP_DAYS = 46, 4, 2
BEGINS, LASTS = (64, 76), (4, 8)  # quarters of an hour
BY, CONTROL = "weather_match", "control_group"  # that the program settles by, and the one that needs the others
EUR_PER_KWH = 0.45
REBOUND_SLOTS, NEAR, BAR = 16, 0.10, 16
EPOCH = date(1970, 1, 1).toordinal()


@dataclass
class Played:
    """All days so far, and the plans of those with an event."""

    days: list[Day] = field(default_factory=list)
    plans: dict[int, Plan] = field(default_factory=dict)

    def loads(self) -> Loads:
        count, homes = len(self.days), len(self.days[0].metered_kw)
        called = np.zeros((homes, count), dtype=bool)
        for day, plan in self.plans.items():
            called[plan.homes, day] = True
        ordinals = FIRST.toordinal() - EPOCH + np.arange(count)
        return Loads(
            kw=np.stack([one.metered_kw for one in self.days], axis=1),
            hours=np.full((count, SLOTS), 0.25),
            ordinals=ordinals,
            working=working_days(ordinals),
            called=called,
            temperature=np.stack([one.temperature_c for one in self.days]),
        )


@dataclass(frozen=True)
class Outcome:
    """Of one event. kW are means over the stages of each home; kWh by home (M,) in its own stage."""

    plan: Plan
    measured_kw: float
    true_kw: float
    rebound_share: float  # of the energy saved, drawn more in the four hours after, in truth
    rebound_peak: float  # of the power saved
    out: int
    baseline_kwh: dict[str, FloatArray]
    free_kwh: FloatArray
    load_kwh: FloatArray

    @property
    def ratio(self) -> float:
        return self.measured_kw / self.plan.kw[1]

    @property
    def true_ratio(self) -> float:
        return self.true_kw / self.plan.kw[1]


def run(arguments: argparse.Namespace) -> str:
    case = read(arguments.grid or DEMO, arguments.cache)
    world = ResponseWorld(case, seed=arguments.seed, homes=arguments.homes, first=FIRST)
    outcomes = played(world, events=arguments.events, seed=arguments.seed, trials=TRIALS, history=HISTORY_DAYS)
    return "\n".join([*_table(outcomes[TRIALS:]), "", *_summary(outcomes[TRIALS:])])


def played(world: ResponseWorld, *, events: int, seed: int, trials: int, history: int) -> list[Outcome]:
    """Trial events first; each learns from those before it."""
    rng, past, learned = np.random.default_rng((seed, 70)), Played(), Learned(world.town)
    past.days.extend(world.play() for _ in range(history))
    outcomes: list[Outcome] = []
    while len(outcomes) < events + trials:
        quiet = len(past.days) - max(past.plans, default=-GAP_DAYS) < GAP_DAYS
        if quiet or world.today.weekday() > 4 or rng.random() < 0.4:
            past.days.append(world.play())
            continue
        first = int(rng.integers(*BEGINS))
        plan = planned(learned, first=first, slots=int(rng.integers(LASTS[0], LASTS[1] + 1)), rng=rng, world=world)
        past.plans[len(past.days)] = plan
        past.days.append(world.play(plan.stages))
        outcomes.append(_outcome(past, len(past.days) - 1))
        learned.note(plan, _saved_kw(outcomes[-1]), past.days[-1])
    return outcomes


def _outcome(past: Played, day: int) -> Outcome:
    plan, found = past.plans[day], past.days[day]
    loads, inside = past.loads(), plan.asked_slots(len(found.free_kw))
    baseline = {name: _kwh(_baseline(name, loads, day, plan), inside) for name in (*METHODS, CONTROL)}
    free, load = _kwh(found.free_kw, inside), _kwh(found.metered_kw, inside)
    hours, homes = inside.sum(axis=1) / 4, list(plan.homes)
    more = (found.metered_kw - found.free_kw)[homes].sum(axis=0)
    after = np.maximum(more[plan.end : plan.end + REBOUND_SLOTS], 0.0)
    saved = (free - load)[homes].sum()
    kwh = np.nan_to_num(baseline[BY] - load)[homes]
    return Outcome(
        plan=plan,
        measured_kw=float((kwh / hours[homes]).sum()),
        true_kw=float(((free - load)[homes] / hours[homes]).sum()),
        rebound_share=float(after.sum() / 4 / saved),
        rebound_peak=float(after.max() / ((free - load)[homes] / hours[homes]).sum()),
        out=len(found.out & set(homes)),
        baseline_kwh=baseline,
        free_kwh=free,
        load_kwh=load,
    )


def _baseline(name: str, loads: Loads, day: int, plan: Plan) -> FloatArray:
    """(M, S) kW; of a control group only for those who were called."""
    if name != CONTROL:
        kw = np.full(loads.kw[:, 0].shape, np.nan)
        for stage in plan.stages:
            rows = np.array(stage.homes)
            kw[rows] = METHODS[name](loads.of(rows), day, Window(stage.first, stage.end)).kw
        return kw
    called = np.array(plan.homes)
    others = np.setdiff1d(np.arange(len(loads.kw)), called)
    kw = np.full(loads.kw[:, 0].shape, np.nan)
    kw[called] = matched(loads.of(called), Control(loads.of(others), Window(plan.first, plan.end)), day).baseline.kw
    return kw


def _kwh(kw: FloatArray, inside: BoolArray) -> FloatArray:
    return np.asarray(np.where(inside, kw, 0.0).sum(axis=1) / 4)


def _saved_kw(outcome: Outcome) -> FloatArray:
    """(M,) as the meters tell, NaN for who was not asked or cannot be told."""
    hours = outcome.plan.asked_slots(len(outcome.load_kwh)).sum(axis=1) / 4
    kwh = outcome.baseline_kwh[BY] - outcome.load_kwh
    return np.where(hours > 0, kwh / np.maximum(hours, 0.25), np.nan)


def _table(outcomes: list[Outcome]) -> list[str]:
    head = "| event | at | min | homes | stages | P10 | P50 | P90 | measured | true | measured / P50 | true / P50 "
    rows = [head + "| rebound kWh | rebound peak | out |", "|" + "---:|" * 15]
    for n, one in enumerate(outcomes, 1):
        low, middle, high = one.plan.kw
        at = f"{one.plan.first // 4:02d}:{one.plan.first % 4 * 15:02d}"
        rows.append(
            f"| {n} | {at} | {15 * (one.plan.end - one.plan.first)} | {len(one.plan.homes)} | {len(one.plan.stages)} "
            f"| {low:.0f} | {middle:.0f} | {high:.0f} | {one.measured_kw:.0f} | {one.true_kw:.0f} "
            f"| {one.ratio:.2f} | {one.true_ratio:.2f} | {one.rebound_share:.0%} | {one.rebound_peak:.0%} | {one.out} |"
        )
    return rows


def _summary(outcomes: list[Outcome]) -> list[str]:
    near = [sum(abs(getattr(one, name) - 1) <= NEAR for one in outcomes) for name in ("ratio", "true_ratio")]
    inside = sum(one.plan.kw[0] <= one.measured_kw <= one.plan.kw[2] for one in outcomes)
    staggered = sum(len(one.plan.stages) > 1 for one in outcomes)
    below = sum(one.rebound_peak <= 0.25 for one in outcomes)
    rows = [
        f"Within 90-110 % of P50: {near[0]} of {len(outcomes)} as measured, {near[1]} in truth (bar: {BAR} of 20). "
        f"Between P10 and P90: {inside}.",
        f"Rebound: peak below 25 % of what was saved in {below}; staggered: {staggered}.",
        "",
        "| baseline | bias % | RMSE by event % | paid of the right sum % | error by customer EUR | of right pay % |",
        "|---|" + "---:|" * 5,
    ]
    return rows + [_method_row(name, outcomes) for name in outcomes[0].baseline_kwh]


def bias(name: str, outcomes: list[Outcome]) -> float:
    """Of all events together, in percent of what would have been drawn; homes without a baseline do not count."""
    wrong, right = _wrong(name, outcomes)
    return float(100 * sum(wrong) / sum(right))


def _wrong(name: str, outcomes: list[Outcome]) -> tuple[list[float], list[float]]:
    wrong, right = [], []
    for one in outcomes:
        rows = list(one.plan.homes)
        error = (one.baseline_kwh[name] - one.free_kwh)[rows]
        known = np.isfinite(error)
        wrong.append(float(error[known].sum()))
        right.append(float(one.free_kwh[rows][known].sum()))
    return wrong, right


def _method_row(name: str, outcomes: list[Outcome]) -> str:
    wrong, right = (np.array(each) for each in _wrong(name, outcomes))
    paid, due = np.zeros(len(outcomes[0].free_kwh)), np.zeros(len(outcomes[0].free_kwh))
    for one in outcomes:
        rows = list(one.plan.homes)
        paid[rows] += EUR_PER_KWH * np.maximum(np.nan_to_num(one.baseline_kwh[name] - one.load_kwh), 0.0)[rows]
        due[rows] += EUR_PER_KWH * np.maximum(one.free_kwh - one.load_kwh, 0.0)[rows]
    error = np.abs(paid - due).mean()
    spread = 100 * np.sqrt(np.mean((wrong / right) ** 2))
    return (
        f"| {name} | {bias(name, outcomes):+.2f} | {spread:.1f} | {100 * paid.sum() / due.sum():.0f} "
        f"| {error:.2f} | {100 * error / due.mean():.0f} |"
    )
