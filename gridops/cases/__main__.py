"""`python -m gridops.cases SOURCE --out FILE`: read a source with the heavy libraries and store the case."""

import argparse
import importlib
import json
import sys
from pathlib import Path

from gridops.cases.checks import examined
from gridops.cases.errors import CaseError
from gridops.cases.sources import reader_module
from gridops.cases.store import save


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gridops.cases")
    parser.add_argument("source", help="simbench:<code>, matpower:<case>, or the path of a .json or .m file")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        reader = importlib.import_module(reader_module(arguments.source))
        save(examined(reader.read(arguments.source)), arguments.out)
    except CaseError as error:
        sys.stdout.write(json.dumps(error.document()) + "\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
