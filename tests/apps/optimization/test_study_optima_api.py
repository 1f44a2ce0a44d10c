"""What would be best on a study over HTTP: who may ask, what is refused, and what it never reaches."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery.exceptions import OperationalError
from django.apps import apps
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.optimization import tasks
from apps.optimization.choices import RunOutcome
from apps.studies.choices import StudyStatus
from apps.studies.models import Study
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import base_of
from tests.factories.studies import study_of

pytestmark = pytest.mark.django_db
# What work on a study may write: its own tables, and the audit of who did it.
OWN = {"studies.Study", "studies.StudyChange", "studies.StudyRun", "optimization.StudyOptimum", "audit.AuditEvent"}


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(ring_file())


@pytest.fixture
def engineer() -> User:
    return User.objects.create_user("erin", password="x" * 20, role=Role.ENGINEER)


@pytest.fixture
def study(model: NetworkModel, engineer: User) -> Study:
    """The first feeder's loads draw so much that its cable carries more than it may."""
    return study_of(base_of(model, heavy="A", factor=1.6), model, engineer)


@pytest.fixture
def api(client: Client, engineer: User) -> Client:
    client.force_login(engineer)
    return client


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Numbers of the runs that a worker would be given."""
    given: list[int] = []
    monkeypatch.setattr(tasks.best_of_study, "delay", given.append)
    yield given


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"/api/v1/optimization/{path}", data=json.dumps(body or {}), content_type="application/json")


def test_it_is_asked_for_followed_and_applied_over_http_and_reaches_nothing_else(
    api: Client, study: Study, queued: list[int]
) -> None:
    """0 proposals, 0 orders, 0 requests of a command: every other table has the rows that it had."""
    before = rows()
    answer = post(api, f"studies/{study.pk}", {"aim": "losses"})
    assert answer.status_code == 202, answer.content
    assert answer.json()["outcome"] == RunOutcome.QUEUED
    assert queued == [answer.json()["id"]]
    assert post(api, f"studies/{study.pk}", {"aim": "losses"}).status_code == 409
    assert tasks.best_of_study(queued[0]) == RunOutcome.DONE
    at = f"studies/{study.pk}/runs/{queued[0]}"
    told = api.get(f"/api/v1/optimization/{at}").json()
    assert told["result"]["after"]["losses_kw"] < told["result"]["before"]["losses_kw"]
    assert told["is_current"]
    applied = post(api, f"{at}/apply")
    assert applied.status_code == 200, applied.content
    assert applied.json()["applied_by"] == "erin"
    assert post(api, f"{at}/apply").status_code == 409
    (listed,) = api.get(f"/api/v1/optimization/studies/{study.pk}").json()["optima"]
    assert listed == applied.json()
    assert study.changes.exists()
    assert rows() == before
    assert {name: before[name] for name in NEVER} == dict.fromkeys(NEVER, 0)


NEVER = ("dispatch.Proposal", "dispatch.Trouble", "dispatch.Order", "telemetry.ControlRequest")


def rows() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count() for model in apps.get_models() if model._meta.label not in OWN
    }


def test_an_archived_study_is_not_asked(api: Client, study: Study, queued: list[int]) -> None:
    Study.objects.filter(pk=study.pk).update(status=StudyStatus.ARCHIVED)
    answer = post(api, f"studies/{study.pk}", {"aim": "losses"})
    assert (answer.status_code, queued) == (409, [])
    assert "archived" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "aim"), ({"aim": "profit"}, "aim"), ({"aim": "losses", "max_switchings": -1}, "max_switchings")],
)
def test_bad_wishes_name_the_field(api: Client, study: Study, body: dict[str, Any], field: str) -> None:
    answer = post(api, f"studies/{study.pk}", body)
    assert answer.status_code == 400
    assert field in answer.json()


def test_who_may_not_edit_studies_may_not_ask(client: Client, study: Study, queued: list[int]) -> None:
    client.force_login(User.objects.create_user("vera", password="x" * 20, role=Role.VIEWER))
    assert post(client, f"studies/{study.pk}", {"aim": "losses"}).status_code == 403
    assert client.get(f"/api/v1/optimization/studies/{study.pk}").status_code == 403
    assert queued == []


def test_a_queue_that_cannot_be_reached_is_told(api: Client, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_: int) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.best_of_study, "delay", unreachable)
    told = post(api, f"studies/{study.pk}", {"aim": "losses"}).json()
    assert told["outcome"] == RunOutcome.FAILED
    assert "Try again" in told["text"]


def test_unknown_runs_and_studies_are_not_found(api: Client, study: Study) -> None:
    assert post(api, "studies/999999", {"aim": "losses"}).status_code == 404
    assert api.get(f"/api/v1/optimization/studies/{study.pk}/runs/999999").status_code == 404
    assert post(api, f"studies/{study.pk}/runs/999999/apply").status_code == 404
