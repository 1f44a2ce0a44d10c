"""Studies over HTTP: what is refused, and what never happens."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from celery.exceptions import OperationalError
from django.apps import apps
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.selectors import assembled
from apps.studies import tasks
from apps.studies.api import runs as api_runs
from apps.studies.choices import RunOutcome
from apps.studies.models import Study, StudyRun
from apps.studies.services import runs
from tests.factories.field import Room

pytestmark = pytest.mark.django_db

# The only tables that work on a study may write: its own, and the audit of who did it.
OWN = {"studies.Study", "studies.StudyChange", "studies.StudyRun", "audit.AuditEvent"}


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(f"/api/v1/{path}", data=json.dumps(body), content_type="application/json")


def rows() -> dict[str, int]:
    return {model._meta.label: model.objects.count() for model in apps.get_models() if model._meta.label not in OWN}


def everything(api: Client, room: Room, begun: datetime) -> int:
    made = post(api, "studies", {"name": "All of it", "at": begun.isoformat()})
    assert made.status_code == 201, made.content
    study = made.json()["id"]
    network = assembled(Study.objects.get(pk=study).network_model)
    node, load = network.nodes.mrid[0], network.injections.mrid[0]
    for given in (
        {"kind": "switch", "mrid": network.switches.mrid[0], "closed": False},
        {"kind": "switch", "mrid": network.switches.mrid[0], "closed": True},
        {"kind": "scale", "which": "load", "factor": 4.0},
        {"kind": "plant", "mrid": load, "plant": "battery", "flowing": "draws", "p_kw": 50, "cos_phi": 0.9},
        {"kind": "set-power", "mrid": load, "p_kw": 70, "q_kvar": 5},
        {"kind": "outage", "mrid": network.lines.mrid[5]},
        {"kind": "tap", "mrid": network.transformers.mrid[0], "position": 1},
    ):
        answer = post(api, f"studies/{study}/changes", given)
        assert answer.status_code == 201, answer.content
    for given in (
        {"kind": "power-flow", "regulate": True},
        {"kind": "n-1"},
        {"kind": "hosting", "mrid": node},
        {"kind": "short-circuit", "mrid": load},
    ):
        answer = post(api, f"studies/{study}/runs", given)
        assert (answer.status_code, answer.json()["outcome"]) == (201, "done"), answer.content
    assert api.delete(f"/api/v1/studies/{study}/changes/3").status_code == 204
    assert api.get(f"/api/v1/studies/{study}/comparison").status_code == 200
    return study


def test_all_that_a_study_can_do_writes_its_own_rows_and_the_audit_alone(
    api: Client, room: Room, begun: datetime
) -> None:
    """No alarm, no journal row, no sample, no state, no newest value, no command: nothing anybody else reads."""
    before = rows()
    labels = {"alarms.Alarm", "live.JournalEntry", "state.Solution", "telemetry.LatestBlock"}
    assert labels <= set(before)
    everything(api, room, begun)
    assert rows() == before


def test_the_result_and_the_frame_of_a_run_are_read_again(api: Client, room: Room, begun: datetime) -> None:
    study = everything(api, room, begun)
    document = api.get(f"/api/v1/studies/{study}").json()
    assert [run["kind"] for run in document["runs"]] == ["short-circuit", "hosting", "n-1", "power-flow"]
    assert all(not run["is_current"] for run in document["runs"])  # one change was undone since
    flow = document["runs"][-1]["id"]
    assert api.get(f"/api/v1/studies/{study}/runs/{flow}").json()["result"]["figures"]["load_kw"] > 0
    assert api.get(f"/api/v1/studies/{study}/runs/{flow}/frame").content[:4] == b"GOF1"
    assert api.get(f"/api/v1/studies/{study}/runs/{flow + 1}/frame").status_code == 404
    geometry = api.get(f"/api/v1/studies/{study}/geometry").json()
    assert geometry["model_version"] == document["model_version"]
    name = geometry["lines"]["name"][0]
    assert name in {hit["name"] for hit in api.get(f"/api/v1/studies/{study}/elements", {"q": name}).json()}


WRONG_CHANGES = [
    ({"kind": "explode"}, "kind", "Give one of"),
    ({}, "kind", "Give one of"),
    ({"kind": "switch", "mrid": "nobody", "closed": True}, "mrid", "no such switch"),
    ({"kind": "switch", "closed": True}, "mrid", "No equipment is named"),
    ({"kind": "switch", "mrid": "SWITCH", "closed": "yes"}, "closed", "Give true"),
    ({"kind": "scale", "which": "moods", "factor": 1}, "which", "Give one of"),
    ({"kind": "scale", "which": "load", "factor": -1}, "factor", "from 0 to 20"),
    ({"kind": "scale", "which": "load", "factor": "NaN"}, "factor", "Give a number"),
    ({"kind": "scale", "which": "load", "factor": True}, "factor", "Give a number"),
    ({"kind": "scale", "which": "load", "factor": 1, "mrid": "x' OR 1=1"}, "mrid", "no such load"),
    ({"kind": "scale", "which": "generation", "factor": 1, "mrid": "LINE"}, "mrid", "no such load"),
    ({"kind": "plant", "mrid": "LOAD", "plant": "fusion", "p_kw": 1}, "plant", "Give one of"),
    ({"kind": "plant", "mrid": "LOAD", "plant": "battery", "p_kw": 1}, "flowing", "Give one of"),
    ({"kind": "plant", "mrid": "LOAD", "plant": "pv", "p_kw": -5}, "p_kw", "from 0"),
    ({"kind": "plant", "mrid": "LOAD", "plant": "pv", "p_kw": 5, "cos_phi": 1.2}, "cos_phi", "from 0.1 to 1"),
    ({"kind": "plant", "mrid": ["a"], "plant": "pv", "p_kw": 5}, "mrid", "No equipment"),
    ({"kind": "set-power", "mrid": "LINE", "p_kw": 5}, "mrid", "no such load"),
    ({"kind": "set-power", "mrid": "LOAD", "p_kw": None}, "p_kw", "Give a number"),
    ({"kind": "outage", "mrid": "SWITCH"}, "mrid", "no such line"),
    ({"kind": "tap", "mrid": "TRAFO", "position": 400}, "position", "in that range"),
    ({"kind": "tap", "mrid": "TRAFO", "position": 0.5}, "position", "whole numbers"),
]


@pytest.fixture
def names(study: Study) -> Callable[[dict[str, Any]], dict[str, Any]]:
    network = assembled(study.network_model)
    known = {
        "SWITCH": network.switches.mrid[0],
        "LINE": network.lines.mrid[0],
        "LOAD": network.injections.mrid[0],
        "TRAFO": network.transformers.mrid[0],
    }

    def named(given: dict[str, Any]) -> dict[str, Any]:
        return {key: known.get(value, value) if isinstance(value, str) else value for key, value in given.items()}

    return named


def test_a_wrong_change_is_refused_with_its_field_and_a_remedy(api: Client, study: Study, names: Any) -> None:
    for given, field, says in WRONG_CHANGES:
        answer = post(api, f"studies/{study.pk}/changes", names(given))
        assert answer.status_code == 400, given
        assert says in answer.json()[field][0], given
        assert field in answer.json()["detail"]
    assert not study.changes.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "fortune"}, "kind"),
        ({"kind": "hosting"}, "mrid"),
        ({"kind": "hosting", "mrid": "nobody"}, "mrid"),
        ({"kind": "hosting", "mrid": "LOAD", "most_kw": 0}, "most_kw"),
        ({"kind": "hosting", "mrid": "LOAD", "flowing": "up"}, "flowing"),
        ({"kind": "short-circuit", "mrid": "LINE"}, "mrid"),
        ({"kind": "short-circuit", "mrid": "LOAD", "source_mva": 0}, "source_mva"),
        ({"kind": "n-1", "least_kv": "all"}, "least_kv"),
        ({"kind": "power-flow", "regulate": "perhaps"}, "regulate"),
    ],
)
def test_a_wrong_run_is_refused_with_its_field(
    api: Client, study: Study, names: Any, given: dict[str, Any], field: str
) -> None:
    answer = post(api, f"studies/{study.pk}/runs", names(given))
    assert answer.status_code == 400
    assert answer.json()[field]
    assert not StudyRun.objects.exists()


def test_other_wrong_requests(api: Client, study: Study) -> None:
    assert post(api, "studies", {"name": ""}).status_code == 400
    assert post(api, "studies", {"name": "x", "at": "yesterday"}).status_code == 400
    assert "at" in post(api, "studies", {"name": "x", "at": "2001-01-01T00:00:00Z"}).json()
    assert post(api, "studies", {"name": "nul\u0000"}).status_code == 400
    assert post(api, f"studies/{study.pk}/changes", [1, 2]).status_code == 400
    assert post(api, "studies/999999/runs", {"kind": "n-1"}).status_code == 404
    assert api.delete(f"/api/v1/studies/{study.pk}/changes/77").status_code == 404
    assert api.get(f"/api/v1/studies/{study.pk}/comparison?with=moon").status_code == 400
    assert api.get(f"/api/v1/studies/{study.pk}/comparison?with=999999").status_code == 404
    assert api.get("/api/v1/studies?status=lost").status_code == 400
    patched = api.patch(f"/api/v1/studies/{study.pk}", data="{}", content_type="application/json")
    assert patched.status_code == 400


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PROGRAM_MANAGER])
def test_who_may_not_run_studies_sees_none(client: Client, study: Study, role: Role) -> None:
    client.force_login(User.objects.create_user("eve", role=role))
    assert client.get("/api/v1/studies").status_code == 403
    assert post(client, f"studies/{study.pk}/runs", {"kind": "n-1"}).status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ENGINEER, Role.ADMIN])
def test_who_operates_or_plans_may_run_studies(client: Client, study: Study, role: Role) -> None:
    client.force_login(User.objects.create_user("ann", role=role))
    assert post(client, f"studies/{study.pk}/runs", {"kind": "power-flow"}).status_code == 201


def test_a_large_run_goes_to_a_worker_and_tells_how_far_it_is(
    api: Client, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.carry_out, "delay", sent.append)
    answer = post(api, f"studies/{study.pk}/runs", {"kind": "hosting", "mrid": "all", "most_kw": 5000})
    assert (answer.status_code, answer.json()["outcome"]) == (202, "queued")
    assert sent == [answer.json()["id"]]
    assert tasks.carry_out(sent[0]) == RunOutcome.DONE
    document = api.get(f"/api/v1/studies/{study.pk}/runs/{sent[0]}").json()
    assert (document["progress"], document["outcome"]) == (1.0, "done")
    network = assembled(study.network_model)
    assert len(document["result"]["nodes"]) == network.n_display_nodes
    capacities = [node["capacity_kw"] for node in document["result"]["nodes"]]
    assert capacities == sorted(capacities, reverse=True)
    # One node by itself has what it has among all.
    one = document["result"]["nodes"][len(capacities) // 2]
    alone = post(api, f"studies/{study.pk}/runs", {"kind": "hosting", "mrid": one["mrid"], "most_kw": 5000})
    assert alone.json()["result"]["nodes"] == [one]


def test_without_a_queue_a_large_run_says_so(api: Client, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_: int) -> None:
        raise OperationalError

    monkeypatch.setattr(api_runs.tasks.carry_out, "delay", unreachable)
    answer = post(api, f"studies/{study.pk}/runs", {"kind": "hosting", "mrid": "all"})
    assert (answer.status_code, answer.json()["outcome"]) == (202, "failed")
    assert "queue" in answer.json()["text"]


def test_only_the_newest_runs_are_kept(study: Study, run: Callable[..., StudyRun], monkeypatch: Any) -> None:
    monkeypatch.setattr(runs, "KEPT_RUNS", 3)
    made = [run(study).pk for _ in range(5)]
    assert list(study.runs.values_list("pk", flat=True)) == made[:1:-1]
