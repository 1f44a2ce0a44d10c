"""Drop folders: for rooms without a way out, files are carried in and put there. Whole, or not looked at."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

TAKEN, REFUSED = "taken", "refused"
STILL_S = 2.0  # a file that changed within the last seconds may still be written
_UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart")


class FolderRefused(Exception):
    pass


def folder_inside(root: Path, folder: str) -> Path:
    """Inside the one root that holds drop folders, whatever links say. Raises FolderRefused."""
    whole = root.resolve()
    found = (whole / folder).resolve()
    if not folder or found == whole or not found.is_relative_to(whole):
        raise FolderRefused(f"The folder must lie inside {whole}; give it relative to that, such as 'forecasts'.")
    return found


def whole_files(folder: Path, *, as_of: datetime, still_s: float) -> Sequence[Path]:
    """By name. still_s: how long a file must have lain unchanged. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    return sorted(path for path in folder.iterdir() if _is_whole(path, as_of, still_s))


def content_of(path: Path, most_bytes: int) -> bytes:
    """One byte beyond the limit is enough to refuse it; a link is not followed."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read(most_bytes + 1)


def put_away(path: Path, *, refusal: str, as_of: datetime) -> None:
    """To the files that were taken; with a refusal to the refused ones, with its words beside it."""
    place = path.parent / (REFUSED if refusal else TAKEN)
    place.mkdir(exist_ok=True)
    moved = path.replace(_free(place / path.name, as_of))
    os.utime(moved, (as_of.timestamp(), as_of.timestamp()))  # since when it lies there
    if refusal:
        moved.with_name(f"{moved.name}.txt").write_text(f"{refusal}\n", encoding="utf-8")


def delete_older(folder: Path, before: float) -> int:
    """Files of a folder that lie there since before that unix second. Links stay."""
    if folder.is_symlink() or not folder.is_dir():
        return 0
    gone = [path for path in folder.iterdir() if _is_old(path, before)]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _is_whole(path: Path, as_of: datetime, still_s: float) -> bool:
    if path.name.startswith((".", "~")) or path.name.lower().endswith(_UNFINISHED):
        return False
    with suppress(OSError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and as_of.timestamp() - found.st_mtime >= still_s
    return False


def _free(path: Path, as_of: datetime) -> Path:
    return path if not path.exists() else path.with_name(f"{as_of:%Y%m%dT%H%M%S%f}_{path.name}")


def _is_old(path: Path, before: float) -> bool:
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_mtime < before
