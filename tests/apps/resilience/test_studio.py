"""The studio: a run on the stored network, its front and reasons, and what is refused."""

from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.assets.selectors import assembled
from apps.audit.models import AuditEvent
from apps.resilience import tasks
from apps.resilience.adapters.grid_facts import switched
from apps.resilience.adapters.measures import DEFAULTS
from apps.resilience.adapters.rates import Rates
from apps.resilience.adapters.stored_grid import stored_facts
from apps.resilience.choices.studio import STUDIO_STALE, StudioOutcome
from apps.resilience.models import StudioRun
from apps.resilience.services import studio
from gridops.engine.reliability.analytic import effects, load_figures
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/resilience/hardening"
OPTIONS = {"budget": 60_000.0, "steps": 2, "kinds": ["switch", "trees", "generator"], "most_of_a_kind": 3, "draws": 2}


@pytest.fixture
def network() -> NetworkModel:
    return imported("matpower:case33bw")


@pytest.fixture
def engineer() -> User:
    return User.objects.create_user("erik", password="a long enough password", role=Role.ENGINEER)


@pytest.fixture
def client(engineer) -> Client:
    client = Client()
    client.force_login(engineer)
    return client


def _done(engineer, **options) -> StudioRun:
    run = studio.begin_studio_run(options=OPTIONS | options, as_of=timezone.now(), by=engineer)
    return studio.carry_out_studio_run(run_id=run.pk, clock=timezone.now)


def test_a_run_stores_a_front_that_falls_with_reasons_and_money(network, engineer):
    run = _done(engineer)
    assert run.outcome == StudioOutcome.DONE, run.text
    front = run.result["front"]
    minutes, costs = ([one[name] for one in front] for name in ("customer_minutes", "cost"))
    assert costs[0] == 0
    assert not front[0]["measures"]
    assert minutes == sorted(minutes, reverse=True)
    assert costs[-1] <= OPTIONS["budget"]
    last = front[-1]
    assert last["measures"]
    assert sum(one["cost"] for one in last["measures"]) == pytest.approx(last["cost"])
    assert all("customer minutes a year more" in one["reason"] for one in last["measures"])
    assert last["bound_customer_minutes"] <= last["customer_minutes"]
    saved = (front[0]["ens_kwh"] - last["ens_kwh"]) * DEFAULTS["voll_per_kwh"]
    assert last["saved_per_year"] == pytest.approx(saved)
    assert (run.network_model, run.network_revision) == (network, network.revision)


def test_without_draws_the_beginning_is_the_analytic_answer(network, engineer, monkeypatch):
    monkeypatch.setattr(
        "apps.resilience.adapters.measures.repair_draws", lambda rng, parts, draws: np.ones((parts, draws))
    )
    grid, _ = switched(stored_facts(assembled(network)), Rates())
    figures = load_figures(grid, effects(grid))
    assert _done(engineer).result["before"]["ens_kwh"] == pytest.approx(figures.ens_kwh.sum())


def test_the_same_inputs_give_the_same_run(network, engineer):
    first = _done(engineer)
    again = StudioRun.objects.create(as_of=first.as_of, asked_by=engineer, options=first.options, seed=first.seed)
    assert studio.carry_out_studio_run(run_id=again.pk, clock=timezone.now).result == first.result


def test_without_a_network_the_run_says_so(engineer):
    run = _done(engineer)
    assert run.outcome == StudioOutcome.FAILED
    assert "Import one" in run.text


def test_one_run_at_a_time_until_its_worker_is_given_up(network, engineer):
    now = timezone.now()
    studio.begin_studio_run(options=OPTIONS, as_of=now, by=engineer)
    with pytest.raises(studio.StudioBusy):
        studio.begin_studio_run(options=OPTIONS, as_of=now, by=engineer)
    later = now + STUDIO_STALE + timedelta(seconds=1)
    assert studio.begin_studio_run(options=OPTIONS, as_of=later, by=engineer).outcome == StudioOutcome.QUEUED


def test_the_api_asks_tells_and_refuses(network, client, monkeypatch):
    monkeypatch.setattr(tasks.carry_out_studio_run, "delay", lambda pk: None)
    asked = client.post(ADDRESS, OPTIONS, content_type="application/json")
    assert asked.status_code == 202
    assert client.post(ADDRESS, OPTIONS, content_type="application/json").status_code == 409
    told = client.get(ADDRESS).json()
    assert (told["asked"]["outcome"], told["run"]) == ("queued", None)
    assert tasks.carry_out_studio_run(asked.json()["id"]) == "done"
    assert client.get(ADDRESS).json()["run"]["result"]["front"]
    assert AuditEvent.objects.filter(action="studio.asked").count() == 1


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"budget": -1}, "budget"),
        ({"budget": "much"}, "budget"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["wish"]}, "kinds"),
        ({"rates": {"overhead_repair_h": -1}}, "rates"),
        ({"rates": {"speed": 1}}, "rates"),
        ({"battery_hours": 0}, "battery_hours"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_name(network, client, body, named):
    answer = client.post(ADDRESS, body, content_type="application/json")
    assert answer.status_code == 400
    assert named in answer.json()


def test_an_operator_may_look_but_not_ask(network):
    client = Client()
    client.force_login(User.objects.create_user("otto", password="a long enough password", role=Role.OPERATOR))
    assert client.get(ADDRESS).status_code == 200
    assert client.post(ADDRESS, OPTIONS, content_type="application/json").status_code == 403
