"""Keep a table of processes alive: start them in order, restart what ends, stop them in reverse order."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gridops.supervise.failures import CannotStart
from gridops.supervise.process import Spec, end_group, last_line, rotate, spawn, stop

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 15.0
HEALTHY_AFTER_S = 30.0


@dataclass
class Child:
    spec: Spec
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = 0.0

    def start(self) -> None:
        rotate(self.log)
        self.process = spawn(self.spec, log=self.log)
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Supervisor:
    log_folder: Path
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)

    def start(self, spec: Spec) -> None:
        """Start it and wait until it is ready; what was started before is kept alive meanwhile."""
        child = Child(spec, self.log_folder / f"{spec.name}.log")
        child.start()
        self.children.append(child)
        deadline = time.monotonic() + spec.start_patience_s
        while not spec.ready():
            if not child.is_running:
                raise CannotStart(f"{spec.name} ended while starting: {last_line(child.log)} (see {child.log}).")
            if time.monotonic() > deadline:
                raise CannotStart(f"{spec.name} was not ready after {spec.start_patience_s:.0f} s; see {child.log}.")
            self.tend(besides=child)
            time.sleep(0.05)

    def tend(self, *, besides: Child | None = None) -> None:
        """One round: notice what ended, restart what is due."""
        now = time.monotonic()
        for child in self.children:
            if child is besides or child.is_running:
                continue
            if child.process is not None:
                self._note_the_end(child, now)
            elif now >= child.due_at:
                self._try_to_start(child, now)

    def _note_the_end(self, child: Child, now: float) -> None:
        assert child.process is not None  # noqa: S101
        end_group(child.process.pid)
        child.failures = 0 if now - child.started_at > HEALTHY_AFTER_S else child.failures
        delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**child.failures)
        self.say(f"{child.spec.name} ended ({_reason(child.process.returncode)}); it starts again in {delay:.1f} s")
        child.failures += 1
        child.due_at = now + delay
        child.process = None

    def _try_to_start(self, child: Child, now: float) -> None:
        try:
            child.start()
        except OSError as error:
            child.failures += 1
            child.due_at = now + LONGEST_DELAY_S
            self.say(f"{child.spec.name} cannot start ({error})")

    def rotate_logs(self) -> None:
        for child in self.children:
            rotate(child.log)

    def stop(self) -> None:
        while self.children:
            child = self.children.pop()
            if child.process is not None:
                self.say(f"stopping {child.spec.name}")
                stop(child.process, child.spec)


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
