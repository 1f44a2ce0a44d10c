import os
import subprocess
from pathlib import Path

from gridops.supervise.process import ROOT

SCRIPT = ROOT / "gridops" / "supervise" / "setup.sh"
BROWSER = ROOT / "gridops" / "supervise" / "browser.sh"
OUTSIDE = ROOT / "gridops" / "supervise" / "outside.sh"


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


def outside(place: Path, *packages: str) -> subprocess.CompletedProcess[str]:
    """The script on a file system of its own, with the real tools behind those that are faked."""
    (place / "root/usr/sbin").mkdir(parents=True, exist_ok=True)
    env = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "GRIDOPS_TEST_ROOT": str(place / "root")}
    return subprocess.run(("/bin/sh", OUTSIDE, *packages), env=env, capture_output=True, text=True, check=False)


def test_a_missing_device_of_the_tests_is_told_to_an_ordinary_user_and_stops_nothing(tmp_path: Path) -> None:
    fake(tmp_path / "bin", "id", "echo 1000")
    done = outside(tmp_path, "mosquitto")
    assert (done.returncode, done.stdout) == (0, "")
    assert "without mosquitto the tests that need it are skipped" in done.stderr


def test_root_without_a_network_is_told_too_and_nothing_is_left_behind(tmp_path: Path) -> None:
    fake(tmp_path / "bin", "id", "echo 0")
    fake(tmp_path / "bin", "apt-get", "echo E: no network; exit 100")
    done = outside(tmp_path, "mosquitto")
    assert done.returncode == 0
    assert "E: no network" in done.stderr
    assert "sudo apt install mosquitto" in done.stderr
    assert list((tmp_path / "root/usr/sbin").iterdir()) == []


def test_root_gets_what_is_missing_once_and_no_service_is_started(tmp_path: Path) -> None:
    program = tmp_path / "root/usr/sbin/mosquitto"
    fake(tmp_path / "bin", "id", "echo 0")
    fake(tmp_path / "bin", "systemctl", f'echo "$@" >> {tmp_path}/done')
    fake(
        tmp_path / "bin", "apt-get", f"sh {program.with_name('policy-rc.d')}; echo $? >> {tmp_path}/done; : > {program}"
    )
    assert outside(tmp_path, "mosquitto").returncode == 0
    assert (tmp_path / "done").read_text().split("\n") == ["101", "disable mosquitto", ""]
    assert list(program.parent.iterdir()) == [program]
    again = outside(tmp_path, "mosquitto")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
