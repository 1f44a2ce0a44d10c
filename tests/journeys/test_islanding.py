"""A part of a running site stands alone and joins the grid again, planned and unplanned, and nobody notices."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import site as sites
from tests.journeys.instructor import Instructor
from tests.journeys.site import Person, Site
from tests.waiting import eventually

GRID = "simbench:1-MV-semiurb--1-sw+microgrids"
SPEED = 5
KNOWN_S, TRANSITION_S = 180.0, 300.0
# The delay before a return to the grid is that of the standard, 300 s; here nobody waits for so long.
SHORT_DELAY = (
    "from apps.microgrids.models import IslandingSettings, Microgrid\n"
    "for one in Microgrid.objects.all():\n"
    "    IslandingSettings.objects.update_or_create(microgrid=one, defaults={'enter_delay_s': 5.0})\n"
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, cases: Path) -> Iterator[Site]:
    var = tmp_path_factory.mktemp("islanding") / "var"
    if cases.exists():
        shutil.copytree(cases, var / "cases", dirs_exist_ok=True)
    site = sites.launch(var, grid=GRID, speed=SPEED)
    sites.wait_until_up(site)
    site.manage("shell", "-c", SHORT_DELAY)
    yield site
    assert site.stop() == 0, site.tails()


@pytest.fixture
def instructor(town: Site) -> Iterator[Instructor]:
    one = Instructor(town.var)
    yield one
    one.close()


def standing(person: Person, microgrid: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = person.read(f"/api/v1/microgrids/{microgrid['mrid']}")
    return found


def known(person: Person) -> dict[str, Any] | None:
    """The first microgrid, once it is seen connected and its exchange is measured."""
    found: list[dict[str, Any]] = person.read("/api/v1/microgrids")["microgrids"]
    ready = [one for one in found if one["mode"] == "connected" and one["exchange_kw"] is not None]
    return ready[0] if ready and person.read("/api/v1/state/latest")["solution"] else None


def truth(instructor: Instructor, microgrid: dict[str, Any]) -> dict[str, Any]:
    told: list[dict[str, Any]] = instructor.ask(ask="microgrids")["microgrids"]
    return next(one for one in told if one["name"] == microgrid["name"])


def seconded(town: Site) -> None:
    """Whatever waits for a second person is approved by one who has looked at it."""
    supervisor = town.person("supervisor")
    for order in supervisor.read("/api/v1/orders")["orders"]:
        if order["status"] == "awaiting":
            decision = {"approves": True, "password": town.passwords["supervisor"]}
            supervisor.post(f"/api/v1/orders/{order['id']}/approval", decision)


def ended(town: Site, transition_id: int) -> dict[str, Any]:
    """The transition at its end, whatever end that is."""

    def look() -> dict[str, Any] | None:
        seconded(town)
        found: dict[str, Any] = town.person("operator").read(f"/api/v1/microgrid-transitions/{transition_id}")
        return None if found["status"] in ("proposed", "running") else found

    return eventually(look, patience_s=TRANSITION_S, what=f"transition {transition_id} ends")


def begun(person: Person, microgrid: dict[str, Any], kind: str) -> int:
    path = f"/api/v1/microgrids/{microgrid['mrid']}/transitions"

    def ask() -> int | None:
        answer = person.post(path, {"kind": kind, "reason": "A journey."})
        return int(answer.json()["id"]) if answer.status_code == 201 else None

    return eventually(ask, patience_s=KNOWN_S, what=f"{kind} is accepted")


def whoever_lost_supply(instructor: Instructor, loads: list[list[str]]) -> set[str]:
    changes = instructor.ask(ask="supply", after=0)["changes"]
    inside = {mrid for group in loads for mrid in group}
    return {mrid for mrid, has_supply, _ in changes if not has_supply and mrid in inside}


@pytest.mark.timeout(1200)
def test_a_part_stands_alone_by_plan_and_joins_the_grid_again(town: Site, instructor: Instructor) -> None:
    operator = town.person("operator")
    microgrid = eventually(lambda: known(operator), patience_s=KNOWN_S, what="a microgrid is seen connected")
    incidents = operator.read("/api/v1/incidents")["incidents"]
    number = begun(operator, microgrid, "island")
    path = f"/api/v1/microgrid-transitions/{number}"
    eventually(lambda: operator.read(path)["steps"], patience_s=KNOWN_S, what="a first step is taken")
    town.kill("microgrids")  # and its successor goes on with what is written down

    island = ended(town, number)
    assert (island["status"], island["stage"]) == ("done", "islanded"), island["outcome"]
    field = truth(instructor, microgrid)
    assert (field["is_live"], field["closed"], field["mode"]) == (True, False, 2)
    seen = eventually(lambda: _alone(operator, microgrid), patience_s=KNOWN_S, what="the room sees the island")
    assert seen["exchange_kw"] == pytest.approx(0.0, abs=1.0)
    assert len(operator.read("/api/v1/incidents")["incidents"]) == len(incidents), "nobody lost supply"

    back = ended(town, begun(operator, microgrid, "reconnect"))
    assert (back["status"], back["stage"]) == ("done", "connected"), back["outcome"]
    field = truth(instructor, microgrid)
    assert (field["is_live"], field["closed"], field["mode"]) == (False, True, 1)
    steps = [*island["steps"], *back["steps"]]
    assert len({one["order"] for one in steps if one["order"]}) == len([one for one in steps if one["order"]])
    if field["shed"] == 0:
        assert whoever_lost_supply(instructor, field["loads"]) == set()


@pytest.mark.timeout(1200)
def test_a_part_whose_grid_is_lost_lives_on_and_joins_it_when_it_is_back(town: Site, instructor: Instructor) -> None:
    operator = town.person("operator")
    microgrid = eventually(lambda: known(operator), patience_s=KNOWN_S, what="a microgrid is seen connected")
    before = {one["id"] for one in _transitions(operator, microgrid)}
    instructor.ask(ask="lose-grid", microgrid=truth(instructor, microgrid)["coupling"])
    eventually(lambda: truth(instructor, microgrid)["is_live"], patience_s=KNOWN_S, what="the part lives alone")
    assert set(truth(instructor, microgrid)["loads"][0]) & set(instructor.dark()) == set()

    def unplanned() -> dict[str, Any] | None:
        fresh = [one for one in _transitions(operator, microgrid) if one["id"] not in before]
        return next((one for one in fresh if one["kind"] == "unplanned-island"), None)

    found = eventually(unplanned, patience_s=KNOWN_S, what="the room has noticed it")
    operator.post(f"/api/v1/microgrid-transitions/{found['id']}/approval", {})
    island = ended(town, found["id"])
    assert (island["status"], island["stage"]) == ("done", "islanded"), island["outcome"]

    instructor.ask(ask="return-grid", microgrid=truth(instructor, microgrid)["coupling"])
    eventually(lambda: not instructor.dark(), patience_s=KNOWN_S, what="all others have supply again")
    _no_fault_was_found(operator)
    back = ended(town, begun(operator, microgrid, "reconnect"))
    assert (back["status"], back["stage"]) == ("done", "connected"), back["outcome"]
    field = truth(instructor, microgrid)
    assert (field["is_live"], field["closed"]) == (False, True)
    assert whoever_lost_supply(instructor, field["loads"][:1]) == set()


def _alone(person: Person, microgrid: dict[str, Any]) -> dict[str, Any] | None:
    found = standing(person, microgrid)
    return found if found["is_alone"] and found["mode"] == "islanded" else None


def _no_fault_was_found(person: Person) -> None:
    """Nothing is closed onto a suspected fault before somebody has said that there is none."""
    for incident in person.read("/api/v1/incidents")["incidents"]:
        person.post(f"/api/v1/incidents/{incident['number']}/cancellation", {"reason": "The breaker alone opened."})


def _transitions(person: Person, microgrid: dict[str, Any]) -> list[dict[str, Any]]:
    found = person.read(f"/api/v1/microgrids/{microgrid['mrid']}/transitions")
    return [*filter(None, [found["current"]]), *found["transitions"]]
