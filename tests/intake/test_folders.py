import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridops.intake.folders import (
    FolderRefused,
    content_of,
    delete_older,
    folder_inside,
    put_away,
    whole_files,
)
from gridops.intake.packing import PackingRefused, unpacked

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)


def put(path: Path, *, age_s: float = 60.0) -> Path:
    path.write_bytes(b"told")
    os.utime(path, (NOW.timestamp() - age_s,) * 2)
    return path


@pytest.mark.parametrize("told", ["", ".", "..", "/etc", "a/../.."])
def test_a_folder_lies_inside_the_root(tmp_path: Path, told: str) -> None:
    assert folder_inside(tmp_path, "a/b") == tmp_path / "a" / "b"
    with pytest.raises(FolderRefused, match="must lie inside"):
        folder_inside(tmp_path, told)


def test_a_link_out_of_the_root_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    with pytest.raises(FolderRefused):
        folder_inside(tmp_path / "root", "out")


def test_only_whole_and_still_files_are_seen(tmp_path: Path) -> None:
    put(tmp_path / "b.xml")
    put(tmp_path / "a.xml")
    for name in (".hidden", "~lock", "half.part", "half.TMP"):
        put(tmp_path / name)
    put(tmp_path / "fresh.xml", age_s=0.5)
    (tmp_path / "link.xml").symlink_to(tmp_path / "a.xml")
    assert [path.name for path in whole_files(tmp_path, as_of=NOW, still_s=2)] == ["a.xml", "b.xml"]
    with pytest.raises(OSError, match="link"):
        content_of(tmp_path / "link.xml", 10)


def test_what_was_read_is_put_away_and_nothing_is_overwritten(tmp_path: Path) -> None:
    for _ in range(2):
        put_away(put(tmp_path / "a.xml"), refusal="", as_of=NOW)
    put_away(put(tmp_path / "b.xml"), refusal="row 2: wrong", as_of=NOW)
    assert len(list((tmp_path / "taken").iterdir())) == 2
    assert (tmp_path / "refused" / "b.xml.txt").read_text() == "row 2: wrong\n"
    assert delete_older(tmp_path / "taken", NOW.timestamp()) == 0
    assert delete_older(tmp_path / "taken", NOW.timestamp() + 1) == 2
    assert delete_older(tmp_path / "nothing", NOW.timestamp()) == 0


def test_packed_bytes_never_unfold_beyond_the_limit() -> None:
    packed = gzip.compress(b"x" * 1000)
    assert unpacked(packed, 1000) == b"x" * 1000
    assert unpacked(b"plain", 1000) == b"plain"
    for content, words in ((packed, "has more than"), (packed[:-9], "ends too early"), (b"\x1f\x8bno", "cannot be")):
        with pytest.raises(PackingRefused, match=words):
            unpacked(content, 999 if content is packed else 5000)
