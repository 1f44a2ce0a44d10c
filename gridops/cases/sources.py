"""Which reader reads which source."""

from pathlib import Path

from gridops.cases.errors import CaseError


def reader_module(source: str) -> str:
    """The module whose `read(source)` reads it. Raises CaseError for a source of no known kind."""
    if source.startswith("simbench:"):
        return "gridops.cases.simbench_source"
    if source.startswith("matpower:") or source.endswith(".m"):
        return "gridops.cases.matpower.source"
    if source.endswith(".json"):
        return "gridops.cases.pandapower_file"
    raise CaseError(source, "is no known source: give simbench:<code>, matpower:<case>, or a .json or .m file")


def stamp(source: str) -> str:
    """What changes when a file's content may have changed; empty for a packaged collection."""
    if source.startswith(("simbench:", "matpower:")):
        return ""
    path = Path(source)
    try:
        state = path.stat()
    except OSError as error:
        raise CaseError(source, f"cannot be read: {error.strerror}") from None
    if not path.is_file():
        raise CaseError(source, "is not a file")
    return f"{path.resolve()}/{state.st_mtime_ns}/{state.st_size}"
