"""Figures: what we need beside what a bare limit needs, taken in turns in the same run."""

import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Aim:
    """The ratio to reach: at least it where more is better, at most it where less is."""

    ratio: float
    at_least: bool

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.ratio:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    unit: str
    limit: float
    aim: Aim | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.value / self.limit


def nothing() -> None:
    return


def in_turns(*calls: Call, rounds: int, before: Call = nothing) -> list[float]:
    """The median seconds of each call. They take turns, each as often first as the others, so that a busy moment of
    the machine strikes all alike. `before` makes ready for a round and is not measured.
    """
    taken = [_one_round(calls, before, first=number % len(calls)) for number in range(rounds + 1)]
    return [median(times) for times in zip(*taken[1:], strict=True)]  # the first round warms up


def _one_round(calls: Sequence[Call], before: Call, *, first: int) -> list[float]:
    before()
    order = [(first + step) % len(calls) for step in range(len(calls))]
    times = {n: timed(calls[n]) for n in order}
    return [times[n] for n in range(len(calls))]


def timed(call: Call) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def machine() -> str:
    """Processor, cores, system and Python, and how busy the machine was: a ratio taken in a crowd is a ratio still."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} x {_processor()}, {platform.system()}, Python {platform.python_version()}, load {load}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def written(figures: Sequence[Figure]) -> str:
    """The content of bench.json."""
    where = machine()
    rows = []
    for figure in figures:
        kept = {name: value for name, value in asdict(figure).items() if name in ("name", "value", "unit", "limit")}
        rows.append(kept | {"ratio": figure.ratio, "machine": where})
    return json.dumps(rows, indent=2) + "\n"


def table(figures: Sequence[Figure]) -> str:
    rows = [("name", "value", "limit", "unit", "ratio", "aim", "", "what is compared with what")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    aim = str(figure.aim) if figure.aim else ""
    verdict = ("reached" if figure.aim.is_met(figure.ratio) else "missed") if figure.aim else ""
    value, limit = _number(figure.value), _number(figure.limit)
    return figure.name, value, limit, figure.unit, f"{figure.ratio:.2f}", aim, verdict, figure.note


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    right = (1, 2, 4)
    cells = (cell.rjust(widths[n]) if n in right else cell.ljust(widths[n]) for n, cell in enumerate(row))
    return "  ".join(cells).rstrip()
