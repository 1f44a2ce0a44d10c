"""Parks of sun and wind under one sky: their past, honest forecasts of it, prices and emission factors.

Every plant gives its own steady share of what its kind gives here, within a few per cent, so that what one could have
given is known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from uuid import UUID, uuid5

import numpy as np

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.models import Order
from apps.forecasts.adapters.packed import packed, packed_quantiles
from apps.forecasts.choices import Horizon, Quantity, Rung, Subject
from apps.forecasts.models import LEVELS, Forecast, ForecastRun, HistoryDay, Series
from apps.forecasts.selectors.actual import instant_of, step_of
from apps.markets.adapters.blocks import stored
from apps.markets.choices import EMISSION_UNIT, Product
from apps.markets.models import BiddingZone, MarketBlock, MarketSeries
from apps.renewables.models import RenewablePlant
from apps.renewables.services.plants import sync_plants
from apps.telemetry.choices import ControlKind, Protocol
from apps.telemetry.choices import Quantity as PointQuantity
from apps.telemetry.models import ControlPoint, Gateway, MeasurementPoint

DAY, STEPS, GATE = 96, 192, 24
NAMESPACE = UUID("6f9f5a52-7f6c-4b43-a1c0-5c7f7b6f8e11")
NOISE = 0.02  # of what a plant gives, from quarter hour to quarter hour
SPREAD = 0.10  # of a forecast, of what it foretells
PRICE, AVERAGE, MARGINAL = 60.0, 300.0, 500.0
_Z = np.array([NormalDist().inv_cdf(level) for level in LEVELS])


@dataclass
class Park:
    as_of: datetime
    first: int
    end: int  # of what is known
    potential: dict[int, np.ndarray]  # per series, from `first` on and two days beyond `end`

    def plant(self, name: str) -> RenewablePlant:
        return RenewablePlant.objects.get(name=name)

    def series(self, name: str) -> Series:
        return Series.objects.get(name=name)

    def gave(self, name: str, kw: float | np.ndarray, *, first: int, end: int) -> None:
        """What the plant really gave, in the stead of what it could."""
        key = self.series(name).pk
        for step in range(first, end):
            day = instant_of(step).date()
            row = HistoryDay.objects.get(series=key, day=day)
            values = np.frombuffer(bytes(row.values_kw), "<f4").copy()
            values[step % DAY] = np.broadcast_to(np.asarray(kw, float), end - first)[step - first]
            HistoryDay.objects.filter(pk=row.pk).update(values_kw=packed(values))

    def could(self, name: str, step: int) -> float:
        return float(self.potential[self.series(name).pk][step - self.first])


def make_park(
    as_of: datetime, *, solar: int = 4, windy: int = 3, days: int = 16, with_zone: bool = True, issues_h: int = 6
) -> Park:
    """Issues each `issues_h` hours of the last two weeks, those of six o'clock UTC among them, and one at `as_of`."""
    if with_zone:
        make_market(as_of)
    end = step_of(as_of)
    first = (end // DAY - days) * DAY
    park = Park(as_of, first, end, {})
    _fill(park, _series(solar, windy))
    every = 4 * issues_h
    gates = range((end // every - 14 * DAY // every) * every + GATE, end + 1, every)
    for at in sorted({*gates, end}):
        make_issue(park, at)
    sync_plants()
    return park


def _series(solar: int, windy: int) -> list[tuple[Series, float]]:
    made: list[tuple[Series, float]] = []

    def add(mrid: str, subject: str, quantity: str, name: str, size: float, **more: object) -> None:
        row = Series.objects.create(subject_mrid=mrid, subject=subject, quantity=quantity, name=name, **more)
        made.append((row, size))

    add("system", Subject.SYSTEM, Quantity.LOAD, "Town load", 20_000.0)
    add("system", Subject.SYSTEM, Quantity.PV, "Town sun", 1_000.0 * solar)
    add("system", Subject.SYSTEM, Quantity.WIND, "Town wind", 2_000.0 * windy)
    for number in range(solar):
        rated = 1_000.0
        add(
            _mrid(f"sun {number}"),
            Subject.PLANT,
            Quantity.PV,
            f"Solar {number + 1}",
            rated * (0.8 + 0.04 * number),
            rated_kw=rated,
        )
    for number in range(windy):
        rated = 2_000.0
        add(
            _mrid(f"wind {number}"),
            Subject.PLANT,
            Quantity.WIND,
            f"Wind {number + 1}",
            rated * (0.8 + 0.05 * number),
            rated_kw=rated,
        )
    return made


def _mrid(name: str) -> str:
    return str(uuid5(NAMESPACE, name))


def _fill(park: Park, made: list[tuple[Series, float]]) -> None:
    at = np.arange(park.first, park.end + STEPS)
    hour = (at % DAY) / 4
    rng = np.random.default_rng(11)
    sky = {
        Quantity.LOAD: 0.5 + 0.3 * np.exp(-(((hour - 18) / 3.5) ** 2)),
        Quantity.PV: np.maximum(np.sin((hour - 5) / 14 * np.pi), 0.0) * (hour > 5) * (hour < 19),
        Quantity.WIND: 0.5 + 0.15 * np.sin(at / 37.0) + 0.1 * np.sin(at / 11.0),
    }
    rows = []
    for series, size in made:
        noise = 1 + NOISE * rng.standard_normal(len(at))
        values = np.minimum(size * sky[Quantity(series.quantity)] * noise, series.rated_kw or np.inf)
        park.potential[series.pk] = values
        known = np.where(at < park.end, values, np.nan)
        known = np.pad(known, (0, -len(known) % DAY), constant_values=np.nan).reshape(-1, DAY)
        rows += [
            HistoryDay(series=series, day=instant_of(park.first + n * DAY).date(), values_kw=packed(one))
            for n, one in enumerate(known)
            if np.isfinite(one).any()
        ]
    HistoryDay.objects.bulk_create(rows)


def make_issue(park: Park, at: int) -> ForecastRun:
    """Says what will be, with a spread of a tenth of it and an error that fits."""
    run = ForecastRun.objects.create(
        as_of=instant_of(at) + timedelta(seconds=2),
        horizon=Horizon.INTRADAY,
        starts_at=instant_of(at),
        steps=STEPS,
        levels=list(LEVELS),
        rungs={Rung.FULL.value: len(park.potential)},
        duration_ms=1.0,
        engine_version="1",
    )
    rng, rows = np.random.default_rng(at), []
    for key, values in park.potential.items():
        course = np.resize(values[max(at - park.first, 0) :][:STEPS], STEPS)
        astray = 1 + SPREAD * _wandering(rng)
        said = np.maximum(course[:, None] * (astray[:, None] + SPREAD * _Z), 0.0)
        rows.append(
            Forecast(run=run, series_id=key, rung=Rung.FULL, quantiles_kw=packed_quantiles(np.sort(said, axis=1)))
        )
    Forecast.objects.bulk_create(rows)
    return run


def _wandering(rng: np.random.Generator, memory: float = 0.95) -> np.ndarray:
    found = np.empty(STEPS)
    found[0] = rng.standard_normal()
    for step in range(1, STEPS):
        found[step] = memory * found[step - 1] + (1 - memory**2) ** 0.5 * rng.standard_normal()
    return found


def make_market(as_of: datetime, *, days: int = 40, price: float = PRICE) -> BiddingZone:
    zone = BiddingZone.objects.create(code="10YTOWN--------T", name="Town", time_zone="Europe/Berlin")
    begin = (as_of - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    for product, unit, value in (
        (Product.DAY_AHEAD, "EUR/MWh", price),
        (Product.EMISSION_AVERAGE, EMISSION_UNIT, AVERAGE),
        (Product.EMISSION_MARGINAL, EMISSION_UNIT, MARGINAL),
    ):
        series = MarketSeries.objects.create(zone=zone, product=product, step_s=3600, unit=unit)
        values = np.full((days + 2) * 24, value)
        MarketBlock.objects.create(
            series=series, known_at=begin, starts_at=begin, ends_at=begin + timedelta(hours=len(values)),
            values=stored(values),
        )  # fmt: skip
    return zone


def ordered(plant: RenewablePlant, limit_kw: float | None, at: datetime, *, purpose: str = "") -> Order:
    """A set-point that the field has confirmed; None: its release."""
    gateway, _ = Gateway.objects.get_or_create(name="parks", defaults={"protocol": Protocol.HTTP})
    point, _ = MeasurementPoint.objects.get_or_create(
        equipment_mrid=plant.mrid,
        quantity=PointQuantity.ACTIVE_POWER,
        defaults={
            "gateway": gateway,
            "slot": gateway.points.count(),
            "name": f"{plant.name} power",
            "unit": "kW",
            "address": plant.name,
        },
    )
    control, _ = ControlPoint.objects.get_or_create(point=point, kind=ControlKind.SETPOINT)
    person, _ = User.objects.get_or_create(username="anna", defaults={"role": Role.OPERATOR})
    return Order.objects.create(
        control=control,
        device_mrid=plant.mrid,
        device_name=plant.name,
        point_name=point.name,
        unit="kW",
        act=Act.RELEASE if limit_kw is None else Act.SET,
        value=-(limit_kw or 0.0),
        status=OrderStatus.CONFIRMED,
        purpose=purpose,
        nonce="n",
        selected_at=at,
        selected_by=person,
        selected_session="s",
        expires_at=at,
        ordered_at=at,
        sent_at=at,
    )
