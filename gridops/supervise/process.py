"""Start one child so that it cannot outlive the run, and stop it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import IO

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 10_000_000
ROOT = Path(__file__).resolve().parents[2]
_libc = ctypes.CDLL(None, use_errno=True)


def _nothing() -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One line of the table of processes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: Signals = signal.SIGTERM
    stop_patience_s: float = 15.0
    stops_last: bool = False  # a server that the others need until their end
    death_signal: Signals = signal.SIGKILL  # what the kernel sends if the run itself is killed
    gate: Callable[[], bool] | None = None  # the start goes on only when this says yes
    start_patience_s: float = 120.0
    before: Callable[[], None] = _nothing  # clears what a killed predecessor left


def spawn(spec: Spec, *, errors: Path | None, output: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
    """Must be called by the main thread: the kernel's death signal follows the thread that forked.

    Without a file of errors the child speaks where we do.
    """
    spec.before()
    with errors.open("ab") if errors else nullcontext() as log:
        return subprocess.Popen(  # noqa: S603  the commands are our own table
            list(spec.command),
            stdin=subprocess.DEVNULL,
            stdout=log if output is None else output,
            stderr=log,
            env={**os.environ, **spec.environment},
            cwd=ROOT,
            user=spec.user,
            start_new_session=True,  # a Ctrl-C reaches only the run, which then stops its children in order
            preexec_fn=_tie_to(os.getpid(), spec.death_signal),  # noqa: PLW1509  the run has one thread
        )


def _tie_to(parent: int, death_signal: Signals) -> Callable[[], None]:
    def tie() -> None:
        if sys.platform == "linux":
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os._exit(1)

    return tie


def ask_to_stop(process: subprocess.Popen[bytes], spec: Spec) -> None:
    if process.poll() is None:
        process.send_signal(spec.stop_signal)


def await_the_end(process: subprocess.Popen[bytes], spec: Spec) -> None:
    """Wait, then insist; whatever the child itself had started goes with it."""
    if not wait_until(lambda: process.poll() is not None, patience_s=spec.stop_patience_s):
        process.kill()
        process.wait()
    end_group(process.pid)


def end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def wait_until(condition: Callable[[], bool], *, patience_s: float, step_s: float = 0.05) -> bool:
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step_s)
    return True


def rotate(log: Path, *, largest: int = LARGEST_LOG) -> None:
    """Keep one older copy. The child appends to the same open file, so it is copied and emptied, not moved."""
    if not log.exists() or log.stat().st_size <= largest:
        return
    log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


def last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip() if lines else ""
