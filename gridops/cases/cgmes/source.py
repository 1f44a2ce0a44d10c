"""CGMES 2.4.15 files: `cgmes:PATH[,PATH...]`, each a zip, a folder or an .xml file."""

from pathlib import Path

from gridops.cases.case import NetworkCase
from gridops.cases.cgmes.convert import convert
from gridops.cases.cgmes.files import documents
from gridops.cases.cgmes.rdf import parsed
from gridops.cases.sources import paths


def read(source: str) -> NetworkCase:
    """Raises CaseError when the files are not CGMES 2.4.15, not whole, or lack what a network needs."""
    found: list[Path] = paths(source)
    return convert(parsed(documents(found)), source=source, name=found[0].stem)
