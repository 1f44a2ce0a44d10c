import os
import signal
import subprocess
from collections.abc import Iterator

import psutil
import pytest
import redis

from gridops.supervise.site import Site
from gridops.supervise.supervisor import Supervisor
from gridops.supervise.valkey import Valkey
from tests.supervise.test_supervisor import pulse_until


@pytest.fixture
def running(site: Site, supervisor: Supervisor) -> Iterator[Valkey]:
    valkey = Valkey(site)
    valkey.create()
    supervisor.start(valkey.spec())
    return valkey


def test_a_killed_server_comes_back_with_its_queues(running: Valkey, supervisor: Supervisor) -> None:
    with redis.Redis(unix_socket_path=str(running.socket), db=1) as client:
        client.rpush("queue", "task")
    os.kill(int(running.pid_file.read_text()), signal.SIGKILL)
    pulse_until(supervisor, lambda: supervisor.children[0].failures > 0)
    pulse_until(supervisor, running.answers)
    with redis.Redis(unix_socket_path=str(running.socket), db=1) as client:
        assert client.lrange("queue", 0, -1) == [b"task"]


def test_it_listens_on_no_network_address(running: Valkey) -> None:
    process = psutil.Process(int(running.pid_file.read_text()))
    assert process.net_connections(kind="inet") == []


def test_a_server_left_over_ends_before_its_successor_binds_the_socket(
    running: Valkey, supervisor: Supervisor, said: list[str]
) -> None:
    left_over = int(running.pid_file.read_text())
    successor = Supervisor(running.site.log, said.append)
    try:
        successor.start(running.spec())
        assert int(running.pid_file.read_text()) != left_over
        assert running.answers()
    finally:
        successor.stop()


def test_a_number_that_belongs_to_a_stranger_is_not_signalled(site: Site) -> None:
    valkey = Valkey(site)
    valkey.create()
    with subprocess.Popen(("sleep", "600")) as stranger:
        valkey.pid_file.write_text(str(stranger.pid))
        valkey.clear_the_way()
        assert stranger.poll() is None
        stranger.kill()
    assert not valkey.pid_file.exists()
