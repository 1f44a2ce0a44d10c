"""What the clock asks of the renewables desk, in its order."""

from datetime import datetime

from apps.renewables.services.avoiding import look_for_ways
from apps.renewables.services.days import count_days
from apps.renewables.services.plants import sync_plants
from apps.renewables.services.reserving import add_up_portfolios, judge_reserve, reserve
from apps.renewables.services.watching import watch


def begin(*, as_of: datetime) -> int:
    """After a start: what is to come. How plants of now go together is known with the first quarter hour that was
    measured, and before that nobody can say what they could have given."""
    count = sync_plants()
    add_up_portfolios(as_of=as_of)
    reserve(as_of=as_of)
    return count


def look(*, as_of: datetime) -> int:
    """How many quarter hours of plants were found curtailed. What is dear comes last."""
    sync_plants()
    found = watch(as_of=as_of)
    look_for_ways(as_of=as_of)
    add_up_portfolios(as_of=as_of)
    reserve(as_of=as_of)
    return found


def look_back(*, as_of: datetime) -> int:
    """Days that have ended, once: asked often, and cheap then."""
    return count_days(as_of=as_of) + judge_reserve(as_of=as_of)
