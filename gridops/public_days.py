"""Public holidays as the law knows them."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import holidays

EVERY_YEAR: Final = range(1990, 2060)  # of anybody's file


def public_holidays(country: str, years: Iterable[int] = EVERY_YEAR) -> dict[date, str]:
    """Of a country or a part of one: 'DE', 'US-PA'. NotImplementedError: nobody knows its holidays."""
    code, _, part = country.partition("-")
    return dict(holidays.country_holidays(code, subdiv=part or None, years=years))
