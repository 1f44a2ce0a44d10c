"""What every operation of the API may answer besides its own, told once for the OpenAPI document."""

from typing import Any

PROBLEM = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
FAULTS = {"type": "object", "additionalProperties": {}, "description": "What is wrong, by field; or in `detail`."}
COMMON = {
    "401": ("Sign in, or send a valid token.", PROBLEM),
    "403": ("The permission is missing.", PROBLEM),
    "503": ("The database does not answer; wait as Retry-After says and try again.", PROBLEM),
}
OF_INPUT = {"400": ("The request cannot be understood.", FAULTS)}
OF_PLACES = {"404": ("There is nothing of that name.", PROBLEM)}


def tell_common_answers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular; what an operation says itself stands."""
    for path, operations in result["paths"].items():
        for operation in operations.values():
            _complete(operation, has_place="{" in path)
    return result


def _complete(operation: dict[str, Any], *, has_place: bool) -> None:
    has_input = bool(operation.get("parameters") or operation.get("requestBody"))
    known = COMMON | (OF_INPUT if has_input else {}) | (OF_PLACES if has_place else {})
    for status, (text, schema) in known.items():
        answer = {"description": text, "content": {"application/json": {"schema": schema}}}
        operation["responses"].setdefault(status, answer)
