"""The bodies that the standard allows, as its own document says them (openadr3.yaml beside this file)."""

import functools
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

DOCUMENT = Path(__file__).with_name("openadr3.yaml")
_WITHOUT_MEANING = frozenset({"example", "description", "default", "nullable", "discriminator"})


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has the type null."""
    if isinstance(node, list):
        return [_as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _as_json_schema(value) for key, value in node.items() if key not in _WITHOUT_MEANING}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@functools.cache
def _schemas() -> dict[str, Any]:
    document = yaml.load(DOCUMENT.read_bytes(), Loader=yaml.CSafeLoader)
    found: dict[str, Any] = _as_json_schema({**document["components"]["schemas"], "problem": {}})
    return found


@functools.cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _schemas()}}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@functools.cache
def properties_of(name: str) -> frozenset[str]:
    return frozenset(_schemas()[name]["properties"])


def what_is_wrong(name: str, document: object) -> str:
    """The first fault, by field and remedy; empty: it is as the standard wants it."""
    fault = next(iter(_validator(name).iter_errors(document)), None)
    if fault is None:
        return ""
    field = ".".join(str(step) for step in fault.instance_path)
    return f"{field or 'The body'}: {fault.message[:300]}. See {name} in the OpenADR 3.1.0 document."
