"""Programs of others, each in an environment of its own: nothing of theirs is ever installed beside the product."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path(os.environ.get("GRIDOPS_TEST_VENVS") or ROOT / "var" / "test-venvs")
INSTALL_S = 300


def python_with(name: str, *packages: str) -> Path:
    """The interpreter of an environment that has the packages; made at the first wish. Skips if it cannot be had."""
    PLACE.mkdir(parents=True, exist_ok=True)
    home = PLACE / name
    python, done = home / "bin" / "python", home / ".installed"
    wanted = "\n".join(packages)
    with (PLACE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != wanted:
            _install(home, python, packages)
            done.write_text(wanted)
    return python


def _install(home: Path, python: Path, packages: tuple[str, ...]) -> None:
    steps = [
        (sys.executable, "-m", "venv", "--clear", str(home)),
        (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages),
    ]
    for step in steps:
        try:
            made = subprocess.run(step, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"{', '.join(packages)} cannot be installed: {error}")
        if made.returncode:
            last = made.stderr.strip().splitlines()[-1:] or ["no reason given"]
            pytest.skip(f"{', '.join(packages)} cannot be installed: {last[0]}")
