"""A voltage experiment of forty days whose factor is known."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.efficiency.adapters.cvr import drawn_days
from apps.efficiency.choices.cvr import CvrStatus
from apps.efficiency.models import CvrDay, CvrExperiment
from apps.efficiency.selectors.cvr_readings import midnight
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import HistoryDay, Series

FIRST, DAYS, FACTOR = date(2026, 3, 2), 40, 0.9
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def measured_experiment(monkeypatch: pytest.MonkeyPatch) -> CvrExperiment:
    """With a meter of voltage that reads what is asked of it and a feeder that answers by a power."""
    paula, otto = (User.objects.create_user(name, role=Role.SUPERVISOR) for name in ("paula", "otto"))
    days = [FIRST + n * DAY for n in range(DAYS)]
    reduced, block = drawn_days([day.weekday() >= 5 for day in days], [None] * DAYS, 3)
    one = CvrExperiment.objects.create(
        feeder_mrid=uuid4(),
        feeder_name="F01",
        zone="zone",
        units=[{"mrid": str(uuid4()), "name": "T1", "direction": 1, "step_percent": 1.5, "tap_min": -9, "tap_max": 9}],
        bellwethers=[{"point": 1, "mrid": str(uuid4()), "name": "End", "nominal_kv": 20.0, "unit": "kV"}],
        steps_down=2,
        limit_pu=0.92,
        starts_on=days[0],
        ends_on=days[-1],
        seed=3,
        status=CvrStatus.FINISHED,
        made_at=NOW - 99 * DAY,
        made_by=paula,
        approved_by=otto,
        approved_at=NOW - 98 * DAY,
        ended_at=NOW - 10 * DAY,
    )
    rows = enumerate(zip(days, reduced, block, strict=True))
    CvrDay.objects.bulk_create(
        CvrDay(experiment=one, day=day, number=n, reduced=low, block=pair) for n, (day, low, pair) in rows
    )
    coins = np.repeat(np.array(reduced), 96)
    rng = np.random.default_rng(1)
    voltage = np.where(coins, 0.97, 1.0)
    kw = 400 * (1 + 0.2 * np.sin(np.arange(96 * DAYS) / 15)) * voltage**FACTOR * rng.normal(1, 0.003, 96 * DAYS)
    _write(one, days, kw)
    monkeypatch.setattr("apps.efficiency.selectors.cvr_readings.point_means", lambda *_a, **_k: 20.0 * voltage[None, :])
    return one


def _write(one: CvrExperiment, days: list[date], kw: np.ndarray) -> None:
    """Local quarter hours into days of UTC, as the history has them."""
    series = Series.objects.create(
        subject=Subject.FEEDER, subject_mrid=str(one.feeder_mrid), quantity=Quantity.NET_LOAD, name="F01"
    )
    found: dict[date, np.ndarray] = {}
    for n, day in enumerate(days):
        for quarter in range(96):
            at = midnight(day) + timedelta(minutes=15 * quarter)
            row = found.setdefault(at.astimezone(UTC).date(), np.full(96, np.nan, "<f4"))
            utc = at.astimezone(UTC)
            row[utc.hour * 4 + utc.minute // 15] = kw[96 * n + quarter]
    HistoryDay.objects.bulk_create(
        HistoryDay(series=series, day=day, values_kw=values.tobytes()) for day, values in found.items()
    )
