"""Days of the clock on the wall, as quarter hours since 1970."""

from datetime import date, datetime, timedelta

from apps.forecasts.selectors.actual import step_of
from apps.forecasts.selectors.inputs import zone


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone())


def today(as_of: datetime) -> date:
    return as_of.astimezone(zone()).date()


def steps_of(day: date) -> tuple[int, int]:
    return step_of(midnight(day)), step_of(midnight(day + timedelta(days=1)))
