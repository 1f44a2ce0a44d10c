"""None gets through, none legal is refused: the checks of dispatch against limits that stand in the database."""

import pytest

from tests.apps.storage.safety_worlds import judged

pytestmark = pytest.mark.django_db
COUNT, EACH = 1000, 125


def test_of_two_thousand_random_commands_and_schedules_none_gets_through_and_none_legal_is_refused() -> None:
    commands, courses = judged(COUNT, seed=11, per_world=EACH)
    for told in (commands, courses):
        assert told.drawn == COUNT
        assert 0.05 * COUNT < told.legal < 0.95 * COUNT
        assert (told.through, told.refused) == (0, 0)
