"""Stable identities: the same source and element give the same UUID in every process."""

from uuid import UUID, uuid5

from gridops.cases.sources import paths, split

_NAMESPACE = UUID("6f0d7c1e-5b4a-5e0e-9d55-2f6a1c3b7e10")


def identity(source: str) -> str:
    """A file keeps its identity when its folder moves, so that only the file's name counts."""
    grid, _ = split(source)
    files = paths(grid)
    return files[0].name if files else grid


def mrid(source: str, kind: str, key: str) -> str:
    """UUID of an element; `kind` is its CIM class, `key` its name (or '#index' where names are not unique)."""
    return str(uuid5(_NAMESPACE, f"{identity(source)}/{kind}/{key}"))
