"""From a trouble to a receipt, on an imported network whose state the test sets."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import EnergyConsumer, NetworkModel, Switch
from apps.assets.selectors import assembled
from apps.audit.models import AuditEvent
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.proposal import (
    EXPIRES_AFTER,
    PROPOSALS,
    ProposalStatus,
    StepQuantity,
)
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.selectors.proposals import proposal_page, remedies, standing
from apps.dispatch.services import decisions, tags
from apps.dispatch.services.proposals import Draft, Withheld, expire_proposals, propose
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.troubles import watch_troubles
from apps.live.models import JournalEntry
from tests.factories.scenes import HEAVY, base_of, later, live_of, switched

pytestmark = pytest.mark.django_db


def test_lines_that_the_same_current_overloads_are_one_trouble(
    model: NetworkModel, live: Live, trouble: Trouble
) -> None:
    assert (trouble.place, len(trouble.elements)) == ("Station F01", 1)
    heavier = live_of(model, base_of(model, heavy=HEAVY, factor=2.4), live.as_of + timedelta(minutes=1))
    again = watch_troubles(heavier)[0]
    assert (again.pk, len(again.elements)) == (trouble.pk, 2)
    assert again.value == pytest.approx(100 * heavier.scene.before.loading.max(), abs=1e-6)


def test_a_remedy_is_checked_by_power_flow_before_anybody_sees_it(live: Live, transfer: Proposal) -> None:
    assert transfer.status == ProposalStatus.VERIFIED
    assert transfer.ends
    after = switched(live, transfer).scene.before
    lines = assembled(live.model).lines.position
    value = 100 * max(after.loading[lines[mrid]] for mrid in transfer.trouble.elements)
    assert transfer.value_after == pytest.approx(value, abs=1e-6)
    assert transfer.low_relief <= transfer.expected_relief <= transfer.high_relief
    assert transfer.versions["network_version"] == live.model.pk
    assert transfer.profile["before_pu"]
    assert JournalEntry.objects.filter(stream=PROPOSALS, subject=str(transfer.pk)).exists()


def test_the_same_steps_for_the_same_trouble_are_one_proposal(
    live: Live, drafts: list[Draft], transfer: Proposal
) -> None:
    draft = next(one for one in drafts if one.kind == "transfer")
    again = propose(draft, live=later(live, minutes=5))
    assert again.pk == transfer.pk
    assert again.expires_at == transfer.expires_at + timedelta(minutes=5)
    assert Proposal.objects.filter(key=transfer.key).count() == 1


def test_what_breaks_another_limit_is_kept_with_its_numbers_and_never_ranked(live: Live, trouble: Trouble) -> None:
    mrid = str(Switch.objects.get(model=live.model, name="A1 cable switch").mrid)
    found = propose(Draft("demand-response", "cut", trouble, [Wanted(mrid, StepQuantity.SWITCH_STATE, 0.0)]), live=live)
    assert found.status == ProposalStatus.FAILED_VERIFICATION
    assert "customers without supply" in found.reason
    assert found.verification["customers_lost"] > 0
    assert found.pk not in [one.proposal.pk for one in standing(live.as_of)]


def test_a_device_without_a_known_safe_range_holds(live: Live, trouble: Trouble) -> None:
    load = EnergyConsumer.objects.filter(model=live.model).earliest("index")
    step = Wanted(str(load.mrid), StepQuantity.ACTIVE_POWER, 0.0)
    found = propose(Draft("demand-response", "shed", trouble, [step]), live=live)
    assert found.status == ProposalStatus.FAILED_VERIFICATION
    assert "No safe range" in found.reason
    bounded = propose(Draft("demand-response", "shed", trouble, [replace(step, low=10.0, high=50.0)]), live=live)
    assert "not within the safe range" in bounded.reason


def test_a_device_that_is_not_there_is_refused_by_its_mrid(live: Live, trouble: Trouble) -> None:
    gone = Wanted("00000000-0000-0000-0000-000000000000", StepQuantity.SWITCH_STATE, 1.0)
    with pytest.raises(Refused, match="00000000"):
        propose(Draft("person", "by-hand", trouble, [gone]), live=live)


def test_a_rejection_holds_the_like_of_it_back_and_then_ranks_it_lower(
    live: Live, drafts: list[Draft], transfer: Proposal, anna: User
) -> None:
    points = standing(live.as_of)[0].score.total
    decisions.reject(proposal_id=transfer.pk, reason="A crew works there.", by=anna, as_of=live.as_of)
    draft = next(one for one in drafts if one.kind == "transfer")
    with pytest.raises(Withheld, match="A crew works there"):
        propose(draft, live=later(live, minutes=10))
    back = propose(draft, live=later(live, minutes=61))
    place = next(one for one in standing(live.as_of + timedelta(minutes=61)) if one.proposal.pk == back.pk)
    assert place.score.rejections < 0
    assert place.score.total < points
    assert AuditEvent.objects.get(action="proposal.rejected").detail["reason"] == "A crew works there."


def test_nobody_decides_on_what_was_checked_long_ago(live: Live, transfer: Proposal, anna: User) -> None:
    past = live.as_of + EXPIRES_AFTER
    with pytest.raises(Refused, match="expired"):
        decisions.approve(proposal_id=transfer.pk, by=anna, as_of=past)
    assert expire_proposals(as_of=past) == 1
    transfer.refresh_from_db()
    assert transfer.status == ProposalStatus.EXPIRED


def test_when_the_trouble_ends_its_remedies_expire(model: NetworkModel, live: Live, transfer: Proposal) -> None:
    watch_troubles(live_of(model, base_of(model), live.as_of + timedelta(minutes=5)))
    transfer.refresh_from_db()
    assert (transfer.status, transfer.trouble.ended_at is not None) == (ProposalStatus.EXPIRED, True)


def test_an_approval_supersedes_the_alternatives_and_a_second_one_is_refused(
    live: Live, drafts: list[Draft], transfer: Proposal, anna: User
) -> None:
    other = next(one for one in (propose(draft, live=live) for draft in drafts) if one.pk != transfer.pk)
    decisions.approve(proposal_id=transfer.pk, by=anna, as_of=live.as_of)
    other.refresh_from_db()
    assert other.status == ProposalStatus.SUPERSEDED
    with pytest.raises(Refused, match="approved already"):
        decisions.approve(proposal_id=transfer.pk, by=anna, as_of=live.as_of)
    assert AuditEvent.objects.get(action="proposal.approved").detail["steps"] == [s["words"] for s in transfer.steps]


def test_a_hold_tag_on_any_of_its_devices_forbids_the_approval(live: Live, transfer: Proposal, anna: User) -> None:
    mrid = transfer.steps[1]["device_mrid"]
    tags.place_tag(equipment_mrid=mrid, kind=TagKind.HOLD, reason="Crew 3", by=anna, as_of=live.as_of)
    with pytest.raises(Refused, match="hold tag"):
        decisions.approve(proposal_id=transfer.pk, by=anna, as_of=live.as_of)


@pytest.fixture
def rival(live: Live, transfer: Proposal) -> Proposal:
    """Another trouble whose answer wants the same switch to stay open."""
    other = Trouble.objects.get(breach="losses")
    kept = {name: getattr(transfer, name) for name in ("key", "unit", "network_model", "expires_at", "expected_relief")}
    steps = [dict(transfer.steps[0], to=0.0)]
    times = {"created_at": live.as_of, "refreshed_at": live.as_of}
    return Proposal.objects.create(
        trouble=other, desk="storage", kind="x", title="Keep it open", status=ProposalStatus.VERIFIED,
        steps=steps, devices=transfer.devices, value_before=80.0, **kept, **times,
    )  # fmt: skip


def test_of_two_that_want_one_device_the_later_desk_is_told_with_whom_it_conflicts(
    live: Live, transfer: Proposal, rival: Proposal, anna: User
) -> None:
    place = next(one for one in standing(live.as_of) if one.proposal.pk == rival.pk)
    assert place.conflict_with is not None
    assert place.conflict_with.pk == transfer.pk
    assert transfer.steps[0]["device_name"] in place.conflict
    with pytest.raises(Refused, match="goes first"):
        decisions.approve(proposal_id=rival.pk, by=anna, as_of=live.as_of)


def test_the_list_says_why_in_parts_and_the_page_has_all_of_it(live: Live, transfer: Proposal) -> None:
    told = remedies(as_of=live.as_of)
    first = told["troubles"][0]
    assert first["remedies"][0]["id"] == transfer.pk
    parts = first["remedies"][0]["score"]["parts"]
    assert {part["part"] for part in parts} == {weight["part"] for weight in told["weights"]}
    assert proposal_page(transfer, as_of=live.as_of)["peers"][0]["rank"] == 1


def test_the_same_steps_of_two_desks_stand_once_with_both_names(
    live: Live, drafts: list[Draft], transfer: Proposal
) -> None:
    again = propose(replace(drafts[0], desk="reconfiguration", kind="open-points"), live=live)
    assert again.key == transfer.key
    (shown,) = remedies(as_of=live.as_of)["troubles"][0]["remedies"]
    assert sorted([shown["desk_label"], *shown["also_by"]]) == ["Load balancing", "Single devices"]


def test_whoever_may_not_decide_gets_403_and_a_conflict_is_409(live: Live, transfer: Proposal, anna: User) -> None:
    viewer = User.objects.create_user("vic", role=Role.VIEWER)
    client = Client()
    client.force_login(viewer)
    url = f"/api/v1/proposals/{transfer.pk}"
    assert client.get("/api/v1/remedies").json()["overall"] == [transfer.pk]
    assert client.post(f"{url}/approval").status_code == 403
    client.force_login(anna)
    assert client.post(f"{url}/rejection", {}, "application/json").json()["reason"]
    assert client.post(f"{url}/execution").status_code == 409
    assert client.post(f"{url}/approval").json()["proposal"]["status"] == ProposalStatus.APPROVED
    assert client.post(f"{url}/approval").status_code == 409
    assert client.post("/api/v1/autonomy", {}, "application/json").status_code == 403
