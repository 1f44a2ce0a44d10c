"""Sites whose meters the house reads itself: made from its large customers, and their readings kept up to date."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.efficiency.adapters.program_readings import metered_days
from apps.efficiency.adapters.program_shapes import potentials
from apps.efficiency.choices.programs import SiteKind
from apps.efficiency.models.programs import EfficiencyMeasure, EfficiencySite, SiteDay
from apps.efficiency.selectors.programs import SHAPE_DAYS, shape_now
from apps.efficiency.services.programs import define_site, propose_measure, take_catalogue
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import STEPS_A_DAY, Series
from apps.forecasts.selectors.actual import actual, step_of
from apps.markets.models import BiddingZone
from apps.weather.models import Location
from apps.weather.selectors import nearest_location

DAY, LONGEST_NAME = timedelta(days=1), 120
CORRECTED = 2 * DAY  # history is corrected as late readings come


@transaction.atomic
def take_metered_sites(*, most: int, by: User, as_of: datetime) -> int:
    """The largest customers with a meter as sites, at each the cheapest measure of its shape proposed. Nothing where
    there is a site already. How many were made."""
    if EfficiencySite.objects.exists():
        return 0
    sites = [_site(one, by=by, as_of=as_of) for one in _largest(most, as_of)]
    follow_meters(as_of=as_of)
    if sites:
        take_catalogue(by=by, as_of=as_of)
    for site in sites:
        _propose_cheapest(site, by=by, as_of=as_of)
    return len(sites)


def _largest(most: int, as_of: datetime) -> list[Series]:
    """By what they drew in the last four weeks."""
    rows = {one.pk: one for one in Series.objects.in_use().filter(subject=Subject.CUSTOMER, quantity=Quantity.LOAD)}
    end = step_of(as_of)
    drawn = actual(list(rows), start=end - 28 * STEPS_A_DAY, end=end)
    known = {key: float(np.nansum(values)) for key, values in drawn.items()}
    order = sorted((key for key, kw in known.items() if kw > 0), key=lambda key: -known[key])
    by_name: dict[str, Series] = {}
    for key in order:  # a site's name is its own
        by_name.setdefault(rows[key].name[:LONGEST_NAME], rows[key])
    return list(by_name.values())[:most]


def _site(series: Series, *, by: User, as_of: datetime) -> EfficiencySite:
    at = None if series.latitude is None or series.longitude is None else (series.latitude, series.longitude)
    return define_site(
        site=None,
        name=series.name[:LONGEST_NAME],
        kind=SiteKind.BUSINESS,
        time_zone=timezone.get_current_timezone_name(),
        price_zone=BiddingZone.objects.order_by("pk").first(),
        weather=nearest_location(*at) if at else Location.objects.order_by("pk").first(),
        series=series,
        by=by,
        as_of=as_of,
    )


def _propose_cheapest(site: EfficiencySite, *, by: User, as_of: datetime) -> None:
    found = shape_now(site, as_of=as_of)
    if isinstance(found, str):
        return
    ranked = potentials(EfficiencyMeasure.objects.filter(is_active=True), found[1])
    best = next((measure for measure, of in ranked if of.yearly_kwh and of.levelised is not None), None)
    if best is not None:
        propose_measure(site=site, measure=best, by=by, as_of=as_of)


def follow_meters(*, as_of: datetime) -> int:
    """Whole days of UTC that are new or may have been corrected, of every site with a meter. How many days."""
    return sum(_follow(site, as_of) for site in EfficiencySite.objects.exclude(series=None))


@transaction.atomic
def _follow(site: EfficiencySite, as_of: datetime) -> int:
    today = as_of.astimezone(UTC).date()
    newest = site.days.order_by("-day").values_list("day", flat=True).first()
    first = max(newest - CORRECTED, today - SHAPE_DAYS * DAY) if newest else today - SHAPE_DAYS * DAY
    start, end = (step_of(datetime.combine(day, time.min, UTC)) for day in (first, today))
    if site.series_id is None or end <= start:
        return 0
    rows = metered_days(first, actual([site.series_id], start=start, end=end)[site.series_id])
    SiteDay.objects.bulk_create(
        [SiteDay(site=site, day=one.day, kwh=one.kwh, temperature_c=one.temperature_c) for one in rows],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["site", "day"],
        update_fields=["kwh"],
    )
    return len(rows)
