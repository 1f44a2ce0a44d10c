"""What desks may move, and how far a state is doubted."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from apps.accounts.models import User
from apps.dispatch.adapters import checking
from apps.dispatch.adapters.scene import scene_of
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.proposal import ProposalStatus
from apps.dispatch.models import Proposal, Tag, Trouble
from apps.dispatch.services import verification
from apps.dispatch.services.proposals import Draft, propose
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.verification import checked_trouble, steps_of
from apps.optimization.services.optimised import LoadBalancing
from apps.optimization.services.single_device import SingleDevices
from apps.telemetry.choices import ControlForm, ControlKind
from apps.telemetry.models import ControlPoint, MeasurementPoint
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db


def moved(live: Live, trouble: Trouble) -> list[set[str]]:
    """The devices of every draft of the desks."""
    plans = [desk(live).plan(trouble, progress=lambda _: None) for desk in (SingleDevices, LoadBalancing)]
    return [{step.device_mrid for step in draft.steps} for plan in plans for draft in plan.drafts]


def make_commandable(mrids: Collection[str]) -> None:
    make_gateway(len(mrids), quantity="switch_state", unit="")
    for point, mrid in zip(MeasurementPoint.objects.order_by("slot"), sorted(mrids), strict=True):
        MeasurementPoint.objects.filter(pk=point.pk).update(equipment_mrid=UUID(mrid))
        ControlPoint.objects.create(
            point=point, kind=ControlKind.POSITION, form=ControlForm.DOUBLE, address=f"2/{point.slot}"
        )


def test_no_desk_proposes_what_hangs_under_a_hold_tag(
    live: Live, trouble: Trouble, transfer: Proposal, anna: User
) -> None:
    held = transfer.steps[1]["device_mrid"]
    assert any(held in devices for devices in moved(live, trouble))
    Tag.objects.create(
        equipment_mrid=UUID(held), equipment_name="it", kind=TagKind.HOLD, reason="work", placed_at=live.as_of,
        placed_by=anna,
    )  # fmt: skip
    after = moved(live, trouble)
    assert after
    assert not any(held in devices for devices in after)


def test_where_the_field_takes_orders_desks_move_nothing_that_takes_none(
    live: Live, trouble: Trouble, transfer: Proposal
) -> None:
    own = {step["device_mrid"] for step in transfer.steps}
    assert len(moved(live, trouble)) > 1
    make_commandable(own)
    assert moved(live, trouble), "what takes orders is still proposed"
    assert all(devices <= own for devices in moved(live, trouble))


def test_what_no_meter_tells_of_makes_the_band_wider(live: Live, transfer: Proposal) -> None:
    trouble, steps = checked_trouble(transfer.trouble), steps_of(transfer)
    width = []
    for is_metered in (True, False):
        known = np.full(len(live.scene.base.injection_p_kw), is_metered)
        scene = scene_of(replace(live.scene.base, injection_is_metered=known), live.scene.place)
        found = checking.check(scene, trouble, steps, customers_may_lose=0.0, seed=1)
        assert found.low is not None and found.high is not None
        width.append(found.high - found.low)
    assert width[1] > 1.5 * width[0]


def test_what_may_as_well_ease_nothing_is_not_ranked(
    live: Live, drafts: list[Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A battery that eases it by the state of now, and in states that could be true instead makes it worse."""
    eases = next(one for one in drafts if one.kind == "storage")
    weaker = replace(eases, steps=[replace(step, to=0.2 * step.to) for step in eases.steps])
    monkeypatch.setattr(checking, "drawn", lambda *_, **__: checking.Drawn(np.linspace(-0.05, 0.05, 16), 0.0, 0.0))
    proposal = propose(weaker, live=live)
    assert proposal.ends is False
    assert proposal.status == ProposalStatus.FAILED_VERIFICATION
    assert "may ease nothing" in proposal.reason


def test_a_remedy_that_a_desk_s_own_limits_forbid_did_not_pass_the_check(
    live: Live, drafts: list[Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    eases = next(one for one in drafts if one.kind == "storage")
    monkeypatch.setattr(
        verification, "order_objections", lambda wanted, *, as_of: [f"{wanted.value:.0f} kW is too much."]
    )
    proposal = propose(eases, live=live)
    assert proposal.status == ProposalStatus.FAILED_VERIFICATION
    assert "is too much" in proposal.reason
