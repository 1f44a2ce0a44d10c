"""Stable identities: the same source and element give the same UUID in every process."""

from pathlib import PurePath
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0d7c1e-5b4a-5e0e-9d55-2f6a1c3b7e10")


def identity(source: str) -> str:
    """A file keeps its identity when its folder moves, so that only the file's name counts."""
    return source if is_collection(source) else PurePath(source).name


def is_collection(source: str) -> bool:
    return source.startswith(("simbench:", "matpower:"))


def mrid(source: str, kind: str, key: str) -> str:
    """UUID of an element; `kind` is its CIM class, `key` its name (or '#index' where names are not unique)."""
    return str(uuid5(_NAMESPACE, f"{identity(source)}/{kind}/{key}"))
