"""How every issuer did on every series and local day."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import numpy as np

from apps.forecasts.adapters.arrays import Float32Array, IntArray, midnight, steps_between
from apps.forecasts.adapters.learning import GATE_STEP, gates, local_day_steps, opened, tried
from apps.forecasts.adapters.packed import unpacked_quantiles
from apps.forecasts.adapters.panels import History, Panel
from apps.forecasts.adapters.scoring import DayScores, repeated, scored, scored_line
from apps.forecasts.choices import Horizon, Issuer, ModelStatus
from apps.forecasts.models import LEVELS, STEP_S, STEPS_A_DAY, Forecast, ForecastRun, ModelVersion, Override, Score
from apps.forecasts.selectors.inputs import active_series, history_of, panel_known
from apps.forecasts.selectors.issues import effective
from apps.forecasts.services.trials import Judged

LOOKED_BACK = 7  # days: what came late is scored still
LEAST_STEPS = STEPS_A_DAY // 2  # of a day: a score of less says nothing of it
_PAST_DAYS = 70
_TRIED = 8  # issues that tell how the model of last month stands
_WITH_BANDS = frozenset({Issuer.MODEL, Issuer.LAST_MODEL, Issuer.PERSON})
_MONTH = timedelta(days=28)


def score_days(*, as_of: datetime) -> int:
    """Whole local days of the last week that are not scored yet. Returns how many scores are new."""
    history = history_of(active_series(), days=_PAST_DAYS, as_of=as_of)
    if not history.series:
        return 0
    panel, _ = panel_known(history, groups=[], as_of=as_of)
    newest = history.at // STEPS_A_DAY * STEPS_A_DAY + GATE_STEP
    chosen = [newest - back * STEPS_A_DAY for back in range(LOOKED_BACK, 0, -1)]
    return sum(_score(history, panel, gate, as_of) for gate in chosen if gate > 0)


def _score(history: History, panel: Panel, gate: int, as_of: datetime) -> int:
    steps, day = local_day_steps(panel, gate), history.day(gate) + timedelta(days=1)
    if not len(steps) or steps[-1] >= history.at or Score.objects.filter(day=day, issuer=Issuer.MODEL).exists():
        return 0
    run = _run_of(history, gate)
    if run is None:
        return 0
    first = steps_between(midnight(history.first), run.starts_at)
    quantiles = _quantiles(run, history.keys)[:, steps - first]
    actual = panel.target[:, steps].astype(np.float64)
    found = {issuer: scored_line(actual, line) for issuer, line in repeated(panel, gate, steps).items()}
    found[Issuer.MODEL] = scored(actual, quantiles)
    found[Issuer.PERSON] = scored(actual, _overridden(history, steps, quantiles))
    if (before := _last_months(run, as_of)) is not None:
        found[Issuer.LAST_MODEL] = scored(actual, _said_by(before, history, gate, steps, as_of))
    return keep_scores(history.keys, day, found)


def _run_of(history: History, gate: int) -> ForecastRun | None:
    at = midnight(history.first) + timedelta(seconds=STEP_S * gate)
    return ForecastRun.objects.filter(horizon=Horizon.INTRADAY, starts_at=at).select_related("model_version").first()


def _quantiles(run: ForecastRun, series: list[int]) -> Float32Array:
    found = np.full((len(series), run.steps, len(run.levels)), np.nan, np.float32)
    row_of = {key: row for row, key in enumerate(series)}
    rows = Forecast.objects.filter(run=run, series__in=series).values_list("series_id", "quantiles_kw")
    for key, content in rows:
        found[row_of[key]] = unpacked_quantiles(content, levels=len(run.levels))
    return found


def _overridden(history: History, steps: IntArray, quantiles: Float32Array) -> Float32Array:
    """Of series that a person changed on the day: what then held; nan for the others."""
    start = midnight(history.first)
    begin, end = (start + timedelta(seconds=STEP_S * int(step)) for step in (steps[0], steps[-1] + 1))
    changed: dict[int, list[Override]] = {}
    for one in Override.objects.filter(series__in=history.keys, starts_at__lt=end, ends_at__gt=begin).order_by(
        "made_at"
    ):
        one.ends_at = min(one.ends_at, one.withdrawn_at or one.ends_at)  # withdrawn: it held until then
        if one.ends_at > begin:
            changed.setdefault(one.series_id, []).append(one)
    found = np.full_like(quantiles, np.nan)
    first = int(begin.timestamp()) // STEP_S
    for row, series in enumerate(history.series):
        if series.pk in changed:
            found[row] = effective(series, first, quantiles[row].astype(np.float64), changed[series.pk])
    return found


def _last_months(run: ForecastRun, as_of: datetime) -> ModelVersion | None:
    """The model that was in use four weeks ago, where it is not the one that forecast."""
    used = ModelVersion.objects.defer("content").filter(status__in=(ModelStatus.ACTIVE, ModelStatus.RETIRED))
    then = used.filter(decided_at__lte=as_of - _MONTH).order_by("-decided_at").first()
    return then if then is not None and then.pk != run.model_version_id else None


def _said_by(version: ModelVersion, history: History, gate: int, steps: IntArray, as_of: datetime) -> Float32Array:
    panel, _ = panel_known(history, groups=version.made_with.get("groups", []), as_of=as_of, is_past=True)
    chosen = [*gates(panel, first=gate - _TRIED * STEPS_A_DAY, at=gate), gate]
    try:
        trial = tried(opened(version), panel, chosen, lambda *_: None)
    except ValueError:  # of a release before
        return np.full((len(history.series), len(steps), len(LEVELS)), np.nan, np.float32)
    return trial.issued[-1][:, steps - gate]


def keep_trial(history: History, found: Judged) -> None:
    """Days before a site had forecasts are scored as its model would have done without having seen them."""
    for day, scores in found.days.items():
        keep_scores(history.keys, day, scores)


def keep_scores(series: list[int], day: date, scores: Mapping[Issuer, DayScores]) -> int:
    """What is scored stays as it is. Returns how many rows are new."""
    rows = [row for issuer, one in scores.items() for row in _rows(series, day, issuer, one)]
    before = Score.objects.filter(day=day).count()
    Score.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)
    return Score.objects.filter(day=day).count() - before


def _rows(series: list[int], day: date, issuer: Issuer, one: DayScores) -> Iterator[Score]:
    has_bands = issuer in _WITH_BANDS
    for row in np.flatnonzero(one.steps >= LEAST_STEPS).tolist():
        yield Score(
            series_id=series[row],
            issuer=issuer,
            day=day,
            steps=int(one.steps[row]),
            mae_kw=float(one.mae_kw[row]),
            mean_abs_kw=float(one.mean_abs_kw[row]),
            pinball_kw=float(one.pinball_kw[row]) if has_bands else None,
            inside_80=int(one.inside_80[row]) if has_bands else None,
            inside_90=int(one.inside_90[row]) if has_bands else None,
        )
