"""What the draws of a study of remedies have come to, and how that is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.dispatch.choices.proposal import ReceiptOutcome

SURE = 0.9


@dataclass
class Case:
    """One trouble, and what became of it."""

    grid: str
    seed: int
    kind: str
    moment: str
    breach: str = ""
    place: str = ""
    value: float = 0.0
    answer: str = ""  # of the desks, where there is no remedy
    title: str = ""
    by: str = ""
    said_ends: bool = False
    confidence: float = 0.0
    answered: bool = False
    ended: bool = False
    stays_ended: bool = False
    truth: float = 0.0  # of the trouble's own elements afterwards, 1 at the limit
    made: int = 0  # limits that the truth keeps before and breaks afterwards
    fault: str = ""
    outcome: str = ""
    inside: bool = False
    expected: float = 0.0
    low: float = 0.0
    high: float = 0.0
    realised: float = 0.0


@dataclass
class Draw:
    cases: list[Case] = field(default_factory=list)
    along: int = 0  # troubles that ended with another one's remedy
    is_seen: bool = True  # by the control room's state


@dataclass
class Site:
    """What one network's draws have come to."""

    draws: list[Draw] = field(default_factory=list)
    paper: list[bool] = field(default_factory=list)  # inside the band, of remedies that nobody took

    @property
    def cases(self) -> list[Case]:
        return [case for one in self.draws for case in one.cases]


def told(sites: dict[str, Site]) -> str:
    cases = [case for one in sites.values() for case in one.cases]
    lines = [*_summary(cases, list(sites.values())), "", *_table("kind", cases, lambda case: case.kind)]
    lines += ["", *_table("network", cases, lambda case: case.grid), "", *_table("breach", cases, lambda c: c.breach)]
    lines += ["", *_table("remedy", [case for case in cases if case.answered], lambda case: case.by)]
    return "\n".join([*lines, "", *_reasons(cases)])


def _summary(cases: list[Case], sites: list[Site]) -> list[str]:
    full = [case for case in cases if case.said_ends]
    eased = [case for case in cases if case.answered and not case.said_ends]
    sure = [case for case in full if case.confidence >= SURE]
    scored = [case for case in cases if case.outcome == ReceiptOutcome.SCORED]
    paper = [inside for one in sites for inside in one.paper]
    draws = [one for site in sites for one in site.draws]
    return [
        f"troubles {len(cases)}, in {len(draws)} draws; ended with another one's remedy {sum(d.along for d in draws)}",
        f"the truth in trouble, and the state not {sum(not one.is_seen for one in draws)}",
        f"no remedy {sum(not case.answered for case in cases)}, none that ends it {len(eased)}",
        f"with a remedy that ends it {len(full)}; first remedy ended it in the field {_share(full, 'ended')}",
        f"  of those said to be sure by 90 % or more {_share(sure, 'ended')}",
        f"  still ended when the receipt was due {_share(full, 'stays_ended')}",
        f"  that broke another limit {sum(case.made > 0 for case in full)}; not carried out {_faults(full)}",
        f"receipts of what was taken: inside the 80 % band {_share(scored, 'inside')}",
        f"receipts of what nobody took: inside the 80 % band {sum(paper)} of {len(paper)} ({_percent(paper)})",
        f"stated confidence of those {_mean(full):.3f}",
    ]


def _faults(cases: list[Case]) -> int:
    return sum(bool(case.fault) for case in cases)


def _mean(cases: list[Case]) -> float:
    return float(np.mean([case.confidence for case in cases])) if cases else float("nan")


def _table(name: str, cases: list[Case], key: Callable[[Case], str]) -> list[str]:
    rows = [f"| {name} | troubles | no remedy | eased only | ended | inside the band |", "|---|---|---|---|---|---|"]
    for one in sorted({key(case) for case in cases}):
        own = [case for case in cases if key(case) == one]
        full = [case for case in own if case.said_ends]
        scored = [case for case in own if case.outcome == ReceiptOutcome.SCORED]
        none, eased = sum(not case.answered for case in own), sum(case.answered and not case.said_ends for case in own)
        rows.append(f"| {one} | {len(own)} | {none} | {eased} | {_share(full, 'ended')} | {_share(scored, 'inside')} |")
    return rows


def _reasons(cases: list[Case]) -> list[str]:
    """What the desks say where they have nothing, each once with its count."""
    said = [f"{case.kind}: {_plain(case.answer)}" for case in cases if not case.answered]
    return [f"{said.count(one)} x {one}" for one in sorted(set(said))]


def _plain(text: str) -> str:
    return "".join("n" if char.isdigit() else char for char in text)


def _percent(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):.1f} %" if values else "none"


def _share(cases: list[Any], name: str) -> str:
    values = [bool(getattr(case, name)) for case in cases]
    return f"{sum(values)} of {len(values)} ({_percent(values)})"
