"""A stored scan without meters, from a live state that a test has set."""

from apps.dispatch.services.scenes import Live
from apps.state.choices import Outcome
from apps.state.models import Solution
from apps.studies.adapters.flow import frame_of


def solution_of(live: Live, *, sequence: int = 1) -> Solution:
    return Solution.objects.create(
        as_of=live.as_of,
        network_model=live.model,
        outcome=Outcome.SOLVED,
        duration_ms=1.0,
        frame=frame_of(live.scene.before, as_of_ms=1000 * live.as_of.timestamp(), sequence=sequence),
    )
