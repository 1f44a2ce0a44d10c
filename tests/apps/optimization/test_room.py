"""A remedy leaves room where the load goes, or says how often it would not."""

from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from apps.assets.selectors import assembled
from apps.dispatch.adapters import checking
from apps.dispatch.adapters.scene import flow_with, scene_of
from apps.dispatch.adapters.steps import read_steps
from apps.dispatch.models import Proposal
from apps.dispatch.selectors.proposals import remedies
from apps.dispatch.services.proposals import Draft, propose
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.troubles import watch_troubles
from apps.dispatch.services.verification import checked_trouble
from apps.optimization.adapters.candidates import Candidate
from apps.optimization.adapters.trying import Good
from apps.optimization.choices import RemedyKind
from apps.optimization.services.single_device import SingleDevices
from gridops.engine.optimization.verification import Verdict
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import FACTOR, HEAVY, base_of, live_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Live:
    model = imported(ring_file())
    return live_of(model, base_of(model, heavy=HEAVY, factor=FACTOR), timezone.now())


def transfers(live: Live) -> list[Draft]:
    (trouble, *_) = watch_troubles(live)
    drafts = SingleDevices(live).plan(trouble, progress=lambda _: None).drafts
    return [one for one in drafts if one.kind == "transfer"]


def points(proposal: Proposal) -> float:
    """Of the list, as it ranks now."""
    (found,) = [one for one in remedies(as_of=timezone.now())["troubles"] if one["remedies"]]
    (told,) = [one for one in found["remedies"] if one["id"] == proposal.pk]
    return float(told["score"]["total"])


def test_of_transfers_that_end_it_the_one_that_leaves_more_room_comes_first(live: Live) -> None:
    (draft, *_) = transfers(live)
    candidate = Candidate(RemedyKind.TRANSFER, draft.steps, 40.0)

    def good(excess_after: float, reserve: float) -> Good:
        verdict = Verdict(True, "", 0.09, excess_after, True, (), (), 0.0, 0.0, reserve)
        return Good(candidate, verdict, 2)

    assert good(-0.15, 0.30).points > good(-0.60, 0.004).points
    assert good(-0.60, 0.30).points == good(-0.60, np.inf).points


def test_what_breaks_another_limit_in_states_that_could_be_true_is_told_and_ranks_lower(live: Live) -> None:
    first, *_ = transfers(live)
    proposal = propose(first, live=live)
    assert proposal.verification["breaks_another"] == 0.0
    roomy = points(proposal)
    proposal.verification["breaks_another"] = 0.5
    proposal.save()
    assert points(proposal) < roomy - 40


def test_the_share_of_states_in_which_another_limit_breaks_is_counted(live: Live) -> None:
    """The rating of what takes the load over is put to just above what it comes to carry."""
    first, *_ = transfers(live)
    steps = read_steps(first.steps, live.scene.base, live.scene.place)
    before, after = live.scene.before.loading, flow_with(live.scene, steps).loading
    line = int(np.nanargmax(np.where(after > before + 0.05, after, np.nan)))
    network = assembled(live.model).network
    assert line < len(network.lines.rated_a)
    rated = network.lines.rated_a.copy()
    rated[line] *= after[line] / 0.999
    place = live.scene.place
    tight = replace(place.network, network=replace(network, lines=replace(network.lines, rated_a=rated)))
    scene = scene_of(live.scene.base, replace(place, network=tight))
    trouble = checked_trouble(watch_troubles(live)[0])
    found = checking.check(scene, trouble, steps, customers_may_lose=0.0, seed=1)
    assert found.passed
    assert 0.2 < found.document["breaks_another"] < 0.9
