"""Cases by source: read once in a process of its own, then from a file."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from gridops.cases.case import NetworkCase
from gridops.cases.errors import CaseError
from gridops.cases.sources import reader_module, stamp
from gridops.cases.store import FORMAT_VERSION, load

_TIMEOUT_S: Final = 900
_ROOT: Final = Path(__file__).resolve().parents[2]


def read(source: str, cache_dir: Path) -> NetworkCase:
    """The network of a source, as `gridops.cases.sources` lists them.

    Reads in a subprocess (the readers take seconds and hundreds of megabytes) unless `cache_dir` holds the result.
    Raises CaseError when the source is broken.
    """
    path = cache_path(source, cache_dir)
    if path.exists():
        try:
            return load(path)
        except CaseError:
            path.unlink(missing_ok=True)  # torn or of another version: read the source again
    _convert(source, path)
    return load(path)


def cache_path(source: str, cache_dir: Path) -> Path:
    """Where the case of this source, in its present state and this format, is kept."""
    reader_module(source)
    key = hashlib.sha256(f"{source}\n{stamp(source)}\n{FORMAT_VERSION}".encode()).hexdigest()[:24]
    return cache_dir / f"{key}.npz"


def _convert(source: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".reading-") as folder:
        out = Path(folder) / "case.npz"
        command = [sys.executable, "-m", "gridops.cases", source, "--out", str(out)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])}
        try:
            done = subprocess.run(  # noqa: S603  our own module; the source is one argument, no shell
                command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise CaseError(source, f"was not read within {_TIMEOUT_S} s") from None
        if done.returncode != 0 or not out.exists():
            raise _error(source, done)
        out.replace(path)


def _error(source: str, done: "subprocess.CompletedProcess[str]") -> CaseError:
    lines = done.stdout.strip().splitlines()
    if done.returncode == 2 and lines:
        fact = json.loads(lines[-1])
        return CaseError(fact["element"], fact["text"], [(element, text) for element, text in fact["others"]])
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return CaseError(source, f"the reader stopped: {last[:300]}")
