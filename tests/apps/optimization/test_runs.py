"""The desks' look at the live state, from the state of an imported network that the test sets."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.dispatch.choices.proposal import Breach, ProposalStatus
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.services.scenes import Live, NoState
from apps.optimization.choices import (
    DESK_BALANCE,
    DESK_SINGLE,
    DESK_VOLTAGE,
    PERIOD,
    STALE_AFTER,
    RunOutcome,
    RunTrigger,
)
from apps.optimization.models import OptimizationRun
from apps.optimization.services import runs
from apps.state.choices import Outcome
from apps.state.models import Solution
from apps.studies.adapters.base import Base
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import base_of, live_of

pytestmark = pytest.mark.django_db
Look = Callable[..., OptimizationRun]


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(ring_file())


@pytest.fixture
def look(model: NetworkModel, monkeypatch: pytest.MonkeyPatch) -> Look:
    """A run on a state in which the first feeder's loads draw so many times what they usually do."""

    def looked(*, factor: float, at: datetime | None = None, source: float = 1.0) -> OptimizationRun:
        now = at or timezone.now()
        usual = base_of(model, heavy="A", factor=factor)
        base = replace(usual, source_voltage_pu=source * usual.source_voltage_pu)

        def live(*, as_of: datetime) -> Live:
            return live_of(model, base, as_of)

        monkeypatch.setattr(runs, "live_scene", live)
        run = runs.begin_run(trigger=RunTrigger.ASKED, as_of=now)
        return runs.carry_out(run_id=run.pk, clock=lambda: now)

    return looked


def test_each_desk_answers_and_the_best_ends_the_overload(look: Look) -> None:
    run = look(factor=1.6)
    assert run.outcome == RunOutcome.DONE
    trouble = Trouble.objects.standing().get(breach=Breach.OVERLOAD)
    verified = trouble.proposals.filter(status=ProposalStatus.VERIFIED)
    assert {one.desk for one in verified} >= {DESK_SINGLE, DESK_BALANCE}
    assert all(one.ends for one in verified.filter(desk=DESK_BALANCE))
    assert run.proposed == Proposal.objects.count()
    assert run.progress == 1.0
    assert "ways tried" in trouble.finding


def test_a_run_can_be_repeated_from_its_own_row(look: Look) -> None:
    run = look(factor=1.6)
    base = Base.unpacked(bytes(OptimizationRun.objects.get(pk=run.pk).base))
    assert base.digest().startswith(run.inputs["state"])
    assert run.inputs["network_version"] == run.network_model_id


def test_voltages_that_are_too_low_are_answered_by_the_tap_changer(look: Look) -> None:
    look(factor=1.0, source=0.86)
    feeders = Trouble.objects.standing().filter(breach=Breach.VOLTAGE_LOW, place__contains="F0")
    assert feeders.count() == 2
    for trouble in feeders:
        (proposal,) = trouble.proposals.filter(desk=DESK_VOLTAGE)
        assert (proposal.status, proposal.ends) == (ProposalStatus.VERIFIED, True)
        assert proposal.steps[0]["quantity"] == "tap_position"


def test_what_a_newer_run_does_not_say_again_is_superseded(look: Look) -> None:
    now = timezone.now()
    look(factor=1.6, at=now)
    first = Proposal.objects.filter(desk=DESK_SINGLE, status=ProposalStatus.VERIFIED).exclude(kind="transfer").first()
    assert first is not None
    look(factor=2.4, at=now + PERIOD)
    first.refresh_from_db()
    assert first.status in (ProposalStatus.SUPERSEDED, ProposalStatus.VERIFIED, ProposalStatus.FAILED_VERIFICATION)
    assert Proposal.objects.filter(desk=DESK_SINGLE, status=ProposalStatus.VERIFIED).exists() or first.reason


def test_where_no_limit_is_broken_nothing_is_tried_but_the_losses(look: Look) -> None:
    run = look(factor=1.0)
    assert run.text == "No limit is broken."
    assert {Breach(one.trouble.breach) for one in Proposal.objects.select_related("trouble")} <= {Breach.LOSSES}


def test_only_one_run_is_under_way_and_a_stale_one_is_given_up(model: NetworkModel) -> None:
    now = timezone.now()
    first = runs.begin_run(trigger=RunTrigger.PERIODIC, as_of=now)
    with pytest.raises(runs.Busy, match="under way"):
        runs.begin_run(trigger=RunTrigger.ASKED, as_of=now)
    assert runs.begin_if_due(as_of=now + timedelta(minutes=6)) is None
    second = runs.begin_run(trigger=RunTrigger.PERIODIC, as_of=now + STALE_AFTER + timedelta(seconds=1))
    first.refresh_from_db()
    assert (first.outcome, second.outcome) == (RunOutcome.FAILED, RunOutcome.QUEUED)


def test_a_state_that_is_not_known_is_an_outcome(model: NetworkModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(*, as_of: datetime) -> Live:
        raise NoState("There are no fresh measurements.")

    monkeypatch.setattr(runs, "live_scene", blind)
    run = runs.begin_run(trigger=RunTrigger.PERIODIC, as_of=timezone.now())
    done = runs.carry_out(run_id=run.pk, clock=timezone.now)
    assert (done.outcome, done.text) == (RunOutcome.NO_STATE, "There are no fresh measurements.")


def test_a_run_is_asked_for_by_whoever_may_decide_and_seen_by_all(
    model: NetworkModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("apps.optimization.api.runs.tasks.carry_out.delay", asked.append)
    client = Client()
    client.force_login(User.objects.create_user("vic", role=Role.VIEWER))
    assert client.post("/api/v1/optimization/runs").status_code == 403
    client.force_login(User.objects.create_user("anna", role=Role.OPERATOR))
    told = client.post("/api/v1/optimization/runs")
    assert (told.status_code, asked) == (202, [told.json()["id"]])
    assert client.post("/api/v1/optimization/runs").status_code == 409
    assert client.get(f"/api/v1/optimization/runs/{asked[0]}").json()["outcome"] == RunOutcome.QUEUED


@pytest.mark.parametrize(
    ("loading_percent", "voltage_pu", "due"),
    [(112.0, 0.895, None), (116.0, 0.895, RunTrigger.VIOLATION), (112.0, 0.885, RunTrigger.VIOLATION)],
)
def test_a_breach_that_has_grown_asks_for_new_remedies(
    model: NetworkModel, loading_percent: float, voltage_pu: float, due: RunTrigger | None
) -> None:
    """What ended 110 % does not end 120 %: the remedies of before may be too small."""
    now, line, node = timezone.now(), str(uuid4()), str(uuid4())
    known = [[line, "overload", 0.11], [node, "voltage-low", 0.004]]
    OptimizationRun.objects.create(trigger=RunTrigger.PERIODIC, as_of=now, inputs={"violations": known})
    rows = [
        {"equipment_mrid": line, "kind": "overload", "value": loading_percent, "limit": 100.0},
        {"equipment_mrid": node, "kind": "voltage-low", "value": voltage_pu, "limit": 0.9},
    ]
    Solution.objects.create(
        as_of=now, network_model=model, outcome=Outcome.SOLVED, duration_ms=1, violations=rows, frame=b""
    )
    assert runs.due_trigger(as_of=now + timedelta(seconds=30)) == due
