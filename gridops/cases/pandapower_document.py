"""A pandapower JSON file reduced to its plain tables, before pandapower sees it.

pandapower's own reader makes objects of whatever classes a file names. The file is a stranger's, so that only its
plain tables are handed on: numbers, texts and truth values.
"""

import json
from pathlib import Path
from typing import Any, Final

from gridops.cases.errors import CaseError
from gridops.cases.pandapower_net.convert import UNSUPPORTED

_LARGEST_BYTES: Final = 256 * 1024 * 1024
_TABLES: Final = (
    "bus",
    "bus_geodata",
    "line",
    "trafo",
    "switch",
    "ext_grid",
    "gen",
    "load",
    "sgen",
    "storage",
    "shunt",
    "asymmetric_load",
    "asymmetric_sgen",
    *UNSUPPORTED,
)
_TYPES: Final = frozenset(
    {"object", "str", "bool", "float64", "float32", "int64", "int32", "uint64", "uint32", "Int64", "category"}
)
_PLAIN: Final = (str, int, float, bool, type(None))


def plain_document(path: Path) -> dict[str, Any]:
    """The network in pandapower's form, with nothing but plain tables and a few plain values in it.

    Raises CaseError when the file is not a pandapower network.
    """
    return _cleaned(_document(path))


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CaseError(path.name, f"is larger than {_LARGEST_BYTES // 2**20} MB")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise CaseError(path.name, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CaseError(path.name, f"is not a JSON document ({error})") from None
    if not isinstance(document, dict) or document.get("_class") != "pandapowerNet":
        raise CaseError(path.name, "is not a pandapower network, or one of a version before 2.0: save it again")
    tables = document.get("_object")
    if not isinstance(tables, dict) or "bus" not in tables:
        raise CaseError(path.name, "has no table of buses")
    return tables


def _cleaned(tables: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _table(name, tables[name]) for name in _TABLES if name in tables}
    for name, default in {"version": "3.0.0", "format_version": "3.0.0", "name": ""}.items():
        found[name] = str(tables.get(name) or default)
    for name, value in {"f_hz": 50.0, "sn_mva": 1.0}.items():
        given = tables.get(name, value)
        found[name] = given if isinstance(given, int | float) else value
    found["std_types"] = {"line": {}, "trafo": {}, "trafo3w": {}}
    return {"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": found}


def _table(name: str, given: Any) -> dict[str, Any]:
    try:
        content = json.loads(given["_object"])
        columns, index, data = content["columns"], content["index"], content["data"]
        plain = all(isinstance(cell, _PLAIN) for row in [columns, index, *data] for cell in row)
        whole = all(len(row) == len(columns) for row in data) and len(index) == len(data)
    except (TypeError, KeyError, ValueError, RecursionError):
        raise CaseError(name, "is not a table of a pandapower file") from None
    if not plain or not whole:
        raise CaseError(name, "has cells that are neither numbers nor texts, or rows of different lengths")
    if any("_module" in cell for row in data for cell in row if isinstance(cell, str)):
        raise CaseError(name, "has cells that describe program objects; remove them")
    types = given.get("dtype") if isinstance(given.get("dtype"), dict) else {}
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps({"columns": columns, "index": index, "data": data}),
        "orient": "split",
        "dtype": {column: kind for column, kind in types.items() if column in columns and kind in _TYPES},
        "is_multiindex": False,
        "is_multicolumn": False,
    }
