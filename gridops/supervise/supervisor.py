"""Keep a table of processes alive: start them in order, restart what ends, stop them in reverse order."""

import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gridops.supervise.failures import CannotStart, StopRequested
from gridops.supervise.process import Spec, ask_to_stop, await_the_end, end_group, last_line, rotate, spawn

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0  # with the start itself, nobody is away for longer than the 20 s that an alarm may take
HEALTHY_AFTER_S = 30.0
PULSE_S = 0.05


@dataclass(eq=False)
class Child:
    spec: Spec
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = 0.0

    def start(self) -> None:
        rotate(self.log)
        self.process = spawn(self.spec, errors=self.log)
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Supervisor:
    log_folder: Path
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stop_requested: bool = False

    def start(self, *specs: Spec) -> None:
        """Start them all, then wait until every gate is open."""
        fresh = [Child(spec, self.log_folder / f"{spec.name}.log") for spec in specs]
        for child in fresh:
            child.start()
            self.children.append(child)
        closed = [child for child in fresh if child.spec.gate is not None]
        while closed := [child for child in closed if not self._is_open(child)]:
            self.pulse(besides=closed)

    def _is_open(self, child: Child) -> bool:
        spec = child.spec
        if spec.gate is None or spec.gate():
            return True
        if not child.is_running:
            raise CannotStart(f"{spec.name} ended while starting: {last_line(child.log)} (see {child.log}).")
        if time.monotonic() - child.started_at > spec.start_patience_s:
            raise CannotStart(f"{spec.name} was not ready after {spec.start_patience_s:.0f} s; see {child.log}.")
        return False

    def pulse(self, *, besides: Sequence[Child] = ()) -> None:
        """One round: end if asked to, notice what ended, restart what is due, rest a little."""
        if self.stop_requested:
            raise StopRequested
        now = time.monotonic()
        for child in self.children:
            if child not in besides and not child.is_running:
                self._tend(child, now)
        time.sleep(PULSE_S)

    def _tend(self, child: Child, now: float) -> None:
        if child.process is not None:
            self._note_the_end(child, child.process, now)
        elif now >= child.due_at:
            self._start_again(child, now)

    def _note_the_end(self, child: Child, process: subprocess.Popen[bytes], now: float) -> None:
        end_group(process.pid)
        child.failures = 0 if now - child.started_at > HEALTHY_AFTER_S else child.failures
        delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**child.failures)
        self.say(f"{child.spec.name} ended ({_reason(process.returncode)}); it starts again in {delay:.1f} s")
        child.failures += 1
        child.due_at = now + delay
        child.process = None

    def _start_again(self, child: Child, now: float) -> None:
        try:
            child.start()
        except OSError as error:
            child.due_at = now + LONGEST_DELAY_S
            self.say(f"{child.spec.name} cannot start ({error})")

    def rotate_logs(self) -> None:
        for child in self.children:
            rotate(child.log)

    def stop(self) -> None:
        """The last started is the first asked; servers are asked when nobody needs them any more."""
        for stops_last in (False, True):
            batch = [child for child in reversed(self.children) if child.spec.stops_last is stops_last]
            running = [(child.process, child.spec) for child in batch if child.process is not None]
            if running:
                self.say("stopping " + ", ".join(spec.name for _, spec in running))
            for process, spec in running:
                ask_to_stop(process, spec)
            for process, spec in running:
                await_the_end(process, spec)
        self.children.clear()

    def run_step(self, spec: Spec, *, output: Path | None = None) -> None:
        """Run one command to its end while the rest is kept alive; its lines are progress, unless kept in a file."""
        log, printed = self.log_folder / "setup.log", output or self.log_folder / "setup.out"
        with printed.open("wb") as sink:
            process = spawn(spec, errors=log, output=sink)
        try:
            with printed.open(errors="replace") as lines:
                while process.poll() is None:
                    self.pulse()
                    self._pass_on(lines, output)
                self._pass_on(lines, output)
        finally:
            ask_to_stop(process, spec)
            await_the_end(process, spec)
        if process.returncode:
            raise CannotStart(f"{spec.name} failed: {last_line(log)} (see {log}).")

    def _pass_on(self, lines: Iterable[str], output: Path | None) -> None:
        if output is None:
            for line in lines:
                self.say(line.rstrip())


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
