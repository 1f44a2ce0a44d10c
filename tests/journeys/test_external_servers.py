"""DATABASE_URL and REDIS_URL name servers of one's own; nothing else changes."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.journeys import site as sites
from tests.journeys.conftest import assert_nothing_is_left
from tests.journeys.site import Site
from tests.waiting import eventually

DATABASE = "elsewhere"


@pytest.fixture
def addresses(site: Site) -> Iterator[dict[str, str]]:
    """Another database and another number on the servers of the first site, which are strangers to the second."""
    known = site.services
    with psycopg.connect(known["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")
    yield {
        "DATABASE_URL": urlsplit(known["DATABASE_URL"])._replace(path=f"/{DATABASE}").geturl(),
        "REDIS_URL": known["REDIS_URL"].replace("virtual_host=1", "virtual_host=7"),
    }
    with psycopg.connect(known["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def test_a_site_on_external_servers_works_and_starts_none(
    addresses: dict[str, str], tmp_path: Path, cases: Path, site: Site
) -> None:
    guest = sites.start(tmp_path / "var", cases=cases, told=addresses)
    try:
        eventually(guest.solution_at, patience_s=60, what="the grid is solved")
        assert guest.readiness()["valkey"] == "up"
        assert guest.find("postgres") is None
        assert guest.find("valkey") is None
        assert not (guest.var / "postgres").exists()
        assert set(guest.written_down) == {"SECRET_KEY"}, "passwords of others are not"
        assert guest.passwords != site.passwords
    finally:
        assert guest.stop() == 0
    assert_nothing_is_left(guest)
    assert site.is_ready(), "the servers of others are left alone"
