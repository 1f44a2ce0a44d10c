from collections.abc import Iterator
from pathlib import Path

import pytest

from gridops.supervise.site import Site, prepare
from gridops.supervise.supervisor import Supervisor


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return prepare(tmp_path / "var")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(site: Site, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(site.log, said.append)
    yield supervisor
    supervisor.stop()
