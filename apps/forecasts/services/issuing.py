"""An issue: what all series will be, from what was known at an instant and nothing after it."""

import time
from collections import Counter
from datetime import datetime

from django.db import transaction

from apps.forecasts.adapters.issuing import Said, said
from apps.forecasts.adapters.learning import PanelModel, opened
from apps.forecasts.adapters.panels import ENGINE_VERSION, History
from apps.forecasts.choices import STREAM, Horizon
from apps.forecasts.models import LEVELS, STEPS_A_DAY, ForecastRun, ModelVersion
from apps.forecasts.selectors.inputs import active_series, history_of, panel_known
from apps.forecasts.services.forecast_rows import write_forecasts
from apps.forecasts.services.standings import standings_of
from apps.live import services as live

STEPS = {Horizon.INTRADAY: 2 * STEPS_A_DAY, Horizon.WEEK: 7 * STEPS_A_DAY}
PAST_DAYS = 70  # that features and fallbacks look at


def issue(*, as_of: datetime, horizon: Horizon = Horizon.INTRADAY) -> ForecastRun | None:
    """None while there is no series. The same quarter hour is issued once."""
    begun = time.perf_counter()
    series = active_series()
    if not series:
        return None
    history = history_of(series, days=PAST_DAYS, as_of=as_of)
    if ForecastRun.objects.filter(horizon=horizon, starts_at=history.until).exists():
        return None
    version, model = model_in_use()
    panel, inputs = panel_known(history, groups=version.made_with["groups"] if version else [], as_of=as_of)
    standings = standings_of(version, history, as_of=as_of)
    found = said(history, panel, model, standings, steps=STEPS[horizon])
    return _stored(history, found, version, inputs, as_of=as_of, horizon=horizon, begun=begun)


def model_in_use() -> tuple[ModelVersion | None, PanelModel | None]:
    """A model that this release cannot read is no model: the ladder goes on without."""
    version = ModelVersion.objects.defer("content").in_use()
    if version is None:
        return None, None
    try:
        return version, opened(version)
    except ValueError:
        return None, None


@transaction.atomic
def _stored(
    history: History,
    found: Said,
    version: ModelVersion | None,
    inputs: dict[str, object],
    *,
    as_of: datetime,
    horizon: Horizon,
    begun: float,
) -> ForecastRun:
    run = ForecastRun.objects.create(
        as_of=as_of,
        horizon=horizon,
        starts_at=history.until,
        steps=found.quantiles.shape[1],
        levels=list(LEVELS),
        model_version=version,
        inputs=inputs,
        rungs=dict(Counter(found.rung)),
        duration_ms=1000 * (time.perf_counter() - begun),
        engine_version=ENGINE_VERSION,
    )
    write_forecasts(run, history.keys, found)
    told = {"run": run.pk, "horizon": horizon, "as_of": as_of.isoformat(), "rungs": run.rungs}
    live.record(stream=STREAM, kind="issued", subject=f"run/{horizon}", payload=told)
    return run
