"""Rules that act alone, what the state shows of it, and what was promised beside what came."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dispatch.choices.proposal import (
    AutonomyMode,
    ProposalStatus,
    ReceiptOutcome,
)
from apps.dispatch.models import Autonomy, Proposal, Receipt
from apps.dispatch.selectors.proposals import standing
from apps.dispatch.selectors.records import record_for, records_document
from apps.dispatch.services import autonomy, decisions, execution, receipts
from apps.dispatch.services.proposals import Draft, Withheld, propose
from apps.dispatch.services.scenes import Live
from tests.factories.scenes import later, switched

pytestmark = pytest.mark.django_db


def rule(by: User, live: Live, mode: AutonomyMode, **limits: float) -> None:
    given = {"max_operations_per_day": 4, "max_kw": 100.0, "least_confidence": 0.5, "from_hour": 0, "to_hour": 24}
    autonomy.set_autonomy(
        desk="single-device", feeder_mrid=None, mode=mode, by=by, as_of=live.as_of, reason="Trial", **(given | limits)
    )


def test_a_desk_that_is_off_proposes_nothing(live: Live, drafts: list[Draft], anna: User) -> None:
    rule(anna, live, AutonomyMode.OFF)
    with pytest.raises(Withheld, match="Off"):
        propose(drafts[0], live=live)


@pytest.mark.parametrize(
    "limits", [{"max_operations_per_day": 1}, {"least_confidence": 1.01}, {"from_hour": 0, "to_hour": 0.5}]
)
def test_a_rule_acts_within_its_limits_only(
    live: Live, transfer: Proposal, anna: User, limits: dict[str, float]
) -> None:
    rule(anna, live, AutonomyMode.AUTOMATIC)
    changed = {name: value for name, value in limits.items() if name != "to_hour"}
    if "to_hour" in limits:  # an hour that is not now
        hour = (timezone.localtime(live.as_of).hour + 2) % 23
        changed = {"from_hour": hour, "to_hour": hour + 1}
    Autonomy.objects.update(**changed)
    assert autonomy.act_alone(as_of=live.as_of) == []


def test_a_rule_that_a_person_has_switched_on_approves_in_that_persons_name(
    live: Live, transfer: Proposal, anna: User
) -> None:
    rule(anna, live, AutonomyMode.ADVISE)
    assert autonomy.act_alone(as_of=live.as_of) == []
    rule(anna, live, AutonomyMode.AUTOMATIC)
    (done,) = autonomy.act_alone(as_of=live.as_of)
    assert (done.pk, done.status, done.executor) == (transfer.pk, ProposalStatus.EXECUTING, anna)
    detail = AuditEvent.objects.get(action="proposal.approved").detail
    assert detail["set_by"] == "anna"


@pytest.fixture
def done(live: Live, transfer: Proposal, anna: User) -> Iterator[Live]:
    decisions.approve(proposal_id=transfer.pk, by=anna, as_of=live.as_of)
    after = switched(live, transfer)
    assert execution.observe(after) == 1
    yield after


def test_done_is_what_the_state_shows_and_its_receipt_is_against_the_hour_without_it(
    live: Live, transfer: Proposal, done: Live
) -> None:
    transfer.refresh_from_db()
    assert transfer.status == ProposalStatus.DONE
    assert receipts.settle_receipts(done) == 0
    assert receipts.settle_receipts(later(done, minutes=10)) >= 1
    receipt = Receipt.objects.get(proposal=transfer)
    assert (receipt.outcome, receipt.is_taken, receipt.ends) == (ReceiptOutcome.SCORED, True, True)
    assert receipt.value_without == pytest.approx(transfer.value_before, abs=1e-6)
    assert receipt.value_with == pytest.approx(transfer.value_after, abs=1e-6)
    assert receipt.realised == pytest.approx(transfer.expected_relief, abs=1e-6)
    assert receipt.is_inside and receipt.is_hit


def test_what_nobody_took_is_scored_by_what_it_would_have_done(live: Live, transfer: Proposal, anna: User) -> None:
    decisions.reject(proposal_id=transfer.pk, reason="Not now.", by=anna, as_of=live.as_of)
    receipts.settle_receipts(later(live, minutes=10))
    receipt = Receipt.objects.get(proposal=transfer)
    assert (receipt.outcome, receipt.is_taken) == (ReceiptOutcome.SCORED, False)
    assert receipt.realised == pytest.approx(transfer.expected_relief, abs=1e-6)
    record = record_for(transfer.desk, transfer.kind, live.as_of + timedelta(minutes=11))
    assert (record.count, record.hits) == (1, 1)
    (row,) = records_document(live.as_of + timedelta(minutes=11))["records"]
    assert (row["rejected"], row["share_inside"]) == (1, 1.0)


def test_an_alternative_is_scored_against_the_hour_without_what_was_taken_instead(
    live: Live, drafts: list[Draft], transfer: Proposal, anna: User
) -> None:
    battery = next(one for one in (propose(draft, live=live) for draft in drafts) if one.kind == "storage")
    decisions.approve(proposal_id=transfer.pk, by=anna, as_of=live.as_of)
    after = switched(live, transfer)
    execution.observe(after)
    receipts.settle_receipts(later(after, minutes=10))
    receipt = Receipt.objects.get(proposal=battery)
    assert (receipt.outcome, receipt.is_taken) == (ReceiptOutcome.SCORED, False)
    assert receipt.realised == pytest.approx(battery.expected_relief, abs=1e-6)


def test_a_receipt_is_void_where_somebody_moved_the_device_since(live: Live, transfer: Proposal, anna: User) -> None:
    decisions.reject(proposal_id=transfer.pk, reason="Not now.", by=anna, as_of=live.as_of)
    receipts.settle_receipts(switched(live, transfer, minutes=10))
    receipt = Receipt.objects.get(proposal=transfer)
    assert receipt.outcome == ReceiptOutcome.VOID
    assert "moved since" in receipt.reason


def test_a_desk_that_was_wrong_loses_points_on_the_list(live: Live, transfer: Proposal) -> None:
    before = standing(live.as_of)[0].score
    for number in range(10):
        wrong = Proposal.objects.get(pk=transfer.pk)
        wrong.pk, wrong._state.adding, wrong.key = None, True, f"old-{number}"
        wrong.status = ProposalStatus.EXPIRED
        wrong.save()
        Receipt.objects.create(
            proposal=wrong, is_taken=False, desk=transfer.desk, kind=transfer.kind, outcome=ReceiptOutcome.SCORED,
            due_at=live.as_of, measured_at=live.as_of, unit="%", expected=20, low=15, high=25, confidence=0.9,
            raw_low=15, raw_high=25, raw_confidence=0.9, said_ends=True, realised=1.0, ends=False,
        )  # fmt: skip
    after = standing(live.as_of)[0].score
    assert after.record < before.record
    assert after.total < before.total
