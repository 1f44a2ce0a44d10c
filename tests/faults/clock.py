"""The clock of the server jumps. F17."""

import shutil
import struct
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.ground import Ground, ground
from tests.faults.report import Finding
from tests.faults.terms import Terms
from tests.waiting import eventually

SOURCE = Path(__file__).with_name("clockshift.c")
JUMPS = {"1 h ahead": 3600, "1 h back": -3600, "1 day ahead": 86400, "1 day back": -86400, "1 s back": -1}
SESSION_S = 13 * 3600  # a session ends by the clock of the wall: a longer jump signs people out, and they sign in again
AWAY_S = 20  # that the clock stays where it jumped to
SETTLING_S = 10  # the term of the product: then nothing of the future may be left, and what is left is counted
PATIENCE_S = 120.0


def jumps(terms: Terms) -> Finding:
    finding = Finding("F17", "the server's clock jumps by an hour and a day, both ways, and by a second")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        finding.skipped = "clockshift.c must be compiled and there is no C compiler (apt install gcc libc6-dev)"
        return finding
    library, order = terms.var / "clockshift.so", terms.var / "clockshift"
    subprocess.run((compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"), check=True)
    _shift(order, 0)
    told = {"LD_PRELOAD": str(library), "CLOCKSHIFT_FILE": str(order)}
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
    kept = [one["signed in"] for name, one in seen.items() if abs(JUMPS[name]) < SESSION_S]
    finding.need(all(kept), "a jump signed people out")
    return finding


def _shift(order: Path, seconds: int) -> None:
    """The processes have mapped the file: it is written in place."""
    order.touch()
    with order.open("r+b") as file:
        file.write(struct.pack("q", seconds))


def _jump(one: Ground, order: Path, seconds: int) -> dict[str, float]:
    """There, and back again: the alarms it brought beside those of the load, and how soon values were fresh again."""
    known = _alarms(one)
    _shift(order, seconds)
    time.sleep(AWAY_S)
    signed_in = one.site.person("operator").get("/api/v1/alarms").status_code == 200
    if not signed_in:
        one.site.people.clear()
        one.listener.person = one.site.person("operator")
    brought = len(_alarms(one) - known)
    _shift(order, 0)
    begun = time.monotonic()
    fresh = one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
    eventually(lambda: _is_of_now(one), patience_s=PATIENCE_S, what="the present state is shown")
    time.sleep(SETTLING_S)
    return {
        "values from the future": one.values_ahead("field"),
        "alarms from the future": _alarms_ahead(one),
        "alarms": brought,
        "signed in": signed_in,
        "fresh again after s": round(fresh or time.monotonic() - begun, 1),
    }


def _is_of_now(one: Ground) -> bool:
    at = one.site.solution_at()
    return bool(at) and abs((datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds()) < 30


def _alarms_ahead(one: Ground) -> int:
    now = datetime.now(UTC) + timedelta(seconds=60)
    listed = one.site.person("viewer").read("/api/v1/alarms")["alarms"]
    return sum(alarm["raised_at"] is not None and datetime.fromisoformat(alarm["raised_at"]) > now for alarm in listed)


def _alarms(one: Ground) -> set[tuple[int, int]]:
    listed = one.site.person("viewer").read("/api/v1/alarms")["alarms"]
    own = {meter.equipment for meter in one.watched}
    return {(alarm["id"], alarm["occurrence"]) for alarm in listed if alarm["equipment_mrid"] not in own}
