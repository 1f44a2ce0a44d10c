"""What the plants of portfolios are expected to give, from the newest forecast into the books of the market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.forecasts.choices import Horizon
from apps.forecasts.models import ForecastRun, Override
from apps.forecasts.selectors.actual import step_of
from apps.forecasts.selectors.issues import effective, issues_of_run, overrides_at
from apps.markets.choices import Source
from apps.markets.models import TradingPortfolio
from apps.markets.rules import DAY, clock_of, delivery_span
from apps.markets.selectors.portfolios import traded_portfolios, volumes
from apps.markets.services.portfolios import Told, record_volumes, take_members
from apps.renewables.models import RenewablePlant

FloatArray = npt.NDArray[np.float64]
DAYS_AHEAD = 2  # today and tomorrow: as far as forecasts by the quarter hour reach


def take_plants() -> int:
    """Plants of no portfolio into the one that takes them. How many."""
    home = TradingPortfolio.objects.filter(takes_all_plants=True).order_by("pk").first()
    if home is None:
        return 0
    plants = RenewablePlant.objects.filter(is_active=True).values_list("mrid", "name")
    return take_members(portfolio=home, plants=[(Source.RENEWABLE, mrid, name) for mrid, name in plants])


def tell_volumes(*, as_of: datetime) -> int:
    """How many rows were made; none where nothing newer was forecast."""
    run = ForecastRun.objects.filter(horizon=Horizon.INTRADAY, as_of__lte=as_of).order_by("-as_of", "-pk").first()
    if run is None:
        return 0
    return sum(_of_portfolio(one, run, as_of) for one in traded_portfolios())


@dataclass(frozen=True, slots=True)
class Said:
    """Of plants by mRID: quantiles from the quarter hour `first` on, with what people changed of them."""

    first: int
    levels: Sequence[float]
    quantiles_kw: dict[UUID, FloatArray]
    basis: str


def _of_portfolio(portfolio: TradingPortfolio, run: ForecastRun, as_of: datetime) -> int:
    said = _said([one.mrid for one in portfolio.members.all() if Source(one.source) is Source.RENEWABLE], run, as_of)
    if said is None:
        return 0
    today = as_of.astimezone(clock_of(portfolio.zone)).date()
    days = [today + n * DAY for n in range(DAYS_AHEAD)]
    told = [one for day in days for one in _of_day(portfolio, day, said, as_of)]
    return record_volumes(told=told, as_of=run.as_of)


def _said(plants: Sequence[UUID], run: ForecastRun, as_of: datetime) -> Said | None:
    series = {one.mrid: one.series for one in RenewablePlant.objects.filter(mrid__in=plants).select_related("series")}
    issues = issues_of_run(run, [one.pk for one in series.values()])
    if not issues:
        return None
    issue = next(iter(issues.values()))
    held: dict[int, list[Override]] = {}
    for row in overrides_at(issues, as_of=as_of, start=issue.first, end=issue.end):
        held.setdefault(row.series_id, []).append(row)
    quantiles = {
        mrid: effective(one, issue.first, issues[one.pk].quantiles, held.get(one.pk, []))
        for mrid, one in series.items()
        if one.pk in issues
    }
    return Said(issue.first, issue.levels, quantiles, f"forecast of {run.as_of:%Y-%m-%d %H:%M} UTC")


def _of_day(portfolio: TradingPortfolio, day: date, said: Said, as_of: datetime) -> list[Told]:
    """Of hours that have passed what was said of them last stays."""
    begin, steps = delivery_span(portfolio.zone, day)
    before = {one.member.mrid: one for one in volumes(portfolio, day, as_of=as_of, sources=[Source.RENEWABLE])}
    found = []
    for mrid, quantiles in said.quantiles_kw.items():
        values = _laid(quantiles, said.first, step_of(begin), steps)
        old = before.get(mrid)
        if old is not None and old.quantiles_kw.shape == values.shape:
            values = np.where(np.isfinite(values), values, old.quantiles_kw)
        if np.isfinite(values).any():
            found.append(Told(mrid, day, said.levels, values, said.basis))
    return found


def _laid(values: FloatArray, first: int, begin: int, steps: int) -> FloatArray:
    whole = np.full((steps, values.shape[1]), np.nan)
    low, high = max(first, begin), min(first + len(values), begin + steps)
    if high > low:
        whole[low - begin : high - begin] = values[low - first : high - first]
    return whole
