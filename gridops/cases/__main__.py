"""`python -m gridops.cases SOURCE --out FILE`: read a source with the heavy libraries and store the case."""

import argparse
import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

from gridops.cases.case import NetworkCase
from gridops.cases.checks import examined
from gridops.cases.errors import CaseError
from gridops.cases.geojson.geography import applied
from gridops.cases.microgrids import with_microgrids
from gridops.cases.sources import SOURCES, asks_for_microgrids, reader_module, split
from gridops.cases.store import save


def _read(source: str) -> NetworkCase:
    grid, geography = split(source)
    case: NetworkCase = importlib.import_module(reader_module(source)).read(grid)
    if geography:
        case = applied(case, Path(geography))
    if asks_for_microgrids(source):
        case = with_microgrids(case)
    return replace(case, source=source) if grid != source else case


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gridops.cases")
    parser.add_argument("source", help=SOURCES)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        save(examined(_read(arguments.source)), arguments.out)
    except CaseError as error:
        sys.stdout.write(json.dumps(error.document()) + "\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
