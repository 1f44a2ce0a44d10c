from datetime import timedelta

import pytest
from django.urls import reverse

from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Autonomy
from apps.dispatch.services.refusal import Refused
from apps.microgrids.adapters.transition_sequence import first_stage
from apps.microgrids.choices.transition import (
    CriterionKind,
    StepCommand,
    StepOutcome,
    TransitionKind,
    TransitionStage,
    TransitionStatus,
    VetoAgainst,
)
from apps.microgrids.models import IslandingRule, Transition
from apps.microgrids.selectors.transitions import transition_document
from apps.microgrids.services import transition_rounds, transitions
from apps.microgrids.services.transition_orders import wanted_of
from gridops.engine.microgrids import stages
from tests.factories.microgrids import (
    BATTERY,
    CONNECTED,
    COUPLING,
    ISLANDED,
    NOW,
    make_controller,
    make_microgrid,
    mrid_of,
    tell,
    told_microgrid,
)
from tests.factories.orders import person

pytestmark = pytest.mark.django_db
DEAD_GRID = {(COUPLING, "grid_voltage"): 0.0, (COUPLING, "grid_frequency"): 0.0}


@pytest.fixture
def operator():
    return person("anna").user


def look(microgrid, at=NOW):
    transition_rounds.look_at(microgrid, clock=lambda: at)
    return Transition.objects.first()


def test_the_words_of_the_rows_are_those_of_the_sequence():
    assert {one.value for one in stages.Stage} == set(TransitionStage.values)
    assert {one.value for one in stages.Act} == set(StepCommand.values)
    assert {one.value for one in stages.Outcome} == set(StepOutcome.values)
    assert {one.value for one in stages.Kind} == set(TransitionKind.values)


def test_an_opening_that_nobody_asked_for_is_recorded_followed_and_alarmed():
    microgrid = told_microgrid(ISLANDED)
    found = look(microgrid)
    assert (found.kind, found.status) == (TransitionKind.UNPLANNED, TransitionStatus.RUNNING)
    assert [source for source, _ in standing_sources([Condition.ISLANDED])] == [f"microgrid/{microgrid.mrid}"]


def test_an_island_that_lives_is_islanded_without_any_order():
    microgrid = make_microgrid()
    gateway = make_controller(microgrid, ISLANDED)
    at = NOW
    for _ in range(25):
        at += timedelta(seconds=1)
        tell(gateway, at, ISLANDED)
        look(microgrid, at)
    found = Transition.objects.get(kind=TransitionKind.UNPLANNED)
    assert (found.status, found.stage) == (TransitionStatus.DONE, TransitionStage.ISLANDED)
    assert not found.steps.exists()


def test_standing_with_the_grid_nothing_happens():
    microgrid = told_microgrid()
    assert look(microgrid) is None
    assert not standing_sources([Condition.ISLANDED])
    assert microgrid.islanding_rules.count() == len(CriterionKind)


def test_a_grid_that_dies_is_proposed_to_be_left_once_its_delay_is_over():
    """Without a rule of autonomy a person decides. The check needs a state; without one nothing is proposed blindly."""
    microgrid = told_microgrid(CONNECTED | DEAD_GRID)
    look(microgrid)
    tell(microgrid.controller_gateway, NOW + timedelta(seconds=2), CONNECTED | DEAD_GRID)
    look(microgrid, NOW + timedelta(seconds=2))
    rule = IslandingRule.objects.get(microgrid=microgrid, criterion=CriterionKind.UPSTREAM_OUTAGE)
    assert rule.is_standing
    assert not Transition.objects.exists()


def test_a_transition_by_hand_that_makes_no_sense_is_refused(operator):
    microgrid = told_microgrid()
    with pytest.raises(Refused, match="stands with the grid already"):
        transitions.command(microgrid=microgrid, kind=TransitionKind.RECONNECT, reason="test", by=operator, as_of=NOW)
    with pytest.raises(Refused, match="has voltage"):
        transitions.command(microgrid=microgrid, kind=TransitionKind.BLACK_START, reason="test", by=operator, as_of=NOW)


def test_an_island_is_not_checked_blindly(operator):
    with pytest.raises(Refused, match="cannot be checked"):
        transitions.command(
            microgrid=told_microgrid(), kind=TransitionKind.ISLAND, reason="test", by=operator, as_of=NOW
        )


def reconnecting(microgrid, by):
    """An island that a person has asked for, and its way back."""
    Transition.objects.create(
        microgrid=microgrid, kind=TransitionKind.ISLAND, status=TransitionStatus.DONE, reason="before",
        stage=TransitionStage.ISLANDED, stage_since=NOW, proposed_at=NOW, begun_at=NOW, ended_at=NOW, asked_by=by,
    )  # fmt: skip
    return transitions.command(microgrid=microgrid, kind=TransitionKind.RECONNECT, reason="over", by=by, as_of=NOW)


def test_a_reconnection_waits_until_the_grid_has_kept_its_limits(operator):
    microgrid = told_microgrid(ISLANDED)
    row = reconnecting(microgrid, operator)
    assert row.stage == first_stage(TransitionKind.RECONNECT) == TransitionStage.WAITING
    for second in (1, 299, 302):
        at = NOW + timedelta(seconds=second)
        tell(microgrid.controller_gateway, at, ISLANDED)
        look(microgrid, at)
        row.refresh_from_db()
        assert row.stage == (TransitionStage.SYNCHRONISING if second == 302 else TransitionStage.WAITING)


def test_a_grid_that_leaves_its_limits_begins_the_wait_anew(operator):
    microgrid = told_microgrid(ISLANDED)
    row = reconnecting(microgrid, operator)
    for second, pu in ((1, 1.0), (200, 0.85), (201, 1.0), (400, 1.0)):
        at = NOW + timedelta(seconds=second)
        tell(microgrid.controller_gateway, at, ISLANDED | {(COUPLING, "grid_voltage"): pu})
        look(microgrid, at)
    row.refresh_from_db()
    assert row.stage == TransitionStage.WAITING


def test_a_veto_ends_what_was_proposed_and_forbids_commands_until_it_is_lifted(operator):
    microgrid = told_microgrid(ISLANDED)
    veto = transitions.forbid(
        microgrid=microgrid, against=VetoAgainst.RECONNECTION, reason="crew at the line", hours=1.0, by=operator,
        as_of=NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="crew at the line"):
        reconnecting(microgrid, operator)
    transitions.lift(microgrid=microgrid, by=operator, as_of=NOW)
    veto.refresh_from_db()
    assert veto.lifted_by == operator


def test_a_veto_sends_a_reconnection_that_has_joined_nothing_back(operator):
    microgrid = told_microgrid(ISLANDED)
    row = reconnecting(microgrid, operator)
    transitions.forbid(
        microgrid=microgrid, against=VetoAgainst.ALL, reason="not now", hours=1.0, by=operator, as_of=NOW
    )
    look(microgrid, NOW + timedelta(seconds=1))
    for second in (2, 3, 4):
        at = NOW + timedelta(seconds=second)
        tell(microgrid.controller_gateway, at, ISLANDED)
        look(microgrid, at)
    row.refresh_from_db()
    assert row.status == TransitionStatus.RETURNED
    assert "not now" in row.outcome


def test_a_desk_that_is_off_begins_nothing(operator):
    microgrid = told_microgrid(CONNECTED)
    Autonomy.objects.create(
        desk="microgrids", mode=AutonomyMode.OFF, set_by=operator, set_at=NOW, reason="works at the station"
    )
    look(microgrid)
    assert not Transition.objects.exists()


def test_power_goes_to_the_field_as_its_meter_reads_it(operator):
    microgrid = told_microgrid(ISLANDED)
    row = reconnecting(microgrid, operator)
    step = row.steps.create(
        number=1, visit=1, stage=row.stage, command=StepCommand.BATTERY, device_mrid=mrid_of(BATTERY),
        device_name=BATTERY, value=80.0, words="set", way_back="", begun_at=NOW,
    )  # fmt: skip
    assert (wanted_of(step).value, wanted_of(step).quantity) == (-80.0, "active_power")


def test_the_document_tells_rules_limits_and_what_is_under_way(operator):
    microgrid = told_microgrid(ISLANDED)
    look(microgrid)
    told = transition_document(microgrid, as_of=NOW)
    assert told["current"]["kind"] == TransitionKind.UNPLANNED
    assert told["limits"]["enter_delay_s"] == 300.0
    assert {rule["criterion"] for rule in told["rules"]} == set(CriterionKind.values)


def test_the_api_refuses_with_a_sentence_and_never_breaks(client, operator):
    microgrid = told_microgrid()
    client.force_login(operator)
    url = reverse("microgrid-transitions:transitions", args=[microgrid.mrid])
    assert client.get(url).status_code == 200
    answer = client.post(url, {"kind": "reconnect", "reason": "test"}, content_type="application/json")
    assert (answer.status_code, "nothing is begun blindly" in answer.json()["detail"]) == (409, True)
    assert client.post(url, {"kind": "unplanned-island"}, content_type="application/json").status_code == 400
    veto = reverse("microgrid-transitions:veto", args=[microgrid.mrid])
    assert client.post(veto, {"reason": "wait"}, content_type="application/json").status_code == 201
    assert client.delete(veto).status_code == 200
    assert client.delete(veto).status_code == 409
