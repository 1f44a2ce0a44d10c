"""The voltage desk: what it plans for a feeder, with which devices, for what aim, and what its rows keep."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Area, AreaAssignment, AreaMember, User
from apps.assets.models import Feeder, NetworkModel, Switch
from apps.assets.selectors import assembled
from apps.audit.models import AuditEvent
from apps.dispatch.choices.proposal import Breach, ProposalStatus
from apps.dispatch.models import Proposal
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live
from apps.optimization.choices import DESK_VOLTAGE, RunTrigger, VoltageObjective
from apps.optimization.models import OptimizationRun, VoltagePlan, VoltageSetting
from apps.optimization.services import expected, runs
from apps.optimization.services.voltage_desk import VoltageRegulation
from apps.optimization.services.voltage_settings import set_voltage_setting
from apps.state.adapters.look_ahead import Expected
from apps.telemetry.models import StateChange
from gridops.engine.security.outlook import Expectation
from tests.factories.banks import bank_file
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.scenes import base_of, live_of

pytestmark = pytest.mark.django_db
Look = Callable[..., OptimizationRun]


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(bank_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(bank_file())


@pytest.fixture
def feeder(model: NetworkModel) -> Feeder:
    return Feeder.objects.get(model=model, name__endswith="F01")


@pytest.fixture
def sam() -> User:
    return User.objects.create_user("sam", role=Role.SUPERVISOR)


def live_at(model: NetworkModel, *, source: float = 1.0, factor: float = 1.0) -> Live:
    usual = base_of(model, heavy="A", factor=factor)
    return live_of(model, replace(usual, source_voltage_pu=source * usual.source_voltage_pu), timezone.now())


def wants(feeder: Feeder, by: User, objective: VoltageObjective, *, most: int = 24) -> VoltageSetting:
    return set_voltage_setting(
        feeder_mrid=feeder.mrid,
        by=by,
        as_of=timezone.now(),
        objective=objective,
        flat_pu=1.0,
        most_operations_per_day=most,
        reason="The evening peak.",
    )


def looked(live: Live, monkeypatch: pytest.MonkeyPatch, *, asked: UUID | None = None) -> OptimizationRun:
    monkeypatch.setattr(runs, "live_scene", lambda *, as_of: live)
    run = runs.begin_run(trigger=RunTrigger.ASKED, as_of=live.as_of, feeder=asked)
    return runs.carry_out(run_id=run.pk, clock=lambda: live.as_of)


def bank_switch(model: NetworkModel) -> str:
    return str(Switch.objects.get(model=model, name="Bank switch").mrid)


def test_a_capacitor_behind_its_own_switch_is_proposed_and_stands_the_check(
    model: NetworkModel, feeder: Feeder, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants(feeder, sam, VoltageObjective.LOSS)
    looked(live_at(model), monkeypatch)
    (proposal,) = Proposal.objects.filter(desk=DESK_VOLTAGE, trouble__breach=Breach.LOSSES)
    steps = {step["device_mrid"]: step for step in proposal.steps}
    assert steps[bank_switch(model)]["quantity"] == "switch_state"
    assert steps[bank_switch(model)]["to"] == 1.0
    assert proposal.status == ProposalStatus.VERIFIED
    assert proposal.expected_relief is not None
    assert proposal.expected_relief > 0


def test_what_a_person_goes_for_moves_what_is_planned(model: NetworkModel, feeder: Feeder, sam: User) -> None:
    live = live_at(model)
    assert VoltageRegulation(live).planned(feeder.mrid).done is not None
    still = VoltageRegulation(live).planned(feeder.mrid)
    wants(feeder, sam, VoltageObjective.CVR)
    saving = VoltageRegulation(live).planned(feeder.mrid)
    assert still.done is not None
    assert saving.done is not None
    assert still.done.moves == ()
    assert saving.done.plan.planned.drawn_kwh < saving.done.plan.found.drawn_kwh
    assert saving.done.plan.planned.violations == 0


def test_a_device_whose_day_is_used_up_stays_where_it_is(
    model: NetworkModel, feeder: Feeder, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants(feeder, sam, VoltageObjective.LOSS, most=1)
    now = timezone.now()
    StateChange.objects.create(
        at=now,
        received_at=now,
        point_id=1,
        point_name="Bank",
        equipment_mrid=UUID(bank_switch(model)),
        quantity="switch_state",
        previous=1.0,
        value=0.0,
        quality=0,
    )
    made = VoltageRegulation(replace(live_at(model), as_of=now + timedelta(microseconds=1))).planned(feeder.mrid)
    assert made.done is not None
    assert bank_switch(model) not in {move.device_mrid for move in made.done.moves}
    assert made.done.problem.banks.most_operations.tolist() == [0]


def test_six_hours_ahead_are_planned_where_they_are_expected(
    model: NetworkModel, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the last hours more load: the plan knows of it, and its first step is the state of now."""
    network = assembled(model)
    kinds = network.injection.kind
    now = np.bincount(kinds, network.injection.p_kw, 3)

    def later(_network: object, _first: object, steps: int) -> Expected:
        mean = np.tile(now[:, None], (1, steps))
        mean[0, steps // 2 :] *= 1.3
        return Expected(kinds, Expectation(mean, 0 * mean, np.full(3, 0.9), np.zeros(3)), "a test")

    monkeypatch.setattr(expected, "from_forecasts", later)
    run = looked(live_at(model, source=0.905), monkeypatch, asked=feeder.mrid)
    plan = VoltagePlan.objects.get(run=run, feeder_mrid=feeder.mrid)
    before, after = plan.course["before"], plan.course["after"]
    assert len(plan.course["starts_at"]) == len(before["low_pu"]) == expected.STEPS + 1
    assert before["low_pu"][-1] < before["low_pu"][0]
    assert plan.figures["after"]["violations"] < plan.figures["before"]["violations"]
    assert after["beyond"][-1] < before["beyond"][-1]
    assert plan.is_confirmed
    assert "a test" in plan.expected_from


def test_without_history_only_now_is_planned_and_the_row_says_why(
    model: NetworkModel, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = looked(live_at(model), monkeypatch, asked=feeder.mrid)
    plan = VoltagePlan.objects.get(run=run)
    assert plan.expected_from == "Only for now. Not enough history: 0 h of 24 h."
    assert len(plan.course["starts_at"]) == 1
    assert "No better set-points" in plan.finding
    assert plan.moves == []


def test_only_the_newest_plan_of_a_feeder_keeps_its_columns(
    model: NetworkModel, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = looked(live_at(model), monkeypatch, asked=feeder.mrid)
    second = looked(live_at(model), monkeypatch, asked=feeder.mrid)
    assert VoltagePlan.objects.get(run=first).course == {}
    assert VoltagePlan.objects.get(run=first).finding
    assert VoltagePlan.objects.get(run=second).profile["mrid"]


def test_a_setting_is_audited_and_only_for_who_answers_for_the_feeder(feeder: Feeder, sam: User) -> None:
    wants(feeder, sam, VoltageObjective.FLAT)
    row = AuditEvent.objects.get(action="voltage-setting.set")
    assert (row.detail["objective"], row.detail["feeder"]) == ("flat", feeder.name)
    north = Area.objects.create(name="North")
    AreaMember.objects.create(area=north, mrid=feeder.mrid)
    with pytest.raises(Refused, match="You do not answer for the area 'North'"):
        wants(feeder, sam, VoltageObjective.LOSS)
    AreaAssignment.objects.create(area=north, user=sam, since=timezone.now())
    assert wants(feeder, sam, VoltageObjective.LOSS).objective == VoltageObjective.LOSS
    with pytest.raises(Refused, match="No feeder of the live network"):
        wants(Feeder(mrid=uuid4(), name="Gone"), sam, VoltageObjective.LOSS)
