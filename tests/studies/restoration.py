"""How good are plans of restoration, how fast, and what do they save against switching by hand?

    python -m tests.studies restoration [--only NETWORK] [--seed N] [--count N]

Every line that has supply gets a fault, one at a time; or evenly chosen ones, at most so many as
`--count` says. The baseline by hand is stated in docs/studies/restoration.md.
"""

import argparse
from dataclasses import dataclass
from statistics import mean, median
from time import process_time

import numpy as np

from apps.assets.adapters.case_network import named_case
from apps.incidents.adapters.case_restoring import CannotRestore, Faulted, Terms, faulted, lines_with_supply, switched
from gridops.engine.reliability.restoration.exact import restore_exact
from gridops.engine.reliability.restoration.plan import restore_fast
from gridops.engine.reliability.restoration.problem import Restoration
from gridops.replay.arms.by_hand import by_hand_minutes

NETWORKS = (
    "case33bw",
    "simbench:1-MV-urban--0-sw",
    "simbench:1-MV-rural--0-sw",
    "simbench:1-MV-comm--0-sw",
)
BEGINS_AFTER_MIN = 0.5  # from the fault until the first operation: scans settle, the plan is made and checked
TERMS = Terms(repair_hours=4)
EQUAL = 1e-6
PROVED = 0.02


@dataclass(frozen=True)
class Tried:
    line: str
    fast: Restoration
    exact: Restoration
    fast_s: float
    exact_s: float
    dead: int  # customers without supply after the breaker has opened
    at_stake: float  # their minutes, if nothing were done
    ours_minutes: float
    hand_minutes: float

    @property
    def saved(self) -> float:
        return 1 - self.ours_minutes / self.hand_minutes if self.hand_minutes else 0.0


def run(arguments: argparse.Namespace) -> str:
    chosen = [name for name in NETWORKS if name.startswith(arguments.only)]
    found = {name: tried(name, arguments) for name in chosen}
    return "\n\n".join([_table(found), _quality(found), _saved(found)])


def tried(name: str, arguments: argparse.Namespace) -> list[Tried]:
    here, _ = switched(named_case(name, arguments.cache))
    rows = []
    lines = list(enumerate(lines_with_supply(here)))
    for place, mrid in lines[:: max(1, -(-len(lines) // arguments.count))]:
        try:
            case = faulted(here, mrid, TERMS)
        except CannotRestore:
            continue
        rows.append(_one(case, np.random.default_rng((arguments.seed, place))))
    return rows


def _one(case: Faulted, draws: np.random.Generator) -> Tried:
    began = process_time()
    fast = restore_fast(case.grid)
    between = process_time()
    exact = restore_exact(case.grid)
    ended = process_time()
    dead = exact.customers_restored + exact.customers_without
    repair = case.grid.repair_minutes
    return Tried(
        line=case.fault,
        fast=fast,
        exact=exact,
        fast_s=between - began,
        exact_s=ended - between,
        dead=dead,
        at_stake=dead * repair,
        ours_minutes=exact.customer_minutes + BEGINS_AFTER_MIN * exact.customers_restored,
        hand_minutes=by_hand_minutes(case, draws),
    )


def _table(found: dict[str, list[Tried]]) -> str:
    rows = _head(
        "network", "faults", "without supply, mean kW", "restored, mean kW", "all that is healthy restored",
        "limits broken in a step or hour", "fast, median / worst s", "exact, median / worst s",
    )  # fmt: skip
    for name, each in found.items():
        plans = [plan for one in each for plan in (one.fast, one.exact)]
        broken = sum(check.violations for plan in plans for check in (*plan.checks, *plan.hours))
        whole = sum("others stay" not in one.exact.reason for one in each)
        fast, exact = [one.fast_s for one in each], [one.exact_s for one in each]
        rows.append(
            f"| {name} | {len(each)} | {mean(_dead_kw(one) for one in each):,.0f} | "
            f"{mean(one.exact.restored_kw for one in each):,.0f} | {whole} | {broken} | "
            f"{median(fast):.3f} / {max(fast):.3f} | {median(exact):.3f} / {max(exact):.3f} |"
        )
    return "\n".join(rows)


def _head(*titles: str) -> list[str]:
    return ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]


def _dead_kw(one: Tried) -> float:
    return one.exact.restored_kw + one.exact.without_kw


def _quality(found: dict[str, list[Tried]]) -> str:
    rows = _head(
        "network", "fast as good as exact", "fast worse, median / worst", "proved within 2 %",
        "gap, median / worst", "gap of what is at stake, median / worst",
    )  # fmt: skip
    for name, each in found.items():
        worse = [one.fast.objective / one.exact.objective - 1 if one.exact.objective else 0.0 for one in each]
        gaps = [one.exact.gap for one in each]
        stake = [(one.exact.objective - one.exact.bound) / one.at_stake if one.at_stake else 0.0 for one in each]
        rows.append(
            f"| {name} | {_share(sum(w < EQUAL for w in worse), each)} | {median(worse):.2%} / {max(worse):.1%} | "
            f"{_share(sum(g <= PROVED for g in gaps), each)} | {median(gaps):.2%} / {max(gaps):.1%} | "
            f"{median(stake):.3%} / {max(stake):.2%} |"
        )
    return "\n".join(rows)


def _saved(found: dict[str, list[Tried]]) -> str:
    rows = _head(
        "network", "customer minutes by hand, mean", "ours, mean", "less, in sum", "less, median fault",
        "less, first quarter", "least", "faults where ours is more",
    )  # fmt: skip
    for name, all_of_them in found.items():
        each = [one for one in all_of_them if one.hand_minutes > 0]
        saved = [one.saved for one in each]
        hand, ours = sum(one.hand_minutes for one in each), sum(one.ours_minutes for one in each)
        rows.append(
            f"| {name} | {hand / len(each):,.0f} | {ours / len(each):,.0f} | {1 - ours / hand:.1%} | "
            f"{median(saved):.1%} | {np.quantile(saved, 0.25):.1%} | {min(saved):.1%} | {sum(s < 0 for s in saved)} |"
        )
    return "\n".join(rows)


def _share(count: int, of: list[Tried]) -> str:
    return f"{count} of {len(of)}"
