"""From a wish to an event that is over: planned, checked with its rebound, decided by two, sent, told of, cancelled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.assets.models import NetworkModel, UsagePoint
from apps.demand_response.choices import StrategyStatus
from apps.demand_response.models import DemandProgram, FlexibilityPrior, Participation, StageProgress, Strategy
from apps.demand_response.selectors.call_documents import call_page, participants
from apps.demand_response.selectors.members import MONTH
from apps.demand_response.services import opportunities, progress, strategies, supplements
from apps.demand_response.services.enrolment import CUSTOMER
from apps.demand_response.services.opting_out import opt_out
from apps.demand_response.services.refusal import WrongField
from apps.dispatch.choices.call import CallStatus, Verdict
from apps.dispatch.models import Call
from apps.dispatch.services import calls
from apps.dispatch.services.call_following import cancel_call, run_calls
from apps.dispatch.services.refusal import Refused
from apps.openadr.models import Event, Program, Report, Ven
from tests.factories import demand
from tests.factories.calls import NOW, customers_on, hours_known
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file

pytestmark = pytest.mark.django_db
BEGIN, END = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
Planner = Callable[..., Strategy]


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> NetworkModel:
    model = imported(ring_file())
    hours_known(model, monkeypatch, [1.0])
    return model


@pytest.fixture
def mia() -> User:
    return demand.manager("mia")


@pytest.fixture
def ben() -> User:
    return User.objects.create_user("ben", role=Role.OPERATOR)


@pytest.fixture
def program(model: NetworkModel, mia: User) -> DemandProgram:
    made = demand.program(mia, notice_min=0, bill_credit_eur_per_event=0.5, approval_above_customers=5)
    customers_on(model, made, mia, 20)
    return made


@pytest.fixture
def plan(program: DemandProgram, mia: User) -> Planner:
    def planned(kw: float = 30.0, **more: Any) -> Strategy:
        wish = strategies.WishedFor(more.pop("begin", BEGIN), more.pop("end", END), kw, **more)
        asked = strategies.ask_for_strategy(program=program, wish=wish, by=mia, as_of=NOW)
        found = strategies.work_out(strategy_id=asked.pk, as_of=NOW)
        assert found is not None
        return found

    return planned


@pytest.fixture
def sent(plan: Planner, mia: User, ben: User) -> Call:
    call = call_of(plan())
    calls.submit_call(call_id=call.pk, by=mia, as_of=NOW)
    calls.approve_call(call_id=call.pk, by=ben, as_of=NOW)
    run_calls(as_of=NOW)
    call.refresh_from_db()
    return call


def call_of(strategy: Strategy) -> Call:
    assert strategy.call is not None, (strategy.reason, strategy.relaxation)
    return strategy.call


def rebounds(share: float, hours: float = 1.0) -> None:
    FlexibilityPrior.objects.update(rebound_share=share, rebound_hours=hours)


def test_a_plan_is_a_call_in_draft_that_the_power_flow_let_pass(plan: Planner) -> None:
    strategy = plan()
    call = call_of(strategy)
    assert (call.status, call.verdict) == (CallStatus.DRAFT, Verdict.PASSED)
    assert call.expected_kw_p50 >= 30.0 > call.expected_kw_p10 > 0
    assert call.customers == Participation.objects.filter(stage__call=call).count() == 10
    feeders = call.verification["feeders"]
    assert len(feeders) == 2 and len(feeders[0]["before_kw"]) == len(call.verification["starts"])
    asked_for = sum(one["before_kw"][0] - one["after_kw"][0] for one in feeders)
    assert asked_for == pytest.approx(call.stages.get().expected_kw_p50, abs=1.0)
    assert strategy.cost_eur == pytest.approx(5.0)


def test_a_rebound_that_makes_a_new_peak_is_staggered_and_the_reason_is_kept(plan: Planner) -> None:
    rebounds(1.1)
    call = call_of(plan())
    stages = list(call.stages.all())
    assert call.verdict == Verdict.PASSED and len(stages) > 1
    assert len({stage.ends_at for stage in stages}) > 1
    assert all("new peak" in one.stagger_reason for one in stages if (one.starts_at, one.ends_at) != (BEGIN, END))
    assert any("new peak" in words for words in call.strategy.staging)


def test_a_rebound_that_no_staging_can_hold_is_no_call_and_says_what_would_help(plan: Planner) -> None:
    rebounds(20.0)
    found = plan(55.0)
    assert found.status == StrategyStatus.INFEASIBLE and found.call is None
    assert "new peak" in found.reason and found.relaxation


def test_more_than_there_is_cannot_be_and_the_cheapest_way_out_is_named(plan: Planner) -> None:
    found = plan(3000.0)
    assert found.status == StrategyStatus.INFEASIBLE
    assert any("less power in every step: 2940 kW" in words for words in found.relaxation)


def test_critical_customers_are_never_asked(plan: Planner) -> None:
    UsagePoint.objects.filter(pk=UsagePoint.objects.order_by("pk")[0].pk).update(
        is_critical=True, critical_reason="life support"
    )
    found = plan(56.0)
    assert call_of(found).customers == 19
    assert any("life support" in why for why in found.left_out)


def test_who_was_asked_waits_until_the_others_were_and_caps_hold(plan: Planner, mia: User, ben: User) -> None:
    first = plan(30.0)
    calls.submit_call(call_id=call_of(first).pk, by=mia, as_of=NOW)
    calls.approve_call(call_id=call_of(first).pk, by=ben, as_of=NOW)
    later = plan(30.0, begin=END + timedelta(hours=1), end=END + timedelta(hours=2))
    people = [set(call_of(one).stages.values_list("participations__enrolment", flat=True)) for one in (first, later)]
    assert len(people[0]) == len(people[1]) == 10 and not people[0] & people[1]
    DemandProgram.objects.update(most_events_a_month=1)
    capped = plan(45.0, begin=END + timedelta(hours=1), end=END + timedelta(hours=2))
    assert capped.status == StrategyStatus.INFEASIBLE and capped.left_out[MONTH] == 10
    assert any(MONTH in words for words in capped.relaxation)


def test_many_customers_take_two_persons(plan: Planner, mia: User, ben: User) -> None:
    call = call_of(plan())
    with pytest.raises(Refused, match="cannot be done: it is draft"):
        calls.approve_call(call_id=call.pk, by=ben, as_of=NOW)
    calls.submit_call(call_id=call.pk, by=mia, as_of=NOW)
    with pytest.raises(Refused, match="another person"):
        calls.approve_call(call_id=call.pk, by=mia, as_of=NOW)
    approved = calls.approve_call(call_id=call.pk, by=ben, as_of=NOW)
    assert approved.status == CallStatus.APPROVED and not Event.objects.exists()


def test_an_approved_call_is_sent_to_its_customers_alone_and_time_ends_it(sent: Call) -> None:
    assert sent.status == CallStatus.SCHEDULED
    (stage,) = sent.stages.select_related("openadr_event")
    event = stage.openadr_event
    assert event is not None and event.targets == [stage.target] and event.is_own
    assert event.body["intervals"][0]["payloads"] == [{"type": "SIMPLE", "values": [2]}]
    carrying = set(Ven.objects.filter(targets__contains=[stage.target]).values_list("pk", flat=True))
    assert carrying == set(stage.ven_ids) and len(carrying) == 10
    assert call_at(sent, BEGIN).status == CallStatus.ACTIVE
    assert call_at(sent, END).status == CallStatus.COMPLETED
    call_at(sent, sent.settled_at)
    assert not Ven.objects.filter(targets__contains=[stage.target]).exists()


def test_cancelling_withdraws_the_events(sent: Call, ben: User) -> None:
    cancel_call(call_id=sent.pk, reason="The line is back.", by=ben, as_of=NOW + timedelta(minutes=5))
    assert not Event.objects.standing().exists()
    assert not Ven.objects.filter(targets__contains=[sent.stages.get().target]).exists()


def test_what_cannot_be_sent_is_an_alarm_and_nobody_is_asked(plan: Planner, mia: User, ben: User) -> None:
    call = call_of(plan())
    calls.submit_call(call_id=call.pk, by=mia, as_of=NOW)
    calls.approve_call(call_id=call.pk, by=ben, as_of=NOW)
    Program.objects.update(withdrawn_at=NOW)
    run_calls(as_of=NOW)
    call.refresh_from_db()
    assert call.status == CallStatus.FAILED and not Event.objects.exists()
    assert standing_sources([Condition.CALL_FAILED])
    assert not Ven.objects.filter(targets__contains=["stage-1-1"]).exists()


def test_what_nobody_decided_on_expires(plan: Planner) -> None:
    assert call_at(call_of(plan()), BEGIN).status == CallStatus.EXPIRED


def test_live_progress_counts_who_told_and_leaves_the_rest_unknown(sent: Call, mia: User) -> None:
    call_at(sent, BEGIN)
    people = list(Participation.objects.filter(stage__call=sent).order_by("pk"))
    for one, used, state in ((people[0], 1.0, "RUNNING_CURTAILED"), (people[1], 2.0, "RUNNING_OPTED_OUT")):
        told(sent, one, used=used, state=state)
    at = BEGIN + timedelta(minutes=16)
    assert progress.follow_reports(as_of=at) == 1
    (quarter,) = StageProgress.objects.all()
    assert (quarter.told, quarter.baseline_kw, quarter.used_kw) == (2, 16.0, 12.0)
    page = call_page(sent, as_of=at)
    answers = page["stages"][0]["answers"]
    assert (answers["takes_part"], answers["opted_out"], answers["silent"]) == (1, 1, 8)
    outlook = page["outlook"]
    assert outlook["expected_kw"] == pytest.approx(4.0) and outlook["unknown_kw"] > 0
    assert {one["answer"] for one in participants(sent, mia)["participants"]} == {"takes-part", "opted-out", ""}
    assert progress.follow_reports(as_of=at) == 0


def test_a_shortfall_is_asked_of_those_who_were_not_called(sent: Call, ben: User) -> None:
    call_at(sent, BEGIN)
    wish = supplements.ask_for_supplement(call=sent, wanted_kw=9.0, by=ben, as_of=BEGIN + timedelta(minutes=5))
    found = strategies.work_out(strategy_id=wish.pk, as_of=BEGIN + timedelta(minutes=5))
    assert found is not None
    more = call_of(found)
    assert more.supplements == sent and more.starts_at == BEGIN + timedelta(minutes=15)
    called, new = (set(one.stages.values_list("participations__enrolment", flat=True)) for one in (sent, more))
    assert new and not called & new


def test_a_customer_who_opts_out_is_asked_no_more(sent: Call) -> None:
    one = Participation.objects.filter(stage__call=sent).first()
    assert one is not None
    opt_out(participation=one, reason="Guests.", by=CUSTOMER, as_of=NOW)
    assert not Ven.objects.filter(pk=one.ven_id, targets__contains=[one.stage.target]).exists()
    with pytest.raises(Refused, match="over"):
        opt_out(participation=Participation.objects.exclude(pk=one.pk)[0], reason="", by=CUSTOMER, as_of=END)


def test_a_wish_that_cannot_be_names_its_field(program: DemandProgram, mia: User) -> None:
    DemandProgram.objects.update(notice_min=90)
    program.refresh_from_db()
    for wish, field in (
        ((BEGIN, END, 30.0), "starts_at"),
        ((END, BEGIN, 30.0), "ends_at"),
        ((BEGIN, END, 0.0), "wanted_kw"),
    ):
        with pytest.raises(WrongField) as refusal:
            strategies.ask_for_strategy(program=program, wish=strategies.WishedFor(*wish), by=mia, as_of=NOW)
        assert refusal.value.field == field


def test_a_look_says_what_is_there_now_and_where_it_is_known_from(program: DemandProgram) -> None:
    run = opportunities.look(as_of=NOW)
    (segment,) = run.available
    assert (segment["customers"], segment["kw_p50"], segment["events"]) == (20, 60.0, 0)
    assert segment["known_from"] == FlexibilityPrior.objects.get(kind="thermostat").source


def test_operators_see_calls_without_names_and_other_managers_nothing(sent: Call, ben: User, client: Client) -> None:
    client.force_login(ben)
    assert client.get(f"/api/v1/demand/calls/{sent.pk}").json()["customers"] == 10
    assert client.get(f"/api/v1/demand/calls/{sent.pk}/participants").status_code == 403
    client.force_login(demand.manager("other"))
    assert client.get(f"/api/v1/demand/calls/{sent.pk}/participants").status_code == 404
    assert client.get("/api/v1/demand/calls").json() == {"calls": []}
    refused = client.post(f"/api/v1/demand/calls/{sent.pk}/cancellation", {"reason": "x"}, "application/json")
    assert refused.status_code == 404


def call_at(call: Call, at: Any) -> Call:
    run_calls(as_of=at)
    run_calls(as_of=at)
    call.refresh_from_db()
    return call


def told(call: Call, one: Participation, *, used: float, state: str) -> None:
    """As a VEN reports of the event's first quarter of an hour."""
    event = call.stages.get().openadr_event
    payloads = [
        {"type": "USAGE", "values": [used]},
        {"type": "BASELINE", "values": [2.0]},
        {"type": "OPERATING_STATE", "values": [state]},
    ]
    period = {"start": BEGIN.isoformat(), "duration": "PT15M"}
    resource = {"resourceName": "home", "intervals": [{"id": 0, "intervalPeriod": period, "payloads": payloads}]}
    ven = Ven.objects.get(pk=one.ven_id)
    Report.objects.create(
        event=event,
        client_id=ven.client_id,
        client_name=ven.ven_name,
        body={"resources": [resource]},
        created_at=BEGIN,
        modified_at=BEGIN,
    )
