"""Where a wall time stands in the year that a case's profiles describe."""

from datetime import UTC, date, datetime

WEEKS = 52  # a 53rd week is played as the 52nd again


def profile_time(wall: datetime, year: int) -> datetime:
    """The same ISO week, weekday and UTC time of day in the profiles' ISO year.

    The first days of ISO week 1 may lie in the December before `year` and the last ones of week 52 in the January after
    it: profiles repeat, so both have values.
    """
    if wall.tzinfo is None:
        raise ValueError("The wall time needs a time zone.")
    moment = wall.astimezone(UTC)
    _, week, weekday = moment.isocalendar()
    day = date.fromisocalendar(year, min(week, WEEKS), weekday)
    return datetime.combine(day, moment.timetz())
