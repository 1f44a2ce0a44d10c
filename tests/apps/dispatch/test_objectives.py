"""What the grid is run for: versions that a person sets, compares, and that every desk honours or says why not."""

from importlib import import_module
from inspect import getsource
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dispatch.adapters.ranking import ranked, weights_by, weights_document
from apps.dispatch.adapters.records import newcomer
from apps.dispatch.choices.objective import AS_DELIVERED, HONOURED, READS_NONE, Goal
from apps.dispatch.choices.proposal import DESK_LABEL, Breach, TroubleOrigin
from apps.dispatch.models import ObjectiveVersion, Proposal, Trouble
from apps.dispatch.selectors.objectives import FIELDS, desk_documents, field_documents, objectives_at, objectives_now
from apps.dispatch.services.objectives import set_objectives
from apps.dispatch.services.refusal import Refused
from apps.live.models import JournalEntry
from gridops.engine.optimization.ranking import WEIGHTS
from tests.factories.objectives import wanted

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/objectives"


@pytest.fixture
def olga() -> User:
    return User.objects.create_user("olga", role=Role.SUPERVISOR)


def posted(client: Client, user: User, body: dict[str, Any]) -> Any:
    client.force_login(user)
    return client.post(ADDRESS, body, content_type="application/json")


def test_as_delivered_every_weight_is_that_of_the_engine() -> None:
    assert objectives_now().version == AS_DELIVERED
    assert weights_by(objectives_now()) == WEIGHTS
    assert weights_by(objectives_now(), is_of_losses=True) == WEIGHTS


def test_a_version_follows_another_and_says_what_it_changed(olga: User) -> None:
    first = wanted(weight_wear=2.0)
    second = wanted(weight_wear=2.0, co2_eur_per_t=80.0)
    told = objectives_at(second.version)
    assert told is not None
    assert [(one["field"], one["before"], one["after"]) for one in told["changes"]] == [("co2_eur_per_t", 0.0, 80.0)]
    assert objectives_now() == second
    assert ObjectiveVersion.objects.get(pk=first.pk).weight_wear == 2.0
    assert AuditEvent.objects.filter(action="objectives.set", target="objectives/2").exists()
    assert JournalEntry.objects.filter(stream="objectives").count() == 2


def test_who_was_slower_is_told_and_changes_nothing(olga: User) -> None:
    wanted(weight_cost=2.0)
    with pytest.raises(Refused, match="Version 1 counts by now, not 0"):
        set_objectives(replaces=0, reason="Late.", values={"weight_cost": 3.0}, by=olga, as_of=timezone.now())
    assert objectives_now().weight_cost == 2.0
    assert ObjectiveVersion.objects.count() == 1


def test_what_changes_nothing_is_refused(olga: User) -> None:
    with pytest.raises(Refused, match="Nothing differs"):
        wanted(weight_cost=1.0)
    assert objectives_now().version == AS_DELIVERED


def test_over_the_api_a_person_with_the_right_sets_and_everybody_reads(client: Client, olga: User) -> None:
    made = posted(client, olga, {"replaces": 0, "reason": "Winter.", "values": {"weight_emissions": 3}})
    assert made.status_code == 201, made.content
    assert (made.json()["version"], made.json()["set_by"]) == (1, "olga")
    late = posted(client, olga, {"replaces": 0, "reason": "Late.", "values": {"weight_emissions": 4}})
    assert late.status_code == 409
    assert "counts by now" in late.json()["detail"]
    anna = User.objects.create_user("anna", role=Role.OPERATOR)
    assert posted(client, anna, {"replaces": 1, "reason": "Mine.", "values": {"weight_cost": 4}}).status_code == 403
    seen = client.get(ADDRESS).json()
    assert seen["active"]["values"]["weight_emissions"] == 3.0
    assert client.get(f"{ADDRESS}/0").json()["version"] == 0
    assert client.get(f"{ADDRESS}/7").status_code == 404


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"weight_cost": 0}, "weight_cost"),
        ({"voltage_margin_pu": 0.2}, "voltage_margin_pu"),
        ({"horizon_h": 2}, "horizon_h"),
        ({"weigth_cost": 2}, "weigth_cost"),
    ],
)
def test_what_is_out_of_bounds_or_misspelt_names_the_field(
    client: Client, olga: User, values: dict[str, float], word: str
) -> None:
    refused = posted(client, olga, {"replaces": 0, "reason": "Wrong.", "values": values})
    assert refused.status_code == 400
    assert word in refused.content.decode()
    assert not ObjectiveVersion.objects.exists()


def test_every_field_is_honoured_somewhere_and_no_desk_is_forgotten() -> None:
    assert {one.field for one in HONOURED} == set(FIELDS)
    desks = {one.desk for one in HONOURED} | set(READS_NONE)
    assert set(DESK_LABEL) <= desks
    assert not {one.desk for one in HONOURED} & set(READS_NONE)
    assert {one["field"] for one in field_documents()} == set(FIELDS)
    assert all(one["honours"] or one["reason"] for one in desk_documents())


def test_who_is_said_to_honour_a_field_reads_the_version_that_counts() -> None:
    for module in {one.module for one in HONOURED}:
        assert "objectives_now()" in getsource(import_module(module)), module


def proposal(breach: Breach = Breach.OVERLOAD, **more: float) -> Proposal:
    trouble = Trouble(
        origin=TroubleOrigin.LIVE, breach=breach, value=120.0, limit=None if breach == Breach.LOSSES else 100.0
    )
    usual = {"confidence": 0.8, "expected_relief": 10.0, "value_before": 120.0}
    return Proposal(trouble=trouble, desk="storage", kind="k", steps=[], **{**usual, **more})


def points(one: Proposal, **values: float) -> float:
    objectives = ObjectiveVersion(version=1, **values)
    (found,) = ranked(
        [one], records={}, newcomer=newcomer(), rejections={}, objectives=objectives, as_of=timezone.now()
    )
    return found.score.total


@pytest.mark.parametrize(
    ("goal", "amount"),
    [
        (Goal.COST, {"cost_eur": 100.0}),
        (Goal.EMISSIONS, {"emissions_kg": 80.0}),
        (Goal.RELIABILITY, {"customer_minutes": 300.0}),
    ],
)
def test_what_weighs_more_costs_a_remedy_more_points(goal: Goal, amount: dict[str, float]) -> None:
    one = proposal(**amount)
    assert points(one, **{f"weight_{goal}": 3.0}) < points(one) < points(one, **{f"weight_{goal}": 0.2})


def test_losses_that_weigh_more_earn_more_and_only_there() -> None:
    assert points(proposal(Breach.LOSSES), weight_losses=3.0) > points(proposal(Breach.LOSSES))
    assert points(proposal(), weight_losses=3.0) == points(proposal())


def test_a_price_of_emissions_is_a_cost_that_who_saves_them_does_not_have() -> None:
    emits, saves = proposal(emissions_kg=500.0), proposal(emissions_kg=-500.0, cost_eur=50.0)
    assert points(emits, co2_eur_per_t=200.0) < points(emits)
    assert points(saves, co2_eur_per_t=80.0) > points(saves)


def test_the_shown_points_are_those_that_count() -> None:
    told = {one["part"]: one["most"] for one in weights_document(ObjectiveVersion(version=1, weight_wear=4.0))}
    assert told["operations"] == -4 * WEIGHTS.operations
    assert told["cost"] == -WEIGHTS.cost
