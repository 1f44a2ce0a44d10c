"""Programs of others, each in an environment of its own: nothing of theirs is ever installed beside the product."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path(os.environ.get("GRIDOPS_TEST_VENVS") or ROOT / "var" / "test-venvs")
INSTALL_S = 300


def python_with(name: str, *packages: str) -> Path:
    """The interpreter of an environment that has the packages; made at the first wish. Skips if it cannot be had."""
    try:
        return _made(name, sys.executable, packages)
    except Missing as error:
        pytest.skip(str(error))


def required(name: str, *packages: str, least: tuple[int, int] = (3, 11)) -> Path:
    """The same for a party that must be there: the test fails if it cannot be had, or if there is no such Python."""
    try:
        return _made(name, python_of(least), packages)
    except Missing as error:
        pytest.fail(str(error), pytrace=False)


class Missing(Exception):
    pass


def python_of(least: tuple[int, int]) -> str:
    """Any Python of this machine that is new enough. Raises Missing."""
    wanted = ".".join(map(str, least))
    for candidate in _pythons():
        told = subprocess.run(
            (candidate, "-c", f"import sys; print(sys.version_info >= {least})"),
            capture_output=True,
            text=True,
            check=False,
        )
        if told.stdout.strip() == "True":
            return candidate
    raise Missing(
        f"there is no Python {wanted} or newer; install one (apt install python{wanted}, or uv python install "
        f"{wanted}), or name it in GRIDOPS_TEST_PYTHON"
    )


def _pythons() -> Iterator[str]:
    if named := os.environ.get("GRIDOPS_TEST_PYTHON"):
        yield named
    yield sys.executable
    for minor in range(14, 11, -1):
        if found := shutil.which(f"python3.{minor}"):
            yield found
    for tree in (".pyenv/versions", ".local/share/uv/python"):
        yield from sorted(map(str, (Path.home() / tree).glob("*3.1*/bin/python3")), reverse=True)


def _made(name: str, interpreter: str, packages: tuple[str, ...]) -> Path:
    """Raises Missing."""
    PLACE.mkdir(parents=True, exist_ok=True)
    home = PLACE / name
    python, done = home / "bin" / "python", home / ".installed"
    wanted = "\n".join(packages)
    with (PLACE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != wanted:
            _install(home, interpreter, python, packages)
            done.write_text(wanted)
    return python


def _install(home: Path, interpreter: str, python: Path, packages: tuple[str, ...]) -> None:
    steps = [
        (interpreter, "-m", "venv", "--clear", str(home)),
        (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages),
    ]
    for step in steps:
        try:
            made = subprocess.run(step, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Missing(f"{', '.join(packages)} cannot be installed: {error}") from None
        if made.returncode:
            last = made.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise Missing(f"{', '.join(packages)} cannot be installed: {last[0]}")
