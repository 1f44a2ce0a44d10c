"""What stood of a day of delivery when its gate closed: by the zone's gate, from its midnight on."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest

from apps.forecasts.models import LEVELS, Forecast, ForecastRun
from apps.forecasts.selectors.actual import step_of
from apps.forecasts.selectors.issues import opened
from apps.markets import selectors as markets
from apps.markets.adapters.blocks import stored
from apps.markets.choices import PriceMethod
from apps.markets.models import BiddingZone, PriceForecast, TradingPortfolio
from apps.markets.services.feeds import FIELD_ZONE
from apps.renewables.selectors.errors import DaysAhead, days_ahead
from apps.renewables.selectors.trading import errors_together
from tests.factories.renewables import Park, make_park
from tests.factories.trading import BERLIN, MORNING, make_known

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def park() -> Park:
    return make_park(MORNING - timedelta(minutes=15), solar=0, windy=1, days=10, issues_h=6)


@pytest.mark.parametrize(("closes", "hour"), [(time(12), 6), (time(20), 18)])
def test_the_last_issue_before_the_gate_is_taken_from_midnight_on(park: Park, closes: time, hour: int) -> None:
    zone = BiddingZone.objects.get(name="Town")
    zone.gate_closes_at = closes
    key = park.series("Wind 1").pk
    found = days_ahead([key], zone=zone, as_of=park.as_of, days=5)
    assert len(found.days) >= 4
    for column, (day, begin) in enumerate(zip(found.days, found.starts_at, strict=True)):
        assert begin == datetime(day.year, day.month, day.day, tzinfo=BERLIN)
        first = step_of(begin)
        assert found.came[0, column] == pytest.approx(park.potential[key][first - park.first :][:96], rel=1e-5)
        before = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - DAY
        issue = opened(Forecast.objects.get(series=key, run=ForecastRun.objects.get(starts_at=before)))
        offset = first - step_of(before)
        assert found.said[0, column] == pytest.approx(issue.quantiles[offset : offset + 96])
    assert max(found.starts_at) + DAY <= park.as_of


def test_prices_that_fall_where_more_was_given_than_foreseen_are_found_out(park: Park) -> None:
    make_known(MORNING)
    zone = BiddingZone.objects.get(code=FIELD_ZONE)
    portfolio = TradingPortfolio.objects.create(
        name="Town", zone=zone, folder="x", assumed_spread=1.0, assumed_spread_source="for tests"
    )
    assert errors_together(portfolio, as_of=park.as_of).pairs == 0  # no plant, no past
    plant = park.plant("Wind 1")
    portfolio.members.create(source="renewable", mrid=plant.mrid, name=plant.name)
    assert errors_together(portfolio, as_of=park.as_of).rank == 0.0  # no price was foretold
    past = days_ahead([plant.series_id], zone=zone, as_of=park.as_of)
    volume = past.came[0] - past.said[0, ..., LEVELS.index(0.5)]
    _foretell(zone, past, volume, park.as_of)
    found = errors_together(portfolio, as_of=park.as_of)
    assert found.pairs == int(np.isfinite(volume).sum())
    assert -1.0 < found.rank < -0.8


def _foretell(zone: BiddingZone, past: DaysAhead, volume: np.ndarray, as_of: datetime) -> None:
    """Forecasts of prices whose errors are those of the volumes, the other way round."""
    rows = []
    for day, begin, error in zip(past.days, past.starts_at, volume, strict=True):
        came = markets.prices(zone=zone.code, starts_at=begin, steps=96, step_s=900, as_of=as_of).values
        rows.append(
            PriceForecast(
                zone=zone,
                day=day,
                issued_at=begin - DAY,
                as_of=begin - DAY,
                starts_at=begin,
                ends_at=begin + DAY,
                step_s=900,
                unit="EUR/MWh",
                levels=[0.5],
                quantiles=stored(came + error),
                method=PriceMethod.MODEL,
                model_version="1",
                duration_ms=1.0,
            )
        )
    PriceForecast.objects.bulk_create(rows)
