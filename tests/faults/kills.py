"""Processes that are killed or stopped while samples and alarms flow: F1 to F4, F20."""

import signal
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.ground import ground
from tests.faults.report import Finding
from tests.faults.terms import Terms
from tests.waiting import eventually

PATIENCE_S = 60.0
# What a sample, an alarm or an act passes on its way, from the socket to the commit.
POINTS = (
    "apps.telemetry.services.push:push",
    "apps.telemetry.services.push:_ingest_all",
    "apps.telemetry.services.ingest:ingest",
    "apps.telemetry.services.ingest:_store",
    "apps.alarms.services:raise_alarms",
    "apps.alarms.services:end_alarms",
    "apps.live.services:record_many",
    "apps.telemetry.services.ingest:_write_block",
    "apps.telemetry.services.rollup:roll_up",
    "apps.state.services.scan:Scanner.scan",
)
WAYS = [f"{point}:{side}" for point in POINTS for side in ("before", "after")]


def killed_at_named_lines(terms: Terms) -> Finding:
    finding = Finding("F1", f"kill -9 at {len(WAYS)} named lines, {terms.rounds} times each")
    order = terms.var / "failpoint"
    told = {
        "PYTHONPATH": str(Path(__file__).parent / "failpoints"),
        "FAILPOINT_FILE": str(order),
        "FAILPOINTS": ",".join(POINTS),
    }
    never: set[str] = set()
    recovery: dict[str, list[float]] = {}
    with ground(terms.var, cases=terms.cases, told=told) as one:
        for way in WAYS * terms.rounds:
            since = datetime.now(UTC)
            order.write_text(way)
            if not _taken(order, patience_s=75.0 if "roll_up" in way else 20.0):
                never.add(way)
                continue
            recovery.setdefault(way, []).append(one.whole_again(since=since, patience_s=PATIENCE_S))
        one.close_books(finding)
    kills = sum(map(len, recovery.values()))
    finding.recovery_s = max((max(times) for times in recovery.values()), default=None)
    finding.more = {"kills": kills, "never reached": sorted(never), "recovery_s": _rounded(recovery)}
    finding.need(kills >= (len(WAYS) - len(never)) * terms.rounds, "some kills did not happen")
    finding.need(len(never) == 0, f"never reached: {', '.join(sorted(never))}")
    longest = finding.latest_s or 0
    finding.need(longest <= 20, f"an alarm was delayed by {longest:.1f} s, aim 20 s")
    return finding


def _rounded(recovery: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: [round(s, 2) for s in times] for name, times in recovery.items()}


def _taken(order: Path, *, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if not order.exists():
            return True
        time.sleep(0.02)
    order.unlink(missing_ok=True)
    return False


def _killed(terms: Terms, finding: Finding, names: list[str], *, bar_s: float) -> Finding:
    recovery: dict[str, list[float]] = {}
    with ground(terms.var, cases=terms.cases) as one:
        for name in names:
            since, begun = datetime.now(UTC), time.monotonic()
            victim = one.site.kill(name, family=name == "postgres")
            eventually(
                lambda: (now := one.site.find(name)) and now.pid != victim,  # noqa: B023
                patience_s=PATIENCE_S,
                what=f"another {name} runs",
            )
            one.whole_again(since=since, patience_s=PATIENCE_S)
            recovery.setdefault(name, []).append(time.monotonic() - begun)
        one.close_books(finding)
    finding.recovery_s = max(max(times) for times in recovery.values())
    finding.more = {"recovery_s": _rounded(recovery)}
    finding.need(finding.recovery_s <= bar_s, f"whole again only after {finding.recovery_s:.1f} s, aim {bar_s:.0f} s")
    return finding


def publishers_killed(terms: Terms) -> Finding:
    finding = Finding("F2", "kill -9 of what publishes: gateway and estimator")
    return _killed(terms, finding, ["gateway", "estimator"] * terms.rounds, bar_s=6)


def web_killed(terms: Terms) -> Finding:
    return _killed(terms, Finding("F3", "kill -9 of the web server, all of it"), ["web"] * terms.rounds, bar_s=15)


def postgres_killed(terms: Terms) -> Finding:
    finding = Finding("F4", f"kill -9 of PostgreSQL, {2 * terms.rounds} times")
    return _killed(terms, finding, ["postgres"] * 2 * terms.rounds, bar_s=30)


def everything_paused(terms: Terms) -> Finding:
    """As a machine that hangs for a while: the paused process wakes and must not do harm with what it remembers."""
    names = ("web", "worker", "gateway", "estimator", "valkey", "field", "postgres")
    finding = Finding("F20", f"SIGSTOP of each process for {terms.pause_s:.0f} s, then SIGCONT")
    recovery: dict[str, float] = {}
    with ground(terms.var, cases=terms.cases) as one:
        for name in names:
            found = one.site.find(name)
            assert found is not None, name
            family = [found, *found.children(recursive=True)]
            for process in family:
                process.send_signal(signal.SIGSTOP)
            time.sleep(terms.pause_s)
            since = datetime.now(UTC)
            for process in family:
                process.send_signal(signal.SIGCONT)
            recovery[name] = one.whole_again(since=since, patience_s=PATIENCE_S)
        one.close_books(finding)
    finding.recovery_s = max(recovery.values())
    finding.more = {"recovery_s": {name: round(value, 2) for name, value in recovery.items()}}
    finding.need(finding.recovery_s <= 30, "whole again only after more than 30 s")
    return finding
