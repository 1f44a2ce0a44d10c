"""What a fault did: one finding a fault, as JSON and as a table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

NOT_RUN = "not run"


@dataclass
class Finding:
    """`failures` names what missed its figure; `skipped` says why the fault was not done."""

    fault: str
    what: str
    form: str = ""  # short or full
    commit: str = ""
    at: str = ""
    sent: int = 0
    accepted: int = 0
    stored: int = 0
    lost: int = 0
    duplicates: int = 0
    ui_lost: int = 0
    recovery_s: float | None = None
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    latest_s: float | None = None  # the slowest alarm of all
    more: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def verdict(self) -> str:
        if self.skipped:
            return f"{NOT_RUN}: {self.skipped}"
        return "; ".join(self.failures) or "held"

    def need(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.failures.append(sentence)

    def take_latencies(self, seconds: Sequence[float]) -> None:
        if len(seconds):
            self.p50_s, self.p95_s, self.p99_s, self.latest_s = map(float, np.percentile(seconds, [50, 95, 99, 100]))


def save(finding: Finding, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{finding.fault}.json").write_text(json.dumps(asdict(finding), indent=2, default=str) + "\n")


def table(findings: Sequence[Finding]) -> str:
    names = ("fault", "what", "sent", "accepted", "stored", "lost", "twice", "not shown", "whole again s")
    head = f"| {' | '.join(names)} | p50 / p95 / p99 s | verdict |"
    rows = [head, "|" + "---|" * 11, *map(_row, findings)]
    return "\n".join(rows)


def _row(one: Finding) -> str:
    counts = ["", "", "", "", "", ""] if one.skipped else _counts(one)
    times = " / ".join(_seconds(value) for value in (one.p50_s, one.p95_s, one.p99_s))
    cells = [
        one.fault,
        one.what,
        *counts,
        _seconds(one.recovery_s),
        times if one.p50_s is not None else "",
        one.verdict,
    ]
    return "| " + " | ".join(cells) + " |"


def _counts(one: Finding) -> list[str]:
    return [str(value) for value in (one.sent, one.accepted, one.stored, one.lost, one.duplicates, one.ui_lost)]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"
