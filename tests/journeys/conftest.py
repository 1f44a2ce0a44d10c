import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys import site as sites
from tests.journeys.site import Site

HERE = Path(__file__).parent
TOLD = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TOLD] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A failed journey shows what the processes of its sites said last."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Site):
                report.sections.append((f"the site of '{name}'", value.tails()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[TOLD]:
        terminalreporter.line(f"journey: {line}")


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """A measured fact for the end of the report."""
    return pytestconfig.stash[TOLD].append


def assert_nothing_is_left(site: Site) -> None:
    assert site.leftovers() == []
    assert not (site.var / "run.json").exists()
    assert list((site.var / "sockets").iterdir()) == []
    assert not (site.var / "postgres" / "postmaster.pid").exists()
    with (site.var / "lock").open() as lock:
        assert lock.read() == ""
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grids converted once for all sites of the session."""
    return tmp_path_factory.mktemp("journeys") / "cases"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, cases: Path) -> Iterator[Site]:
    """The site that most journeys share: a feeder of its field fails half a minute after the field starts."""
    site = sites.start(tmp_path_factory.mktemp("site") / "var", cases=cases, scenario="feeder-fault")
    yield site
    assert site.stop() == 0, site.tails()
    assert_nothing_is_left(site)
