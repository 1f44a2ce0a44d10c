import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from gridops.supervise import postgres as module
from gridops.supervise.failures import CannotStart
from gridops.supervise.postgres import Postgres
from gridops.supervise.process import ROOT, wait_until
from gridops.supervise.site import Site, prepare
from gridops.supervise.supervisor import Supervisor
from tests.supervise.test_supervisor import pulse_until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Postgres:
    """A cluster that was created once and does not run."""
    postgres = Postgres(prepare(tmp_path_factory.mktemp("pg")))
    postgres.create()
    return postgres


@pytest.fixture
def running(cluster: Postgres, said: list[str]) -> Iterator[tuple[Postgres, Supervisor]]:
    supervisor = Supervisor(cluster.site.log, said.append)
    supervisor.start(cluster.spec())
    yield cluster, supervisor
    supervisor.stop()


def postmaster(postgres: Postgres) -> int:
    return int((postgres.data / "postmaster.pid").read_text().split("\n", 1)[0])


def has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_committed_rows_survive_a_kill_and_the_server_comes_back(running: tuple[Postgres, Supervisor]) -> None:
    postgres, supervisor = running
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(postmaster(postgres), signal.SIGKILL)
    pulse_until(supervisor, lambda: supervisor.children[0].failures > 0, patience_s=10)
    pulse_until(supervisor, postgres.answers, patience_s=60)
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
        connection.execute("DROP TABLE kept")


def test_the_site_is_no_superuser_and_needs_its_password(running: tuple[Postgres, Supervisor]) -> None:
    postgres, _ = running
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://gridops@/gridops?host={postgres.site.sockets}")


def test_it_listens_on_no_network_address(running: tuple[Postgres, Supervisor]) -> None:
    postgres, _ = running
    assert psutil.Process(postmaster(postgres)).net_connections(kind="inet") == []


def test_what_is_committed_is_on_disk(running: tuple[Postgres, Supervisor]) -> None:
    postgres, _ = running
    with psycopg.connect(postgres.url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_a_lock_whose_number_belongs_to_a_stranger_is_removed(cluster: Postgres, said: list[str]) -> None:
    lock = cluster.data / "postmaster.pid"
    lock.write_text(f"{os.getppid()}\n{cluster.data}\n")
    supervisor = Supervisor(cluster.site.log, said.append)
    try:
        supervisor.start(cluster.spec())
        assert cluster.answers()
    finally:
        supervisor.stop()
    assert not lock.exists()


def test_a_start_that_was_cut_off_leaves_nothing_half_done(site: Site) -> None:
    (site.var / "postgres.new").mkdir()
    (site.var / "postgres.new" / "half").write_text("")
    postgres = Postgres(site)
    postgres.create()
    assert (postgres.data / "PG_VERSION").exists()
    assert not (postgres.data / "half").exists()


def test_data_of_another_major_version_is_refused_and_left_alone(site: Site) -> None:
    (site.var / "postgres").mkdir()
    (site.var / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(CannotStart, match="PostgreSQL 15"):
        Postgres(site).create()
    assert (site.var / "postgres" / "PG_VERSION").read_text() == "15\n"


def test_a_server_does_not_outlive_a_killed_run_and_the_next_run_goes_on(cluster: Postgres, said: list[str]) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from gridops.supervise.postgres import Postgres\nfrom gridops.supervise.site import Site\n"
        "from gridops.supervise.supervisor import Supervisor\n"
        "site = Site(Path(sys.argv[1]))\nsupervisor = Supervisor(site.log, print)\n"
        "supervisor.start(Postgres(site).spec())\nprint('ready', flush=True)\n"
        "while True: supervisor.pulse()\n"
    )
    command = (sys.executable, "-c", script, cluster.site.var)
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        server = psutil.Process(postmaster(cluster))
        family = [server, *server.children(recursive=True)]
        os.kill(run.pid, signal.SIGKILL)
    assert wait_until(lambda: all(map(has_ended, family)), patience_s=20)
    supervisor = Supervisor(cluster.site.log, said.append)
    try:
        supervisor.start(cluster.spec())
        assert cluster.answers()
    finally:
        supervisor.stop()


def test_a_server_that_survived_its_run_is_ended_before_the_next_one_starts(cluster: Postgres, said: list[str]) -> None:
    first, second = (Supervisor(cluster.site.log, said.append) for _ in range(2))
    try:
        first.start(cluster.spec())
        survivor = postmaster(cluster)
        second.start(cluster.spec())
        assert cluster.answers()
        assert postmaster(cluster) != survivor
    finally:
        second.stop()
        first.stop()


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "NAMESPACE", ("false",))
    module.account.cache_clear()
    yield
    module.account.cache_clear()


root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@root_only
def test_root_without_user_namespaces_runs_it_as_nobody(no_namespaces: None, said: list[str]) -> None:
    if not all(parent.stat().st_mode & 0o001 for parent in module.programs().parents):
        pytest.skip("the programs lie where 'nobody' may not enter; the next test covers that")
    folder = Path(tempfile.mkdtemp(prefix="gridops-nobody-"))
    folder.chmod(0o755)
    postgres = Postgres(prepare(folder / "var"))
    supervisor = Supervisor(postgres.site.log, said.append)
    try:
        postgres.create()
        supervisor.start(postgres.spec())
        assert psutil.Process(postmaster(postgres)).username() == "nobody"
        prepare(folder / "var")
    finally:
        supervisor.stop()
        shutil.rmtree(folder)


@root_only
def test_a_folder_that_nobody_may_enter_is_named(no_namespaces: None, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(CannotStart, match=f"may not enter {tmp_path}"):
        Postgres(prepare(tmp_path / "var")).create()


def test_an_ordinary_user_runs_it_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    module.account.cache_clear()
    try:
        assert module.account() == module.Account()
    finally:
        module.account.cache_clear()


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    module.programs.cache_clear()
    try:
        with pytest.raises(CannotStart, match="make setup"):
            module.programs()
    finally:
        module.programs.cache_clear()


def test_the_socket_path_stays_short_for_a_long_folder(tmp_path: Path, said: list[str]) -> None:
    site = prepare(tmp_path / ("long" * 40))
    postgres = Postgres(site)
    supervisor = Supervisor(site.log, said.append)
    try:
        postgres.create()
        supervisor.start(postgres.spec())
        assert postgres.answers()
    finally:
        supervisor.stop()
        shutil.rmtree(site.sockets)
