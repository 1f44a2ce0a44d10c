"""Once a day: what could be had of sun and wind, what was used of it, what was not and why, and what that spared."""

from datetime import date, datetime, timedelta

from apps.renewables.choices import JUDGED_DAYS
from apps.renewables.models import IntegrationDay, Portfolio
from apps.renewables.selectors.integration import figures
from apps.renewables.selectors.local_days import steps_of, today

LEAST_KNOWN = 0.05  # of the day: less is no day of it


def count_days(*, as_of: datetime) -> int:
    """Of every portfolio the local days of the last week that have ended and are not counted. How many were."""
    now = today(as_of)
    days = [now - timedelta(days=back) for back in range(JUDGED_DAYS, 0, -1)]
    done = set(IntegrationDay.objects.filter(day__in=days).values_list("portfolio_id", "day"))
    portfolios = list(Portfolio.objects.select_related("zone"))
    rows = [_day(one, day, as_of) for one in portfolios for day in days if (one.pk, day) not in done]
    return len(IntegrationDay.objects.bulk_create([row for row in rows if row is not None], ignore_conflicts=True))


def _day(portfolio: Portfolio, day: date, as_of: datetime) -> IntegrationDay | None:
    """None where nothing of it is known."""
    first, end = steps_of(day)
    told = figures(portfolio, first=first, end=end, as_of=as_of)
    if told is None or told["known_share"] < LEAST_KNOWN:
        return None
    return IntegrationDay(portfolio=portfolio, day=day, worked_out_at=as_of, **told)
