"""What a reserve rests on: outages on record, gusts ahead, prices ahead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db.models import Q, QuerySet

from apps.assets import selectors as assets
from apps.assets.models import EnergyConsumer, Feeder
from apps.markets import selectors as markets
from apps.markets.models import BiddingZone
from apps.microgrids.adapters.readiness_courses import FloatArray
from apps.microgrids.adapters.reserve import SCHEDULE_STEPS, Prices
from apps.microgrids.choices.readiness import RESERVE_WINDOW, STEP
from apps.microgrids.models import Microgrid, ReadinessTerms
from apps.state.models import Outage
from apps.weather import selectors as weather
from apps.weather.choices import Variable
from apps.weather.models import Location

HOUR_S = 3600
YEAR_S = 365.25 * 24 * HOUR_S
LEAST_OWN, LEAST_ANY = 5, 3  # outages on record, before their durations stand for those to come
PRIOR_YEARS = 1.0  # of the average feeder, beside the microgrid's own record
LEAST_YEARS = 30 / 365.25  # a shorter record says nothing of a year
KWH_A_MWH = 1000.0


@dataclass(frozen=True, slots=True)
class OutagesOnRecord:
    """What is to be expected of the grid; None with the reason where the record says too little."""

    per_year: float | None
    durations_h: tuple[float, ...]
    rate_basis: str
    duration_basis: str

    @property
    def expected_h(self) -> float | None:
        return float(np.mean(self.durations_h)) if self.durations_h else None


def outages_on_record(microgrid: Microgrid, terms: ReadinessTerms | None, *, as_of: datetime) -> OutagesOnRecord:
    """An engineer's own figures go before the record."""
    rows = Outage.objects.filter(is_planned=False, began_at__lt=as_of)
    own = rows.filter(_touches(microgrid)).distinct()
    per_year, rate_basis = _rate(rows.count(), own.count(), _first(as_of), as_of)
    if terms is not None and terms.outages_per_year is not None:
        per_year, rate_basis = terms.outages_per_year, "entered by an engineer"
    if terms is not None and terms.expected_outage_h is not None:
        return OutagesOnRecord(per_year, (terms.expected_outage_h,), rate_basis, "entered by an engineer")
    found = _durations(own)
    if len(found) >= LEAST_OWN:
        return OutagesOnRecord(per_year, found, rate_basis, f"its own {len(found)} outages on record")
    found = _durations(rows)
    if len(found) >= LEAST_ANY:
        return OutagesOnRecord(per_year, found, rate_basis, f"the {len(found)} outages on record of all feeders")
    return OutagesOnRecord(per_year, (), rate_basis, "fewer than three outages are on record; enter the expected hours")


def _touches(microgrid: Microgrid) -> Q:
    """An outage of customers that are its members now."""
    keys = [str(mrid) for mrid in microgrid.members.values_list("element_mrid", flat=True)]
    return Q(steps__consumers__has_any_keys=keys) | Q(equipment_mrid=microgrid.coupling_switch_mrid)


def _first(as_of: datetime) -> datetime | None:
    return Outage.objects.filter(began_at__lt=as_of).order_by("began_at").values_list("began_at", flat=True).first()


def _durations(rows: QuerySet[Outage]) -> tuple[float, ...]:
    spans = rows.filter(ended_at__isnull=False).values_list("began_at", "ended_at")
    return tuple((ended - began).total_seconds() / HOUR_S for began, ended in spans[:500] if ended and ended > began)


def _rate(whole: int, own: int, first: datetime | None, as_of: datetime) -> tuple[float | None, str]:
    years = 0.0 if first is None else (as_of - first).total_seconds() / YEAR_S
    if first is None or years < LEAST_YEARS:
        return None, "less than 30 days of outages are on record; enter how many are expected in a year"
    model = assets.current_model()
    feeders = max(Feeder.objects.filter(model=model).count() if model else 0, 1)
    average = whole / feeders / years
    rate = (own + average * PRIOR_YEARS) / (years + PRIOR_YEARS)
    return rate, f"{own} of its own and {whole} of {feeders} feeders in {years:.1f} years on record"


def gusts_ahead(microgrid: Microgrid, *, as_of: datetime) -> tuple[FloatArray, str]:
    """m/s by hour; nan where no forecast reaches, with words of where it comes from."""
    hours = round(RESERVE_WINDOW.total_seconds() / HOUR_S)
    place = _place(microgrid.members.values_list("element_mrid", flat=True))
    if place is None:
        return np.full(hours, np.nan), "no place of weather is known"
    told = weather.known(
        location_id=place.pk,
        variables=(Variable.GUST_M_S,),
        starts_at=as_of.replace(minute=0, second=0, microsecond=0),
        steps=hours,
        step_s=HOUR_S,
        as_of=as_of,
    )
    gust = told.values[:, 0]
    if not np.isfinite(gust).any():
        return gust, f"no forecast of gusts at {place}"
    return gust, f"gusts up to {np.nanmax(gust):.0f} m/s forecast at {place}"


def _place(mrids: Iterable[UUID]) -> Location | None:
    found = EnergyConsumer.objects.filter(mrid__in=list(mrids), node__latitude__isnull=False)
    at = found.values_list("node__latitude", "node__longitude").first()
    return weather.nearest_location(*at) if at else Location.objects.order_by("pk").first()


def prices_ahead(*, starts_at: datetime, as_of: datetime) -> Prices:
    """Day-ahead prices, and what is expected where they are not out. Sold energy brings the same price."""
    zone = BiddingZone.objects.order_by("pk").first()
    if zone is None:
        return Prices(np.zeros(0), np.zeros(0), "there is no bidding zone with prices; make a market feed")
    told = markets.expected(
        zone=zone.code, starts_at=starts_at, steps=SCHEDULE_STEPS, step_s=int(STEP.total_seconds()), as_of=as_of
    )
    price = told.values / KWH_A_MWH
    missing = ~np.isfinite(price)
    reason = f"prices of {zone} are missing for {int(missing.sum())} of {len(price)} quarter hours"
    return Prices(price, price, reason if missing.any() else "")
