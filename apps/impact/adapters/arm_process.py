"""The replay is a program of its own, which no app imports: here it is started, listened to and ended."""

import ctypes
import json
import os
import selectors
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from apps.impact.choices.study import Purpose
from apps.impact.rules.study_plan import Play

ROOT = Path(__file__).resolve().parents[3]
MODULE = "gridops.replay"
DOCUMENT, ARRAYS = "run.json", "run.npz"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_STOP_PATIENCE_S = 10.0
_READ = 65_536
_LAST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Told:
    """How far a run is, in its own words."""

    done: float  # 0 to 1
    at: str = ""  # of the tape


class Playing:
    """One process of the replay. Start it in the main thread: the kernel ends it with the thread that began it."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
        self.process = subprocess.Popen(  # noqa: S603  our own program
            (sys.executable, "-m", MODULE, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=_tie_to(os.getpid()),  # noqa: PLW1509  whoever plays has one thread
        )
        self.output = cast(IO[bytes], self.process.stdout)
        self._rest = b""
        self.has_ended = False

    def told(self) -> list[Told]:
        """What it has said since; call it where there is something to read. Lines that are no progress are left out."""
        read = os.read(self.output.fileno(), _READ)
        if not read:
            self._await_the_end()
        *lines, self._rest = (self._rest + read).split(b"\n")
        return [each for each in map(_told, lines) if each is not None]

    @property
    def fault(self) -> str:
        """Why it ended early; empty: it did not."""
        if self.process.returncode == 0:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1][-_LAST_WORDS:] if lines else f"The replay ended with {self.process.returncode}."

    def stop(self) -> None:
        """With whatever it had started itself."""
        if self.process.poll() is None:
            self.process.terminate()
            self._await_the_end()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.output.close()
        self._errors.close()

    def _await_the_end(self) -> None:
        try:
            self.process.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.has_ended = True


def listen(playing: Iterable[Playing], timeout_s: float) -> list[tuple[Playing, list[Told]]]:
    """Those that said something or ended, at the latest after the time."""
    with selectors.DefaultSelector() as waiting:
        for each in playing:
            waiting.register(each.output, selectors.EVENT_READ, each)
        heard: list[Playing] = [key.data for key, _ in waiting.select(timeout_s)]
    return [(each, each.told()) for each in heard]


def tape_arguments(*, network: str, seed: int, days: float, out: str) -> list[str]:
    return ["tape", "--grid", network, "--seed", str(seed), "--days", f"{days:g}", "--out", out]


def run_arguments(play: Play, *, tape: str, out: str) -> list[str]:
    chosen = ["run", "--tape", tape, "--arm", play.arm, "--out", out]
    chosen += ["--without", play.without] if play.without else []
    chosen += ["--locked"] if play.purpose == Purpose.PLACEBO else []
    return [*chosen, "--shuffle-after", f"{play.shuffle_after_h:g}"] if play.shuffle_after_h is not None else chosen


def in_words(arguments: Sequence[str]) -> str:
    """As a person types it."""
    return shlex.join(("python", "-m", MODULE, *arguments))


def sealed_tape(path: Path) -> tuple[str, dict[str, Any]]:
    """Hash and tape. Raises OSError, ValueError or KeyError where the file is none."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return str(found["tape_hash"]), dict(found["tape"])


def write_tape(path: Path, tape_hash: str, tape: Mapping[str, Any]) -> None:
    path.write_text(json.dumps({"tape_hash": tape_hash, "tape": dict(tape)}), encoding="utf-8")


def read_document(folder: Path) -> dict[str, Any]:
    """Of a run that ended well. Raises OSError or ValueError where it is not there or is none."""
    document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError(f"{DOCUMENT} is no object.")
    return document


def read_arrays(folder: Path) -> bytes:
    return (folder / ARRAYS).read_bytes()


def _told(line: bytes) -> Told | None:
    try:
        said = json.loads(line)
        return Told(min(max(float(said["done"]), 0.0), 1.0), str(said.get("at", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _tie_to(parent: int) -> Callable[[], None]:
    def tie() -> None:
        if _libc is not None:
            # Asked to end and not killed, so that an arm with a database of its own drops it.
            _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
            if os.getppid() != parent:
                os._exit(1)

    return tie
