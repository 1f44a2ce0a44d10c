"""From the fault to supply: found, isolated and restored by the room itself, over the real protocol."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from gridops.cases import read
from tests.journeys import site as sites
from tests.journeys.browser import Desk, launch
from tests.journeys.instructor import SECOND_US, Instructor
from tests.journeys.site import GRID, Person, Site
from tests.waiting import eventually

OWED_S, OWED_MS = 240.0, 240_000
HALF_A_MINUTE = 0.5  # of what scans see late on a busy machine; how long it took is told, no pass mark
SETTLED_S = 60.0  # of solved states: loads that no meter has told yet are taken from their ratings
SEED = 1
RULE = {
    "desk": "restoration",
    "mode": "automatic",
    "max_operations_per_day": 1000,
    "max_kw": 100_000,
    "least_confidence": 0.0,
    "from_hour": 0,
    "to_hour": 24,
    "reason": "The journey: supply comes back without a person's approval.",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, cases: Path) -> Iterator[Site]:
    """A site of its own, near real time."""
    site = sites.start(tmp_path_factory.mktemp("faults") / "var", cases=cases, speed=2)
    yield site
    assert site.stop() == 0, site.tails()


@pytest.fixture
def instructor(city: Site) -> Iterator[Instructor]:
    found = Instructor(city.var)
    yield found
    found.close()


def switched_on(city: Site) -> None:
    """By one person and a second one, since feeder breakers are critical."""
    answer = city.person("supervisor").post("/api/v1/autonomy", RULE)
    assert answer.status_code == 201, answer.text
    answer = city.person("operator").post(f"/api/v1/autonomy/{answer.json()['id']}/second", {})
    assert answer.status_code == 201, answer.text


def incidents(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.read("/api/v1/incidents")["incidents"]
    return found


def seconds(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()


@pytest.mark.timeout(900)
def test_a_fault_is_found_isolated_and_supply_is_back_by_itself(
    city: Site, browser: Browser, instructor: Instructor, cases: Path, tell: Callable[[str], None]
) -> None:
    first = eventually(city.solution_at, patience_s=OWED_S, what="the grid is solved")
    person = city.person("operator")
    settled = lambda: seconds(first, city.solution_at()) >= SETTLED_S  # noqa: E731
    eventually(settled, patience_s=OWED_S, what="meters have told what is drawn")
    switched_on(city)
    desk = Desk.of(browser, city, "operator")
    desk.go("/incidents/")
    line = instructor.lines(SEED)[0]
    at_us = instructor.fault(line["mrid"])

    eventually(lambda: incidents(person), patience_s=OWED_S, what="the fault is an incident")
    number = incidents(person)[0]["number"]
    expect(desk.page.get_by_text(str(number)).first).to_be_visible(timeout=OWED_MS)
    eventually(lambda: not instructor.dark(), patience_s=OWED_S, what="all customers have supply")
    took_s = (instructor.supply().last_us - at_us) / SECOND_US

    def told() -> dict[str, Any] | None:
        found: dict[str, Any] = person.read(f"/api/v1/incidents/{number}")
        found = found.get("incident", found)
        return found if found["customers_without"] == 0 and found["restored_at"] else None

    incident = eventually(told, patience_s=OWED_S, what="the incident knows that all are restored")
    assert len(incidents(person)) == 1, "one incident for one cause"
    assert line["mrid"] in {one["mrid"] for one in incident["section"]["lines"]}, "the faulted section is the truth's"

    customers = {load.mrid: load.customers for load in read(GRID, city.var / "cases").loads}
    lost = {mrid for mrid, begin, _ in instructor.supply().spells}
    truth = instructor.supply().customer_minutes(customers, until_us=0)
    told_minutes = sum(
        step["customers"] * seconds(step["began_at"], step["restored_at"]) / 60 for step in incident["steps"]
    )
    assert incident["customers"] == sum(customers[mrid] for mrid in lost)
    assert told_minutes == pytest.approx(truth, abs=HALF_A_MINUTE * incident["customers"])
    tell(f"a fault on {line['name']}: {incident['customers']} customers, all back {took_s:.0f} s after the fault")
    tell(f"{told_minutes:.0f} customer minutes by the record, {truth:.0f} by the field")
    desk.leave()
    assert desk.witness.faults == []
