"""Which reader reads which source.

A source is `simbench:<code>`, `matpower:<case>`, `cgmes:PATH[,PATH...]`, `geojson:PATH`, or a path whose ending tells
the kind. `+microgrids` after any of them lets up to two of its parts stand alone (`gridops.cases.microgrids`);
`?geography=PATH` at the end names a GeoJSON file with the places of its equipment.
"""

from pathlib import Path
from typing import Final

from gridops.cases.errors import CaseError

SOURCES: Final = (
    "simbench:<code>, matpower:<case>, cgmes:<file>[,<file>...], geojson:<file>, or the path of a .zip, .xml, "
    ".geojson, .json or .m file; +microgrids after it lets parts of it stand alone; ?geography=<file> after that takes "
    "the places from a GeoJSON file"
)
_GEOGRAPHY: Final = "?geography="
_MICROGRIDS: Final = "+microgrids"
_COLLECTIONS: Final = ("simbench:", "matpower:")
_SCHEMES: Final = {"cgmes:": "gridops.cases.cgmes.source", "geojson:": "gridops.cases.geojson.source"}
_ENDINGS: Final = {
    ".m": "gridops.cases.matpower.source",
    ".json": "gridops.cases.pandapower_file",
    ".zip": "gridops.cases.cgmes.source",
    ".xml": "gridops.cases.cgmes.source",
    ".geojson": "gridops.cases.geojson.source",
}


def reader_module(source: str) -> str:
    """The module whose `read(source)` reads it. Raises CaseError for a source of no known kind."""
    grid, _ = split(source)
    if grid.startswith("simbench:"):
        return "gridops.cases.simbench_source"
    if grid.startswith("matpower:"):
        return "gridops.cases.matpower.source"
    for scheme, module in _SCHEMES.items():
        if grid.startswith(scheme):
            return module
    found = _ENDINGS.get(Path(grid).suffix.lower())
    if found is None:
        raise CaseError(source, f"is no known source: give {SOURCES}")
    return found


def split(source: str) -> tuple[str, str]:
    """The grid, without what it is asked for besides, and the path of its geography or an empty text."""
    grid, _, geography = source.partition(_GEOGRAPHY)
    return grid.removesuffix(_MICROGRIDS), geography


def asks_for_microgrids(source: str) -> bool:
    return source.partition(_GEOGRAPHY)[0].endswith(_MICROGRIDS)


def paths(source: str) -> list[Path]:
    """The files of a source that has files."""
    grid, _ = split(source)
    for scheme in _SCHEMES:
        if grid.startswith(scheme):
            return [Path(part.strip()) for part in grid.removeprefix(scheme).split(",") if part.strip()]
    return [] if grid.startswith(_COLLECTIONS) else [Path(grid)]


def stamp(source: str) -> str:
    """What changes when a file's content may have changed; empty for a packaged collection."""
    _, geography = split(source)
    files = paths(source) + ([Path(geography)] if geography else [])
    if not files and not source.startswith(_COLLECTIONS):
        raise CaseError(source, "names no file")
    return "/".join(_stamp(path) for path in files)


def _stamp(path: Path) -> str:
    try:
        state = path.stat()
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.is_file())
            states = [f"{each.name}/{each.stat().st_mtime_ns}/{each.stat().st_size}" for each in inside]
            return "/".join([str(path.resolve()), *states])
    except OSError as error:
        raise CaseError(str(path), f"cannot be read: {error.strerror}") from None
    if not path.is_file():
        raise CaseError(str(path), "is not a file")
    return f"{path.resolve()}/{state.st_mtime_ns}/{state.st_size}"
