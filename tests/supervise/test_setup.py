import os
import subprocess
from pathlib import Path

from gridops.supervise.process import ROOT

SCRIPT = ROOT / "gridops" / "supervise" / "setup.sh"
BROWSER = ROOT / "gridops" / "supervise" / "browser.sh"


def run(script: Path, *arguments: str, path: Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(cwd)}
    return subprocess.run(
        ("/bin/sh", script, *arguments),
        env={**known, **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def fake(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return program


def requirements(folder: Path) -> str:
    (folder / "requirements.txt").write_text("")
    return "requirements.txt"


def test_without_a_python_that_is_new_enough_one_sentence_says_so(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        fake(tmp_path / "bin", name, '[ "$1" = --version ] && echo Python 3.9.2 && exit 0; exit 1')
    done = run(SCRIPT, requirements(tmp_path), path=tmp_path / "bin", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no Python 3.11 or newer was found (python3 is Python 3.9.2)" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_named_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = fake(tmp_path / "bin", "old", "exit 1")
    done = run(SCRIPT, requirements(tmp_path), path=tmp_path / "bin", cwd=tmp_path, PYTHON=str(old))
    assert done.returncode == 1
    assert "is not Python 3.11 or newer" in done.stderr


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    real = os.path.realpath("/proc/self/exe")
    body = f'case "$2" in *ensurepip*) exit 1;; esac; exec {real} "$@"'
    named = fake(tmp_path / "bin", "crippled", body)
    done = run(SCRIPT, requirements(tmp_path), path=tmp_path / "bin", cwd=tmp_path, PYTHON=str(named))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr


def test_an_environment_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    real = os.path.realpath("/proc/self/exe")
    first = run(SCRIPT, requirements(tmp_path), path=tmp_path / "bin", cwd=tmp_path, PYTHON=real)
    assert first.returncode == 0, first.stderr
    assert "Creating .venv" in first.stdout
    second = run(SCRIPT, "requirements.txt", path=tmp_path / "bin", cwd=tmp_path, PYTHON=real)
    assert (second.returncode, second.stdout) == (0, "")
    (tmp_path / "requirements.txt").write_text("# changed\n")
    third = run(SCRIPT, "requirements.txt", path=tmp_path / "bin", cwd=tmp_path, PYTHON=real)
    assert third.returncode == 0
    assert "Creating" not in third.stdout
    assert "Installing" in third.stdout


def test_an_ordinary_user_is_told_which_browser_is_missing(tmp_path: Path) -> None:
    fake(tmp_path / "bin", "id", "echo 1000")
    fake(tmp_path / "bin", "command", "exit 1")
    done = subprocess.run(
        ("/bin/sh", BROWSER), env={"PATH": str(tmp_path / "bin")}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "the tests need the browser Chromium" in done.stderr
    assert done.stderr.count("\n") == 1
