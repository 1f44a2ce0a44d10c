import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gridops.supervise import supervisor as module
from gridops.supervise.failures import CannotStart, StopRequested
from gridops.supervise.process import ROOT, Spec, rotate, wait_until
from gridops.supervise.site import Site
from gridops.supervise.supervisor import Supervisor


def sleeper(name: str, *, on_end: str = "pass") -> Spec:
    """A process that ends on SIGTERM after running one statement."""
    script = (
        "import signal, sys, time\n"
        f"def end(*_):\n    {on_end}\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\n"
        "while True: time.sleep(0.1)"
    )
    return Spec(name=name, command=(sys.executable, "-c", script))


def pulse_until(supervisor: Supervisor, condition: Callable[[], bool], *, patience_s: float = 20) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        supervisor.pulse()


def is_up(site: Site, name: str) -> bool:
    return "up" in (site.log / f"{name}.log").read_text()


def test_a_killed_child_starts_again(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(sleeper("one"))
    first = supervisor.children[0].process
    assert first is not None
    first.kill()
    pulse_until(supervisor, lambda: supervisor.children[0].is_running and supervisor.children[0].process is not first)
    assert said == ["one ended (signal 9); it starts again in 0.2 s"]


def test_a_child_that_keeps_ending_waits_longer_each_time(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(Spec(name="brief", command=(sys.executable, "-c", "raise SystemExit(3)")))
    pulse_until(supervisor, lambda: len(said) == 3)
    assert [line.rsplit(" in ", 1)[1] for line in said] == ["0.2 s", "0.4 s", "0.8 s"]
    assert "exit 3" in said[0]


def test_the_delay_begins_anew_after_a_healthy_life(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEALTHY_AFTER_S", 0.0)
    supervisor.start(Spec(name="brief", command=("true",)))
    pulse_until(supervisor, lambda: len(said) == 3)
    assert {line.rsplit(" in ", 1)[1] for line in said} == {"0.2 s"}


def test_a_server_stops_after_those_who_need_it(supervisor: Supervisor, site: Site) -> None:
    order = site.var / "order"
    server = replace(sleeper("server", on_end=f"open({str(order)!r}, 'a').write('server ')"), stops_last=True)
    slow = sleeper("slow", on_end=f"time.sleep(0.5); open({str(order)!r}, 'a').write('slow ')")
    supervisor.start(slow, server)
    pulse_until(supervisor, lambda: is_up(site, "slow") and is_up(site, "server"))
    supervisor.stop()
    assert order.read_text() == "slow server "


def test_servers_and_others_are_asked_to_stop_in_reverse_order(supervisor: Supervisor, said: list[str]) -> None:
    servers = [replace(sleeper(name), stops_last=True) for name in ("postgres", "valkey")]
    supervisor.start(*servers, sleeper("gateway"), sleeper("web"))
    supervisor.stop()
    assert said == ["stopping web, gateway", "stopping valkey, postgres"]


def test_a_child_that_ignores_the_signal_is_killed_after_its_patience(supervisor: Supervisor, site: Site) -> None:
    deaf = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
    )
    supervisor.start(Spec(name="deaf", command=(sys.executable, "-c", deaf), stop_patience_s=0.3))
    process = supervisor.children[0].process
    assert process is not None
    pulse_until(supervisor, lambda: is_up(site, "deaf"))
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


def test_the_grandchildren_go_with_a_killed_child(supervisor: Supervisor, site: Site) -> None:
    supervisor.start(Spec(name="parent", command=("sh", "-c", "sleep 600 & echo $!; echo up; wait")))
    pulse_until(supervisor, lambda: is_up(site, "parent"))
    grandchild = int((site.log / "parent.log").read_text().split()[0])
    supervisor.stop()
    assert wait_until(lambda: not psutil.pid_exists(grandchild), patience_s=5)


def test_a_child_that_ends_before_its_gate_opens_refuses_the_start(supervisor: Supervisor) -> None:
    spec = Spec(name="web", command=("sh", "-c", "echo the port is taken; exit 1"), gate=lambda: False)
    with pytest.raises(CannotStart, match="web ended while starting: the port is taken"):
        supervisor.start(spec)


def test_a_gate_that_never_opens_refuses_the_start(supervisor: Supervisor) -> None:
    spec = Spec(name="web", command=("sleep", "600"), gate=lambda: False, start_patience_s=0.2)
    with pytest.raises(CannotStart, match="was not ready after"):
        supervisor.start(spec)


def test_a_wish_to_stop_interrupts_a_start(supervisor: Supervisor) -> None:
    supervisor.stop_requested = True
    with pytest.raises(StopRequested):
        supervisor.start(Spec(name="web", command=("sleep", "600"), gate=lambda: False))


def test_a_step_says_what_it_prints(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.run_step(Spec(name="step", command=("sh", "-c", "echo one; echo two")))
    assert said == ["one", "two"]


def test_a_step_with_an_output_file_keeps_its_lines_there(supervisor: Supervisor, said: list[str], site: Site) -> None:
    supervisor.run_step(Spec(name="step", command=("sh", "-c", "echo one")), output=site.cache / "list.csv")
    assert (site.cache / "list.csv").read_text() == "one\n"
    assert said == []


def test_a_failed_step_gives_its_last_word(supervisor: Supervisor) -> None:
    with pytest.raises(CannotStart, match="step failed: no such grid"):
        supervisor.run_step(Spec(name="step", command=("sh", "-c", "echo no such grid >&2; exit 2")))


def test_children_are_kept_alive_while_a_step_runs(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(sleeper("one"))
    first = supervisor.children[0].process
    assert first is not None
    first.kill()
    supervisor.run_step(Spec(name="step", command=("sleep", "1")))
    assert supervisor.children[0].is_running


def test_a_long_log_keeps_one_older_copy(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab") as writer:
        writer.write(b"x" * 100)
        writer.flush()
        rotate(log, largest=50)
        writer.write(b"after")
    assert (tmp_path / "web.log.1").stat().st_size == 100
    assert log.read_bytes() == b"after"


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("x")
    rotate(log, largest=50)
    assert not (tmp_path / "web.log.1").exists()


def test_children_do_not_outlive_a_killed_run(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from gridops.supervise.process import Spec\nfrom gridops.supervise.supervisor import Supervisor\n"
        "supervisor = Supervisor(Path(sys.argv[1]), print)\n"
        "for name in ('one', 'two'):\n    supervisor.start(Spec(name=name, command=('sleep', '600')))\n"
        "print(*(child.process.pid for child in supervisor.children), flush=True)\n"
        "while True: supervisor.pulse()\n"
    )
    with subprocess.Popen((sys.executable, "-c", script, tmp_path), stdout=subprocess.PIPE, cwd=ROOT) as run:
        assert run.stdout is not None
        children = [int(number) for number in run.stdout.readline().split()]
        os.kill(run.pid, signal.SIGKILL)
    assert len(children) == 2
    assert wait_until(lambda: not any(map(psutil.pid_exists, children)), patience_s=5)
