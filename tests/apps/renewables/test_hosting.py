"""Hosting runs of a small city: what is stored, what is told, and what is refused."""

import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.selectors import assembled, current_model
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import STEPS_A_DAY
from apps.forecasts.services.history_rows import write_days
from apps.renewables import tasks
from apps.renewables.choices import HOSTING_STALE, HostingOutcome
from apps.renewables.models import HostingNode, HostingRun
from apps.renewables.selectors.hosting import hosting_nodes, system_past
from apps.renewables.services import hosting
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir, grid
from tests.factories.histories import made

pytestmark = pytest.mark.django_db
OPTIONS: dict[str, Any] = {"deployments": 20, "plant_kw": 200.0, "penetration_percent": 150.0, "most_kw": 5000.0}
DAYS = 3


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(MEDIUM_VOLTAGE)


@pytest.fixture
def begun() -> datetime:
    return timezone.now() - timedelta(seconds=2)


@pytest.fixture
def room(begun: datetime) -> Room:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=begun)
    room.step(begun)
    return room


@pytest.fixture
def engineer() -> User:
    return User.objects.create_user("erin", role=Role.ENGINEER)


def clock() -> datetime:
    return timezone.now()


def done(begun: datetime, **options: Any) -> HostingRun:
    run = hosting.begin_hosting(options=OPTIONS | options, as_of=begun)
    return hosting.carry_out_hosting(run_id=run.pk, clock=lambda: begun)


def with_past(begun: datetime, *, load: list[float], net: list[float]) -> None:
    """The last whole days, their quarter hours alike within each hour."""
    first = (begun - timedelta(days=DAYS)).date()
    for quantity, hours in ((Quantity.LOAD, load), (Quantity.NET_LOAD, net), (Quantity.PV, np.subtract(load, net))):
        series = made("system", Subject.SYSTEM, quantity, f"System {quantity}")
        day = np.repeat(np.asarray(hours, float), STEPS_A_DAY // 24)
        write_days([series.pk], first, np.tile(day, DAYS)[None], over=True)


def test_every_node_of_the_network_has_a_row_and_the_text_says_the_middle(room: Room, begun: datetime) -> None:
    run = done(begun)
    model = current_model()
    assert model is not None
    network = assembled(model)
    assert (run.outcome, run.progress) == (HostingOutcome.DONE, 1.0)
    told = hosting_nodes(run)
    assert [row["capacity_kw"] for row in told] == sorted(row["capacity_kw"] for row in told)
    assert {str(row["mrid"]) for row in told} == set(network.nodes.mrid[: network.n_display_nodes])
    middle = float(np.median([row["capacity_kw"] for row in told]))
    assert f"{middle:,.0f} kW" in run.text
    assert all(row["sentence"].endswith(".") for row in told)


def test_without_a_history_only_now_is_looked_at_and_that_is_said(room: Room, begun: datetime) -> None:
    (hour,) = done(begun).hours
    assert hour["why"] == "Now: no earlier hour is known"
    assert hour["load_kw"] > 0


def test_the_hard_hours_come_from_the_history(room: Room, begun: datetime) -> None:
    load, net = [1000.0] * 24, [900.0] * 24
    load[3], net[3] = 500.0, 480.0  # least load, but next to nothing is generated
    net[12], net[13] = -400.0, -300.0
    load[13] = 800.0
    with_past(begun, load=load, net=net)
    past = system_past(as_of=begun)
    assert past is not None
    found = {hour["why"]: hour for hour in done(begun).hours}
    assert found["Most is fed back; Most is generated"]["at"][11:13] == "12"
    assert found["Least load while much is generated"]["load_kw"] == 800.0


def test_growth_until_a_later_year_is_in_the_hours(room: Room, begun: datetime) -> None:
    with_past(begun, load=[1000.0] * 24, net=[-200.0] * 24)
    (plain,) = done(begun).hours
    (later,) = done(begun, years=10, load_growth_percent=2.0, plant_growth_percent=5.0).hours
    assert later["load_kw"] == pytest.approx(plain["load_kw"] * 1.02**10, rel=1e-3)
    assert later["pv_kw"] == pytest.approx(plain["pv_kw"] * 1.05**10, rel=1e-3)


def test_tighter_limits_host_less(room: Room, begun: datetime) -> None:
    wide, tight = (
        {row["mrid"]: row["capacity_kw"] for row in hosting_nodes(done(begun, **options))}
        for options in ({}, {"loading_percent": 60.0, "rise_percent": 1.0})
    )
    assert all(tight[mrid] <= wide[mrid] * 1.02 + 1 for mrid in wide)
    assert sum(tight.values()) < 0.9 * sum(wide.values())


def test_the_risk_of_every_feeder_rises_and_is_kept_with_its_seed(room: Room, begun: datetime) -> None:
    run = done(begun)
    assert run.risk["feeders"]
    for told in (run.risk, *run.risk["feeders"]):
        share = told.get("share") or told["network"]
        assert share == sorted(share)
    assert run.risk["penetration"][-1] == 1.5
    assert run.risk["added_kw"][-1] == pytest.approx(1.5 * run.risk["reference_kw"], rel=1e-3)


def test_without_a_state_nothing_is_made_up(begun: datetime) -> None:
    run = done(begun)
    assert run.outcome == HostingOutcome.NO_STATE
    assert "Import" in run.text
    assert not HostingNode.objects.exists()


def test_one_run_at_a_time_and_one_that_was_left_is_given_up(begun: datetime) -> None:
    first = hosting.begin_hosting(options={}, as_of=begun - 2 * HOSTING_STALE)
    second = hosting.begin_hosting(options={}, as_of=begun)
    with pytest.raises(hosting.HostingBusy, match="under way"):
        hosting.begin_hosting(options={}, as_of=begun)
    assert hosting.nightly_hosting(clock=clock) is None
    first.refresh_from_db()
    assert (first.outcome, second.outcome) == (HostingOutcome.FAILED, HostingOutcome.QUEUED)


def test_a_second_worker_finds_it_begun(begun: datetime) -> None:
    run = hosting.begin_hosting(options={}, as_of=begun)
    HostingRun.objects.update(outcome=HostingOutcome.RUNNING)
    assert hosting.carry_out_hosting(run_id=run.pk, clock=clock).outcome == HostingOutcome.RUNNING


def test_the_night_asks_as_somebody_asked_last(begun: datetime, engineer: User) -> None:
    asked = hosting.begin_hosting(options={"cos_phi": 0.95}, as_of=begun, by=engineer)
    hosting.give_up_hosting(run=asked, reason="test", as_of=begun)
    night = hosting.nightly_hosting(clock=clock)
    assert night is not None
    assert night.options["cos_phi"] == 0.95


def post(client: Client, body: Any) -> Any:
    return client.post("/api/v1/renewables/hosting", data=json.dumps(body), content_type="application/json")


def test_over_http_it_is_asked_for_worked_out_and_read(
    client: Client, engineer: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(engineer)
    assert client.get("/api/v1/renewables/hosting").json()["run"] is None
    assert client.get("/api/v1/renewables/hosting/run").status_code == 404
    monkeypatch.setattr(tasks.carry_out_hosting, "delay", tasks.carry_out_hosting)
    answer = post(client, OPTIONS | {"reactive": "volt-var", "most_kw": 40_000.0})
    assert answer.status_code == 202, answer.content
    told = client.get("/api/v1/renewables/hosting").json()
    assert told["run"]["id"] == answer.json()["id"] == client.get("/api/v1/renewables/hosting/run").json()["id"]
    assert told["run"]["options"]["reactive"] == "volt-var"
    row = next(one for one in told["nodes"] if one["limit"] != "none")
    one = client.get(f"/api/v1/renewables/hosting/{told['run']['id']}/nodes/{row['mrid']}").json()
    assert one["course"]["kw"][2] == pytest.approx(row["capacity_kw"])
    assert len(one["course"]["value"]) == len(one["course"]["own_pu"]) == len(one["course"]["kw"])
    assert client.get(f"/api/v1/renewables/hosting/0/nodes/{row['mrid']}").status_code == 404


@pytest.mark.parametrize("body", [
    {"cos_phi": 1.2}, {"reactive": "sometimes"}, {"deployments": 5}, {"years": -1}, {"most_kw": "x"},
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_the_field(client: Client, engineer: User, body: dict[str, Any]) -> None:
    client.force_login(engineer)
    answer = post(client, body)
    assert answer.status_code == 400
    assert next(iter(body)) in answer.content.decode()
    assert not HostingRun.objects.exists()


def test_who_may_not_run_studies_may_read_and_not_ask(client: Client) -> None:
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    assert client.get("/api/v1/renewables/hosting").status_code == 200
    assert post(client, {}).status_code == 403


def test_a_run_under_way_is_a_conflict(client: Client, engineer: User, begun: datetime) -> None:
    client.force_login(engineer)
    hosting.begin_hosting(options={}, as_of=timezone.now())
    assert post(client, {}).status_code == 409
