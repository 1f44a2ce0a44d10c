"""The API does what its own document says, whatever is asked of it."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, BaseSchema, Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.journeys.site import Site

PROMISES = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25
ASKED_OF_US = {
    "/api/v1/telemetry/samples",
    "/api/v1/alarms",
    "/api/v1/alarms/{alarm_id}/acknowledgement",
    "/api/v1/state/latest",
}
quietly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def headers(site: Site) -> dict[str, str]:
    """Of an administrator who is signed in, as the browsable documentation sends them."""
    admin = site.person("admin")
    token = admin.session.cookies["csrftoken"]
    return {"Cookie": admin.cookie, "X-CSRFToken": token, "Referer": site.url}


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    return site.manage("issue_token", "--user", "admin", "--scope", "write_telemetry")


@pytest.fixture(scope="module")
def api(site: Site, headers: dict[str, str]) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{site.url}/api/schema/?format=json", headers=headers)


def operations(api: BaseSchema) -> Iterator[APIOperation]:
    for found in api.get_all_operations():
        yield found.ok()


def faults(operation: APIOperation, headers: dict[str, str]) -> Iterator[str]:
    @seed(2026)
    @quietly
    @given(case=operation.as_strategy())
    def answers_as_documented(case: Case) -> None:
        answer = case.call(headers=headers)
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, answer.text
        case.validate_response(answer, checks=PROMISES)

    try:
        answers_as_documented()
    except (Exception, FailureGroup) as error:  # noqa: BLE001  every operation gets its turn; all faults are told together
        yield f"{operation.method.upper()} {operation.path}: {type(error).__name__}: {error}"


def test_the_document_names_what_others_script_against(api: BaseSchema) -> None:
    assert {operation.path for operation in operations(api)} >= ASKED_OF_US


def test_every_operation_answers_as_documented(api: BaseSchema, headers: dict[str, str], token: str) -> None:
    found: list[str] = []
    for operation in operations(api):
        is_for_devices = operation.path == "/api/v1/telemetry/samples"
        found += faults(operation, {"Authorization": f"Bearer {token}"} if is_for_devices else headers)
    assert not found, "\n\n".join(found)
