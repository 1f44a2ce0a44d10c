"""A proposal's picture: what changes by its steps, on the map and along the feeder."""

import numpy as np
import pytest
from django.test import Client

from apps.accounts.models import User
from apps.assets.selectors import assembled
from apps.dispatch.choices.proposal import SHOWN_LOADING, SHOWN_PU, Moment
from apps.dispatch.models import Proposal, ProposalPicture
from apps.dispatch.selectors.proposals import picture_frame
from apps.dispatch.services.proposals import Draft, propose
from apps.dispatch.services.scenes import Live
from apps.state import frames
from apps.state.choices import Position
from tests.factories.scenes import later, switched

pytestmark = pytest.mark.django_db


def framed(proposal: Proposal) -> tuple[frames.Frame, frames.Frame]:
    raw = [picture_frame(proposal.pk, moment) for moment in (Moment.BEFORE, Moment.AFTER)]
    assert raw[0] is not None and raw[1] is not None
    return frames.decode(raw[0]), frames.decode(raw[1])


def test_what_changes_has_the_values_of_the_power_flow_and_the_rest_has_none(live: Live, transfer: Proposal) -> None:
    before, after = framed(transfer)
    flow = switched(live, transfer).scene.before
    moved = np.abs(flow.voltage_pu - live.scene.before.voltage_pu)
    shown = np.isfinite(after.node_voltage_pu)
    assert shown.any() and not shown.all()
    np.testing.assert_allclose(after.node_voltage_pu[shown], flow.voltage_pu[shown], atol=2e-5)
    assert np.isfinite(before.node_voltage_pu[moved >= SHOWN_PU + 1e-6]).all()
    assert moved[~shown].max() < SHOWN_PU
    lines = len(after.line_loading)
    steps = np.abs(flow.loading[:lines] - live.scene.before.loading[:lines])
    hidden = np.isnan(after.line_loading) & np.isfinite(flow.loading[:lines])
    assert steps[hidden].max(initial=0.0) < SHOWN_LOADING
    assert transfer.picture.nodes == int(shown.sum())


def test_switches_that_move_stand_as_before_and_as_after(live: Live, transfer: Proposal) -> None:
    states = [frame.switch_state & 0b11 for frame in framed(transfer)]
    position = assembled(live.model).switches.position
    moved = {position[step["device_mrid"]]: step["to"] for step in transfer.steps}
    assert set(np.flatnonzero(states[0] != states[1]).tolist()) == set(moved)
    for at, to in moved.items():
        assert states[1][at] == (Position.CLOSED if to else Position.OPEN)


def test_a_new_check_renews_the_picture_and_a_decision_keeps_it(
    live: Live, drafts: list[Draft], transfer: Proposal
) -> None:
    draft = next(one for one in drafts if one.kind == "transfer")
    first = framed(transfer)[0].as_of_ms
    propose(draft, live=later(live, minutes=1))
    assert framed(transfer)[0].as_of_ms == pytest.approx(first + 60_000)
    Proposal.objects.filter(pk=transfer.pk).update(status="approved")
    propose(draft, live=later(live, minutes=2))
    assert framed(transfer)[0].as_of_ms == pytest.approx(first + 60_000)
    assert ProposalPicture.objects.filter(proposal=transfer).count() == 1


def test_the_profile_has_the_loadings_of_the_lines_between_its_nodes(live: Live, transfer: Proposal) -> None:
    lines = transfer.profile["lines"]
    worst = transfer.trouble.elements[0]
    at = lines["mrid"].index(worst)
    assert lines["before_percent"][at] == pytest.approx(transfer.value_before, abs=1e-3)
    assert lines["after_percent"][at] == pytest.approx(transfer.value_after, abs=1e-3)


def test_the_frames_are_read_by_whoever_sees_the_grid(client: Client, anna: User, transfer: Proposal) -> None:
    address = f"/api/v1/proposals/{transfer.pk}"
    assert client.get(f"{address}/frames/after").status_code in (401, 403)
    client.force_login(anna)
    answer = client.get(f"{address}/frames/after")
    assert frames.decode(answer.content).model_version == transfer.network_model_id
    told = client.get(address).json()["picture"]
    assert (told["least_pu"], told["network_version"]) == (SHOWN_PU, transfer.network_model_id)
    assert "There is no such picture" in client.get(f"{address}/frames/later").json()["detail"]
