"""One fault after another on a running site, against what a room without telecontrol would have done about the same.

The field is simulated and everything else real: telemetry, protocols, estimation, incidents, restoration and orders.
With `--json DIRECTORY` every fault is kept when it is over, and a run that was broken off goes on where it was.
"""

import json
import shutil
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from apps.assets.adapters.case_network import named_case
from apps.incidents.adapters.case_restoring import CannotRestore, Terms, faulted, switched
from gridops.simulator.points import FloatArray
from tests.journeys import site as sites
from tests.journeys.instructor import SECOND_US, Instructor
from tests.journeys.site import GRID, Person, Site
from tests.journeys.test_faults_heal import RULE
from tests.studies.restoration_by_hand import by_hand_minutes
from tests.waiting import eventually

SPEED = 2
PATIENCE_S, STILL_S, CALM_S = 240.0, 45.0, 120.0  # for an answer; without a change; between two faults
HOLDS_S = 10.0  # with supply for all: a breaker that closes onto its fault gives it for a second
WITHIN_S = 60.0
VIOLATIONS = ("overload", "voltage-low", "voltage-high")
REASON = "Study of faults"


@dataclass
class Case:
    """One fault: what was lost, how it went, and the same by hand."""

    line: str
    customers: int
    restored_s: float  # of the last customer who came back before the repair; nan where none did
    detected_s: float
    is_right: bool  # the section taken for the faulted one holds the line that failed
    restored: int
    minutes: float
    by_hand: float
    violations: int
    note: str = ""

    @property
    def saved(self) -> float:
        return 1 - self.minutes / self.by_hand if self.by_hand > 0 else np.nan


@dataclass
class Faults:
    grid: str
    seed: int
    cases: list[Case] = field(default_factory=list)

    def table(self) -> str:
        told = [
            f"{self.grid}, seed {self.seed}: {len(self.cases)} faults, one after another on a running site",
            "",
            "| figure | median | mean | 10 % | 90 % | worst |",
            "|---|---|---|---|---|---|",
            _row("customer minutes saved against the baseline, %", [100 * one.saved for one in self.cases], worst=min),
            _row("fault to incident, s", [one.detected_s for one in self.cases]),
            _row("fault to the last customer back before the repair, s", [one.restored_s for one in self.cases]),
            "",
            self._counts(),
            "",
            "| line | customers | back before | after s | section right | minutes | by hand | saved % | note |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        return "\n".join([*told, *(_line(one) for one in self.cases)])

    def _counts(self) -> str:
        inside = sum(one.restored_s <= WITHIN_S for one in self.cases)
        some = sum(one.restored > 0 for one in self.cases)
        return (
            f"Of {some} faults after which customers came back before the repair, all of these were back within "
            f"{WITHIN_S:.0f} s after {inside}. The faulted section was right in "
            f"{sum(one.is_right for one in self.cases)} of {len(self.cases)}. New violations of limits while or after "
            f"switching: {sum(one.violations for one in self.cases)}."
        )


def run(arguments: Namespace) -> str:
    grid = arguments.grid or GRID
    kept = _Kept(arguments.json, f"{grid}-{arguments.seed}")
    found = Faults(grid, arguments.seed, kept.cases())
    if len(found.cases) >= arguments.faults:
        return found.table()
    with _site(grid, arguments.cache) as site:
        bench = _Bench(site, grid, arguments.seed)
        for number, line in list(enumerate(bench.lines(arguments.faults)))[len(found.cases) :]:
            found.cases.append(bench.play(number, line))
            kept.add(found.cases[-1])
            print(_line(found.cases[-1]), flush=True)  # noqa: T201  hours pass until the table
    return found.table()


class _Kept:
    """The faults that are over, a line each."""

    def __init__(self, directory: Path | None, name: str) -> None:
        self._file = directory / f"{name.replace(':', '-')}.jsonl" if directory else None

    def cases(self) -> list[Case]:
        if self._file is None or not self._file.exists():
            return []
        return [Case(**json.loads(line)) for line in self._file.read_text().splitlines()]

    def add(self, case: Case) -> None:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a") as out:
                out.write(json.dumps(asdict(case)) + "\n")


@contextmanager
def _site(grid: str, cache: Path) -> Iterator[Site]:
    var = Path(mkdtemp(prefix="faults-")) / "var"
    if cache.exists():
        shutil.copytree(cache, var / "cases", dirs_exist_ok=True)
    site = sites.launch(var, grid=grid, speed=SPEED)
    try:
        sites.wait_until_up(site)
        yield site
    finally:
        site.stop()
        shutil.rmtree(var.parent, ignore_errors=True)


class _Bench:
    def __init__(self, site: Site, grid: str, seed: int) -> None:
        self._site, self._seed = site, seed
        self._people: Person = site.person("operator")
        case = named_case(grid, site.var / "cases")
        self._here, _ = switched(case)
        self._of = {load.mrid: load.customers for load in case.loads}
        eventually(site.solution_at, patience_s=PATIENCE_S, what="the grid is solved")
        self._switch_on()
        self._instructor = Instructor(site.var)

    def lines(self, count: int) -> list[dict[str, str]]:
        """In the order of the seed, over and over where there are fewer."""
        felt = self._instructor.lines(self._seed)
        return [felt[n % len(felt)] for n in range(count)]

    def play(self, number: int, line: dict[str, str]) -> Case:
        before = self._numbers()
        at_us = self._instructor.fault(line["mrid"])
        repair_min = self._repair_min(line["mrid"])
        self._incident(before)
        self._wait_until_still()
        supply = self._instructor.supply()
        until_us = at_us + int(repair_min * 60 * SECOND_US)
        found = self._numbers() - before
        told = self._of_the_fault([self._people.read(f"/api/v1/incidents/{one}") for one in sorted(found)])
        case = Case(
            line=line["name"],
            customers=sum(self._of[mrid] for mrid in {one for one, _, _ in supply.spells} | set(supply.lost_us)),
            restored_s=(supply.last_us - at_us) / SECOND_US if supply.back else np.nan,
            detected_s=_since(told, at_us),
            is_right=told is not None and _holds(told, line["mrid"]),
            restored=sum(self._of[mrid] for mrid in supply.back),
            minutes=supply.customer_minutes(self._of, until_us=until_us),
            by_hand=self._by_hand(number, line["mrid"], repair_min),
            violations=self._violations(at_us),
            note=_note(len(found)),
        )
        self._put_right()
        return case

    def _switch_on(self) -> None:
        answer = self._site.person("supervisor").post("/api/v1/autonomy", RULE | {"reason": REASON})
        answer.raise_for_status()
        self._people.post(f"/api/v1/autonomy/{answer.json()['id']}/second", {}).raise_for_status()

    def _numbers(self) -> set[str]:
        return {one["number"] for one in self._people.read("/api/v1/incidents")["incidents"]}

    def _incident(self, before: set[str]) -> None:
        """Waited for; that there is none is told of the case."""
        with suppress(AssertionError):
            eventually(lambda: self._numbers() - before, patience_s=PATIENCE_S, what="an incident")

    def _of_the_fault(self, told: list[Any]) -> Any:
        """The one with the most customers: one fault should have one incident."""
        return max(told, key=lambda one: one["customers"], default=None)

    def _repair_min(self, line: str) -> float:
        """As the field has drawn it, in whole hours, as the baseline is worked out; both wait equally long."""

        def drawn() -> float:
            faults = self._instructor.ask(ask="faults")["faults"]
            return next((one["work_s"] / 60 for one in faults if one["line"] == line), 0.0)

        drawn_min = eventually(drawn, patience_s=PATIENCE_S, what="the field has the fault")
        return 60.0 * max(1, round(drawn_min / 60))

    def _wait_until_still(self) -> None:
        """Everybody has supply and keeps it, or nobody has gained any for a while."""
        begun = changed = time.monotonic()
        dark = len(self._instructor.dark())
        while time.monotonic() - changed < (STILL_S if dark else HOLDS_S) and time.monotonic() - begun < PATIENCE_S:
            time.sleep(0.5)
            now = len(self._instructor.dark())
            if now != dark:
                dark, changed = now, time.monotonic()

    def _by_hand(self, number: int, line: str, repair_min: float) -> float:
        """The baseline of docs/studies/restoration.md, with this fault's own repair."""
        try:
            case = faulted(self._here, line, Terms(repair_hours=round(repair_min / 60)))
        except CannotRestore:
            return np.nan
        return by_hand_minutes(case, np.random.default_rng((self._seed, number)))

    def _violations(self, at_us: int) -> int:
        alarms = self._people.read("/api/v1/alarms")["alarms"]
        return sum(
            one["condition"] in VIOLATIONS and datetime.fromisoformat(one["raised_at"]).timestamp() * SECOND_US > at_us
            for one in alarms
        )

    def _put_right(self) -> None:
        """The line is mended, switches stand as they normally do, and every case is closed."""
        self._instructor.mend()
        eventually(lambda: not self._instructor.dark(), patience_s=PATIENCE_S, what="supply is back")
        eventually(self._all_closed, patience_s=CALM_S, what="all incidents are closed")
        time.sleep(STILL_S / 3)  # scans of the normal state, and what follows from it

    def _all_closed(self) -> bool:
        for incident in self._people.read("/api/v1/incidents")["incidents"]:
            if incident["is_open"]:
                path = f"/api/v1/incidents/{incident['number']}"
                self._people.post(f"{path}/repair", {"note": REASON})
                self._people.post(f"{path}/closure", {"cause": "equipment", "cause_note": REASON})
        return not any(one["is_open"] for one in self._people.read("/api/v1/incidents")["incidents"])


def _note(incidents: int) -> str:
    return {0: "no incident", 1: ""}.get(incidents, f"{incidents} incidents")


def _since(told: Any, at_us: int) -> float:
    return datetime.fromisoformat(told["detected_at"]).timestamp() - at_us / SECOND_US if told else np.nan


def _holds(told: Any, line: str) -> bool:
    return bool(told["section"]) and line in {one["mrid"] for one in told["section"]["lines"]}


def _row(name: str, values: list[float], *, worst: Any = max) -> str:
    known: FloatArray = np.array([one for one in values if np.isfinite(one)])
    if not len(known):
        return f"| {name} | | | | | |"
    figures = (np.median(known), known.mean(), *np.percentile(known, [10, 90]), worst(known))
    return f"| {name} | {' | '.join(f'{one:.1f}' for one in figures)} |"


def _line(one: Case) -> str:
    after = f"{one.restored_s:.0f}" if np.isfinite(one.restored_s) else "-"
    return (
        f"| {one.line} | {one.customers} | {one.restored} | {after} | {'yes' if one.is_right else 'no'} | "
        f"{one.minutes:.0f} | {one.by_hand:.0f} | {100 * one.saved:.1f} | {one.note} |"
    )
