"""The command that starts a site: again, beside itself, on a taken port, killed, and asked to end."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.journeys import site as sites
from tests.journeys.conftest import assert_nothing_is_left
from tests.journeys.site import Person, Site
from tests.waiting import eventually


@dataclass
class FirstRun:
    site: Site
    seconds: float
    logins: dict[str, str]
    alarm_position: str
    solution_at: str


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("again") / "var"


@pytest.fixture(scope="module")
def first(var: Path, cases: Path) -> Iterator[FirstRun]:
    begun = time.monotonic()
    site = sites.start(var, cases=cases)
    seconds = time.monotonic() - begun
    solution_at = eventually(site.solution_at, patience_s=60, what="the grid is solved")
    position = site.person("viewer").read("/api/v1/alarms")["position"]
    yield FirstRun(site, seconds, site.passwords, position, solution_at)
    if site.process.poll() is None:
        site.stop()


def refusal(site: Site) -> str:
    """The last words of a start that is not to be."""
    assert site.process.wait(60) != 0
    return site.said.read_text().strip()


def test_a_second_run_of_the_same_folder_is_refused_with_one_sentence(first: FirstRun) -> None:
    said_before = first.site.said.read_text()
    second = sites.launch(first.site.var)
    told = refusal(second).removeprefix(said_before.strip()).strip()
    assert len(told.splitlines()) == 1
    assert f"in use by the run with process id {first.site.process.pid}" in told
    assert first.site.is_ready(), "the first one did not notice"


def test_the_whole_site_needs_less_than_four_gigabytes(first: FirstRun, tell: Callable[[str], None]) -> None:
    held = first.site.memory_bytes()
    tell(f"the site on the small grid holds {held / 1e6:.0f} MB")
    assert 1e8 < held < 4e9


def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = refusal(sites.launch(tmp_path / "var", port=port))
    assert len(told.splitlines()) == 1
    assert f"Port {port} is in use" in told
    assert "make run PORT=" in told


@pytest.fixture(scope="module")
def killed(first: FirstRun) -> FirstRun:
    first.site.process.kill()
    first.site.process.wait()
    return first


def test_a_killed_run_leaves_no_process(killed: FirstRun) -> None:
    eventually(lambda: not killed.site.leftovers(), patience_s=30, what="every process has ended")


def test_a_grid_that_does_not_exist_is_told_and_nothing_is_left(killed: FirstRun) -> None:
    said = killed.site.said.read_text()
    site = sites.launch(killed.site.var, grid="simbench:no-such-grid")
    told = refusal(site).removeprefix(said.strip())
    assert "no-such-grid" in told.splitlines()[-1]
    assert "Traceback" not in told
    assert_nothing_is_left(site)


def test_the_next_run_goes_on_where_the_killed_one_was(killed: FirstRun, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    again = sites.start(killed.site.var)
    seconds = time.monotonic() - begun
    tell(f"first start {killed.seconds:.1f} s, the next one after kill -9 {seconds:.1f} s")
    try:
        goes_on(again, killed, seconds)
    finally:
        assert again.stop(signal.SIGINT) == 0, "as Ctrl-C does"
    assert_nothing_is_left(again)


def goes_on(again: Site, first: FirstRun, seconds: float) -> None:
    assert again.passwords == first.logins
    viewer = Person(again.url, "viewer", first.logins["viewer"])
    page = viewer.read("/api/v1/alarms", after=first.alarm_position)
    assert "entries" in page, "a position of the run before is still a place in the journal"
    eventually(lambda: again.solution_at() > first.solution_at, patience_s=60, what="the grid is solved again")
    mrid = viewer.read("/api/v1/network/geometry")["lines"]["mrid"][0]
    series = viewer.read(f"/api/v1/state/elements/{mrid}/trend", hours=1)["series"]
    solved_at = datetime.fromisoformat(first.solution_at).timestamp()
    assert series[0]["t"][0] <= solved_at + 1, "the trend begins in the run before"
    said = again.said.read_text().rsplit("PostgreSQL is ready", 1)[1]
    assert "loading the network" not in said
    assert "loading the points" not in said
    assert seconds < first.seconds
