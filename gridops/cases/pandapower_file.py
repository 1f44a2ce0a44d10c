"""A pandapower JSON file. Imports pandapower: only for `python -m gridops.cases`."""

import json
from pathlib import Path
from typing import Any, Final

from pandapower.file_io import from_json_string

from gridops.cases.case import NetworkCase
from gridops.cases.errors import CaseError
from gridops.cases.geography import settled
from gridops.cases.pandapower_document import plain_document
from gridops.cases.pandapower_net.convert import convert

_LICENCE: Final = "Network: pandapower file; its origin and terms of use are its author's."


def read(source: str) -> NetworkCase:
    """Raises CaseError when the file is not a pandapower network or holds what cannot be represented."""
    path = Path(source)
    net = _network(plain_document(path), path.name)
    name = str(net["name"] or path.stem)
    return settled(convert(net, source=source, name=name, licence=_LICENCE))


def _network(document: dict[str, Any], name: str) -> Any:
    try:
        return from_json_string(json.dumps(document), convert=True)
    except (ValueError, KeyError, TypeError, AttributeError, UserWarning) as error:
        raise CaseError(name, f"is not read by pandapower: {str(error)[:200]}") from None
