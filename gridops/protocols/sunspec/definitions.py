"""The definitions of models that the SunSpec Alliance publishes with its own client, pysunspec2."""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import sunspec2  # type: ignore[import-untyped]  # only its data


class UnknownModel(LookupError):
    """No definition of this number is known here."""


@cache
def definition(model: int) -> dict[str, Any]:
    """The outermost group of a model. Raises UnknownModel."""
    source = files(sunspec2) / "models" / "json" / f"model_{model}.json"
    if not source.is_file():
        raise UnknownModel(f"SunSpec model {model} is not known here")
    group: dict[str, Any] = orjson.loads(source.read_bytes())["group"]
    return group
