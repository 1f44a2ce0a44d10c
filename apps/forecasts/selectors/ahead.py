"""What is known ahead of the hours to come: weather forecasts, days of the calendar, economic factors."""

from datetime import datetime

from apps.forecasts.adapters.panels import Ahead, History


def known_ahead(history: History, *, days: int, as_of: datetime) -> Ahead:
    return Ahead()
