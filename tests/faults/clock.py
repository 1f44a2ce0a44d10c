"""The clock of the server jumps. F17."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.ground import Ground, ground
from tests.faults.report import Finding
from tests.faults.terms import Terms

LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
)
JUMPS = {"1 h ahead": 3600, "1 h back": -3600, "1 day ahead": 86400, "1 day back": -86400, "1 s back": -1}
PATIENCE_S = 120.0


def jumps(terms: Terms) -> Finding:
    finding = Finding("F17", "the server's clock jumps by an hour and a day, both ways, and by a second")
    library = os.environ.get("FAKETIME_LIBRARY") or next(filter(lambda p: Path(p).exists(), LIBRARIES), "")
    if not library:
        finding.skipped = "libfaketime is not installed; name its file in FAKETIME_LIBRARY"
        return finding
    order = terms.var / "faketime"
    order.write_text("+0s")
    told = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(order),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    seen: dict[str, dict[str, float]] = {}
    with ground(terms.var, cases=terms.cases, told=told) as one:
        for name, seconds in JUMPS.items():
            seen[name] = _jump(one, order, seconds)
        one.close_books(finding)
    finding.more = seen
    finding.recovery_s = max(one["fresh again after s"] for one in seen.values())
    finding.need(max(one["alarms"] for one in seen.values()) <= 10, "a jump brought a storm of alarms")
    finding.need(
        not any(one["values from the future"] for one in seen.values()), "values from the future stayed newest"
    )
    finding.need(not any(one["alarms from the future"] for one in seen.values()), "alarms from the future stood on")
    finding.need(all(one["signed in"] for one in seen.values()), "a jump signed people out")
    return finding


def _jump(one: Ground, order: Path, seconds: int) -> dict[str, float]:
    """There, and back again: the alarms it brought beside those of the load, and how soon values were fresh again."""
    known = _alarms(one)
    order.write_text(f"{seconds:+d}s")
    time.sleep(20)
    brought = len(_alarms(one) - known)
    signed_in = one.site.person("operator").get("/api/v1/alarms").status_code == 200
    order.write_text("+0s")
    begun = time.monotonic()
    fresh = one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
    time.sleep(10)
    return {
        "values from the future": one.values_ahead("field"),
        "alarms from the future": _alarms_ahead(one),
        "alarms": brought,
        "signed in": signed_in,
        "fresh again after s": round(fresh or time.monotonic() - begun, 1),
    }


def _alarms_ahead(one: Ground) -> int:
    now = datetime.now(UTC) + timedelta(seconds=60)
    listed = one.site.person("viewer").read("/api/v1/alarms")["alarms"]
    return sum(alarm["raised_at"] is not None and datetime.fromisoformat(alarm["raised_at"]) > now for alarm in listed)


def _alarms(one: Ground) -> set[tuple[int, int]]:
    listed = one.site.person("viewer").read("/api/v1/alarms")["alarms"]
    own = {meter.equipment for meter in one.watched}
    return {(alarm["id"], alarm["occurrence"]) for alarm in listed if alarm["equipment_mrid"] not in own}
