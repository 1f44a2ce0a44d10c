"""What plans of many plants stand on: an envelope at a point, a site with its forecasts and its tariff."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from apps.assets.models import NetworkModel
from apps.assets.selectors import assembled
from apps.dispatch.adapters import limits as stored
from apps.dispatch.choices.ahead import AheadOutcome
from apps.dispatch.models import HoursAhead
from apps.forecasts.adapters.packed import packed_quantiles
from apps.forecasts.choices import Horizon, Quantity, Rung, Subject
from apps.forecasts.models import LEVELS, Forecast, ForecastRun, Series
from apps.markets.choices import TariffKind
from apps.markets.models import Tariff, TariffPart
from apps.storage.models import StorageSite
from apps.storage.selectors.ahead import STEP_S, next_step

STEPS = 192


def make_envelope(
    model: NetworkModel, mrid: str, at: datetime, *, import_kw: float, export_kw: float, expected_kw: float = 0.0
) -> HoursAhead:
    """Of one point, for two days."""
    node = assembled(model).node_at(mrid)

    def column(value: float) -> bytes:
        return stored.packed(np.array([[value]]))

    return HoursAhead.objects.create(
        as_of=at,
        outcome=AheadOutcome.DONE,
        network_model=model,
        starts=[at.isoformat()],
        ends_at=at + timedelta(days=2),
        points=stored.packed_positions(np.array([node])),
        import_kw=column(import_kw),
        export_kw=column(export_kw),
        expected_kw=column(expected_kw),
        asked_kw=stored.packed(np.full((2, 1), 1000.0)),
        duration_ms=1.0,
        engine_version="test",
    )


def make_forecast(name: str, quantity: Quantity, values: Sequence[float], at: datetime) -> Series:
    """kW by the hour of the day from the next quarter hour of `at`, for two days; as sure as can be."""
    series = Series.objects.create(subject_mrid=name.lower(), subject=Subject.CUSTOMER, quantity=quantity, name=name)
    starts_at = next_step(at)
    hours = [(starts_at + timedelta(seconds=n * STEP_S)).hour for n in range(STEPS)]
    run = ForecastRun.objects.create(
        as_of=at,
        horizon=Horizon.INTRADAY,
        starts_at=starts_at,
        steps=STEPS,
        levels=list(LEVELS),
        rungs={Rung.FULL.value: 1},
        duration_ms=1.0,
        engine_version="1",
    )
    said = np.repeat(np.array([values[hour] for hour in hours])[:, None], len(LEVELS), axis=1)
    Forecast.objects.create(run=run, series=series, rung=Rung.FULL, quantiles_kw=packed_quantiles(said))
    return series


def make_tariff(
    name: str = "Works", *, day: float = 0.30, night: float = 0.12, feed_in: float = 0.06, demand: float = 0.0
) -> Tariff:
    tariff = Tariff.objects.create(name=name, valid_from=date(2025, 1, 1))
    times = {"from_minute": 6 * 60, "to_minute": 22 * 60}
    parts = [(TariffKind.ENERGY, night), (TariffKind.FEED_IN, feed_in)]
    for kind, price in parts:
        TariffPart.objects.create(tariff=tariff, kind=kind, price=price)
    TariffPart.objects.create(tariff=tariff, kind=TariffKind.NETWORK, price=day - night, **times)
    if demand:
        TariffPart.objects.create(tariff=tariff, kind=TariffKind.DEMAND, price=demand)
    return tariff


def make_site(
    at: datetime, *, load: Sequence[float], sun: Sequence[float] | None = None, **more: object
) -> StorageSite:
    """Load and sun by the hour of the day, UTC."""
    return StorageSite.objects.create(
        name="Mill",
        load=make_forecast("Mill", Quantity.LOAD, load, at),
        sun=None if sun is None else make_forecast("Roof", Quantity.PV, sun, at),
        **{"tariff": "Works", **more},
    )
