"""A desk that promises and does not keep: it loses its place, and everybody sees why."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from apps.accounts.models import User
from apps.dispatch.choices.proposal import AutonomyMode, ProposalStatus, ReceiptOutcome
from apps.dispatch.models import Proposal, Receipt
from apps.dispatch.selectors.proposals import standing
from apps.dispatch.selectors.records import records_document
from apps.dispatch.services import autonomy
from apps.dispatch.services.proposals import Draft, propose
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.verification import verify_proposal

pytestmark = pytest.mark.django_db
LIAR, ROUNDS = "promises", 12
PaidBack = Callable[[Proposal, bool], None]


@pytest.fixture
def both(live: Live, drafts: list[Draft]) -> tuple[Proposal, Proposal]:
    """The same steps by two desks; one of them says that they are quick and cost nothing."""
    honest = next(one for one in drafts if one.kind == "transfer")
    cheap = replace(honest, desk=LIAR, time_to_effect_s=1.0, cost_eur=0.0)
    dear = replace(honest, cost_eur=20.0)
    return propose(cheap, live=live), propose(dear, live=live)


@pytest.fixture
def paid_back(live: Live) -> PaidBack:
    """A receipt of an earlier one of the kind: all of what was promised came, or nothing of it."""

    def paid_back(proposal: Proposal, kept: bool) -> None:
        earlier = Proposal.objects.get(pk=proposal.pk)
        count = Proposal.objects.filter(desk=proposal.desk).count()
        earlier.pk, earlier._state.adding, earlier.key = None, True, f"earlier-{count}"
        earlier.status = ProposalStatus.EXPIRED
        earlier.save()
        told = {"expected": proposal.expected_relief, "low": proposal.low_relief, "high": proposal.high_relief}
        Receipt.objects.create(
            proposal=earlier, is_taken=False, desk=proposal.desk, kind=proposal.kind, outcome=ReceiptOutcome.SCORED,
            due_at=live.as_of, measured_at=live.as_of, unit=proposal.unit, said_ends=True, ends=kept, is_hit=kept,
            raw_low=proposal.raw_low, raw_high=proposal.raw_high, raw_confidence=proposal.raw_confidence,
            confidence=proposal.confidence, realised=told["expected"] if kept else 0.0, is_inside=kept, **told,
        )  # fmt: skip

    return paid_back


def order(live: Live) -> list[str]:
    return [one.proposal.desk for one in standing(live.as_of)]


def test_a_desk_that_is_wrong_falls_behind_and_stays_behind(
    live: Live, both: tuple[Proposal, Proposal], paid_back: PaidBack
) -> None:
    liar, honest = both
    assert order(live) == [LIAR, honest.desk]
    places, points = [], []
    for _ in range(ROUNDS):
        paid_back(liar, False)
        paid_back(honest, True)
        for proposal in both:
            verify_proposal(proposal, live=live)
        places.append(order(live).index(LIAR))
        points.append(next(one.score for one in standing(live.as_of) if one.proposal.desk == LIAR))
    assert places == [1] * ROUNDS, "one broken promise is enough where the other kept his"
    assert [one.record for one in points] == sorted((one.record for one in points), reverse=True)
    assert [one.ends for one in points] == sorted((one.ends for one in points), reverse=True)


def test_its_record_shows_what_it_said_beside_what_came_true(
    live: Live, both: tuple[Proposal, Proposal], paid_back: PaidBack
) -> None:
    liar, honest = both
    for _ in range(ROUNDS):
        paid_back(liar, False)
        paid_back(honest, True)
    rows = {row["desk"]: row for row in records_document(live.as_of)["records"]}
    assert (rows[LIAR]["hit_rate"], rows[LIAR]["ended_rate"], rows[LIAR]["share_inside"]) == (0.0, 0.0, 0.0)
    assert rows[LIAR]["mean_confidence"] == pytest.approx(liar.confidence)
    (said,) = rows[LIAR]["bins"]
    assert (said["count"], said["came_true"]) == (ROUNDS, 0.0)
    assert said["stated"] > 0.8
    assert rows[honest.desk]["hit_rate"] == 1.0
    assert rows[LIAR]["reliability"] < 0.3 < rows[honest.desk]["reliability"]


def test_no_rule_acts_on_its_word_any_more(
    live: Live, both: tuple[Proposal, Proposal], paid_back: PaidBack, anna: User
) -> None:
    liar, _ = both
    for _ in range(ROUNDS):
        paid_back(liar, False)
    verify_proposal(liar, live=live)
    assert (liar.confidence or 0.0) < 0.6 < (liar.raw_confidence or 0.0)
    limits = {"max_operations_per_day": 99, "max_kw": 1e6, "least_confidence": 0.6, "from_hour": 0, "to_hour": 24}
    autonomy.set_autonomy(
        desk=LIAR, feeder_mrid=None, mode=AutonomyMode.AUTOMATIC, by=anna, as_of=live.as_of, reason="Trial", **limits
    )
    assert autonomy.act_alone(as_of=live.as_of) == []
