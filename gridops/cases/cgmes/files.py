"""The XML documents of a CGMES source: zips (also zips of zips), folders and single files."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gridops.cases.errors import CaseError

LARGEST_BYTES: Final = 512 * 1024 * 1024  # of all documents together, unpacked
_MOST_MEMBERS: Final = 1000
_ZIPS_IN_ZIPS: Final = 2


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    content: bytes


@dataclass(slots=True)
class _Budget:
    left: int = LARGEST_BYTES
    members: int = field(default=_MOST_MEMBERS)

    def take(self, name: str, content: bytes) -> bytes:
        self.left -= len(content)
        self.members -= 1
        if self.left < 0:
            raise CaseError(
                name, f"with the files before it is larger than {LARGEST_BYTES // 2**20} MB; split the grid"
            )
        if self.members < 0:
            raise CaseError(name, f"is one of more than {_MOST_MEMBERS} files; a grid has a handful")
        return content


def documents(paths: Sequence[Path]) -> list[Document]:
    """All XML documents behind the paths. Raises CaseError for what cannot be opened, and when there is none."""
    budget = _Budget()
    found = [document for path in paths for document in _of_path(path, budget)]
    if not found:
        names = ", ".join(path.name for path in paths)
        raise CaseError(names, "holds no XML file; give a zip, a folder or the .xml files of a CGMES 2.4.15 export")
    return found


def _of_path(path: Path, budget: _Budget) -> Iterator[Document]:
    try:
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in {".xml", ".zip"})
            for each in inside:
                yield from _of_bytes(each.name, _file(each, budget), budget)
        else:
            yield from _of_bytes(path.name, _file(path, budget), budget)
    except OSError as error:
        raise CaseError(path.name, f"cannot be read: {error.strerror or error}") from None


def _file(path: Path, budget: _Budget) -> bytes:
    with path.open("rb") as file:
        return budget.take(path.name, file.read(budget.left + 1))


def _of_bytes(name: str, content: bytes, budget: _Budget, depth: int = 0) -> Iterator[Document]:
    if not content.startswith(b"PK"):
        if name.lower().endswith(".zip"):
            raise CaseError(name, "is no whole zip file; copy it again")
        yield Document(name, content)
    elif depth >= _ZIPS_IN_ZIPS:
        raise CaseError(name, "is a zip inside a zip inside a zip; unpack it first")
    else:
        yield from _unzipped(name, content, budget, depth)


def _unzipped(name: str, content: bytes, budget: _Budget, depth: int) -> Iterator[Document]:
    budget.left += len(content)  # only what is inside counts
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.filename.lower().endswith((".xml", ".zip")) and not info.is_dir():
                    with archive.open(info) as member:
                        inside = budget.take(info.filename, member.read(budget.left + 1))
                    yield from _of_bytes(info.filename.rsplit("/", 1)[-1], inside, budget, depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise CaseError(name, f"is no whole zip file ({str(error)[:120]}); copy it again, without a password") from None
