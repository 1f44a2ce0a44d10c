import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gridops.supervise.failures import CannotStart
from gridops.supervise.process import ROOT
from gridops.supervise.site import Site, kept_secret, locked, prepare, write_private


def test_a_folder_that_cannot_be_written_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="choose another place with VAR="):
        prepare(tmp_path / "file" / "var")


def test_a_full_disk_is_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=100_000, f_frsize=4096))
    with pytest.raises(CannotStart, match=r"Only 0\.4 GB is free"):
        prepare(tmp_path / "var")


def test_a_second_run_is_refused_and_told_who_holds_the_folder(site: Site) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom gridops.supervise.site import Site, locked\n"
        "with locked(Site(Path(sys.argv[1]))):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = (sys.executable, "-c", script, site.var)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(CannotStart, match=f"process id {holder.pid}; stop it with 'kill {holder.pid}'"),
            locked(site),
        ):
            pass
        holder.kill()
    with locked(site):
        assert (site.var / "lock").read_text() == str(os.getpid())


def test_sockets_lie_in_the_folder_if_its_path_is_short() -> None:
    assert Site(Path("/srv/gridops")).sockets == Path("/srv/gridops/sockets")


def test_sockets_of_a_long_path_lie_in_a_short_private_place_of_their_own() -> None:
    one, other = Site(Path("/srv") / ("x" * 120)).sockets, Site(Path("/srv") / ("y" * 120)).sockets
    assert len(str(one)) < 80
    assert one != other


def test_a_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "sockets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotStart, match="belongs to somebody else"):
        prepare(tmp_path / "var")


def test_private_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    write_private(tmp_path / "run.json", {"url": "x"})
    write_private(tmp_path / "run.json", {"url": "y"})
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
    assert '"y"' in (tmp_path / "run.json").read_text()


def test_secrets_are_made_once(site: Site) -> None:
    first = kept_secret(site, "database")
    assert len(first) >= 50
    assert kept_secret(site, "database") == first
    assert kept_secret(site, "secret_key") != first
