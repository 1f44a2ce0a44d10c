"""The best open points and set-points of the newest state that is stored, for people who ask at a console."""

from datetime import datetime

from apps.dispatch.adapters.scene import scene_of
from apps.dispatch.selectors.movable import movable
from apps.optimization.adapters.optimum import Optimum
from apps.optimization.adapters.scene_optimum import Asked, optimised
from apps.optimization.choices import Aim
from apps.optimization.selectors import operable_switches
from apps.studies.selectors.places import place_of
from apps.studies.services.starting import past_start


def best_of_newest(*, aim: Aim, most_switchings: int, as_of: datetime) -> tuple[Optimum, datetime]:
    """And the instant of that state. Moves what takes orders and hangs under no hold tag; proposes nothing.

    Raises Refused or Conflict where no state is stored or known, NoOptimum where it has no solution.
    """
    start, given = past_start(instant=as_of, as_of=as_of), movable()
    operable = operable_switches(start.model.pk, given=given)
    asked = Asked(aim, most_switchings, operable, given.may, start.as_of)
    return optimised(scene_of(start.base, place_of(start.model)), asked, lambda *_: None), start.as_of
