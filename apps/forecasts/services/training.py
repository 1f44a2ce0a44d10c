"""A new model: learned, tried on weeks that it has not seen, and put in use only where it is better beyond chance."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.forecasts.adapters.arrays import DAY, midnight
from apps.forecasts.adapters.learning import PanelModel, Standing, data_hash, gates, learned, opened, stand, tried
from apps.forecasts.adapters.panels import ENGINE_VERSION, Effort, History, Panel
from apps.forecasts.choices import ModelStatus, TrainingOutcome
from apps.forecasts.models import STEPS_A_DAY, ModelVersion
from apps.forecasts.selectors.ahead import VARIABLES
from apps.forecasts.selectors.inputs import active_series, history_of, panel_known
from apps.forecasts.services.progress import Watched, begin
from apps.forecasts.services.promotion import decide
from apps.forecasts.services.scores import keep_trial
from apps.forecasts.services.standings import save_standings
from apps.forecasts.services.trials import Judged, figures, judged
from apps.telemetry.services.locks import sole_runner
from apps.weather.choices import DataKind
from apps.weather.models import WeatherRun

WEATHER_DAYS = 60
HELD_DAYS = 16  # with whole local days after each gate: two weeks


def train(*, as_of: datetime, effort: Effort) -> ModelVersion | None:
    """None where one is under way already, or there is nothing to learn from yet."""
    with sole_runner("forecasts: training") as is_alone:
        if not is_alone:
            return None
        watched = begin(as_of)
        try:
            made = _train(watched, effort, as_of)
        except ValueError as shortage:
            watched.end(TrainingOutcome.FAILED, str(shortage), timezone.now())
            return None
        except BaseException as error:
            watched.end(TrainingOutcome.FAILED, f"{type(error).__name__}: {error}", timezone.now())
            raise
        watched.end(TrainingOutcome.DONE, made.reason, timezone.now())
        return made


@dataclass(frozen=True)
class _Made:
    """A model, and what it was made of."""

    model: PanelModel
    history: History
    panel: Panel
    until: int
    effort: Effort
    groups: list[str]
    scores: dict[str, float]


def _train(watched: Watched, effort: Effort, as_of: datetime) -> ModelVersion:
    history = history_of(active_series(), days=effort.days, as_of=as_of)
    groups = sorted({one.group for one in history.series})
    panel, _ = panel_known(history, groups=groups, as_of=as_of, is_past=True)
    until = _until(history)
    model = learned(panel, until=until, effort=effort, progress=watched)
    chosen = gates(panel, first=until, at=history.at)
    found = _tried(model, panel, chosen, watched, at=history.at)
    active, other = _of_the_active(history, chosen, watched, as_of)
    before = {"before": figures(other.judged)["pinball"]} if other and other.judged.days else {}
    scores = figures(found.judged) | before
    made = _stored(_Made(model, history, panel, until, effort, groups, scores), watched, as_of)
    is_better = decide(made, found.judged, active, other.judged if other else None, at=timezone.now())
    _settle(made if is_better else active, history, found if is_better else other)
    if active is None:
        keep_trial(history, found.judged)
    return made


@dataclass(frozen=True)
class _Tried:
    """What is left of a trial: the forecasts themselves are large, and two models are tried one after the other."""

    judged: Judged
    standings: list[Standing]


def _tried(model: PanelModel, panel: Panel, chosen: Sequence[int], watched: Watched, *, at: int) -> _Tried:
    trial = tried(model, panel, chosen, watched)
    return _Tried(judged(panel, trial), stand(panel, trial, at=at))


def _until(history: History) -> int:
    """Days that are held out; of a short past a quarter of it."""
    return max(history.at - HELD_DAYS * STEPS_A_DAY, history.at * 3 // 4)


def _of_the_active(
    history: History, chosen: Sequence[int], watched: Watched, as_of: datetime
) -> tuple[ModelVersion | None, _Tried | None]:
    active = ModelVersion.objects.defer("content").filter(status=ModelStatus.ACTIVE).first()
    if active is None:
        return None, None
    try:
        model = opened(active)
    except ValueError:  # of a release before: it forecasts nothing any more
        return active, None
    panel, _ = panel_known(history, groups=active.made_with.get("groups", []), as_of=as_of, is_past=True)
    return active, _tried(model, panel, chosen, watched, at=history.at)


@transaction.atomic
def _stored(made: _Made, watched: Watched, as_of: datetime) -> ModelVersion:
    newest = ModelVersion.objects.aggregate(newest=Max("number"))["newest"] or 0
    begin = midnight(made.history.first)
    return ModelVersion.objects.create(
        number=newest + 1,
        training=watched.training,
        trained_at=as_of,
        data_from=begin,
        data_until=begin + DAY * made.until / STEPS_A_DAY,
        series_count=len(made.panel),
        rows=made.model.rows,
        data_hash=data_hash(made.panel, made.until),
        features=list(made.model.features),
        made_with={"effort": asdict(made.effort), "groups": made.groups, "ahead": list(made.panel.ahead_names)},
        scores=made.scores,
        engine_version=ENGINE_VERSION,
        content=made.model.to_bytes(),
    )


def _settle(version: ModelVersion | None, history: History, found: _Tried | None) -> None:
    """What the next issues stand on."""
    if version is not None and found is not None:
        save_standings(version, history, found.standings, as_of=history.until)


def has_new_weather(*, as_of: datetime) -> bool:
    """Weather of enough days has come since a model was made without any, and none was tried with it yet."""
    tried = ModelVersion.objects.defer("content").order_by("-number").first()
    if tried is None or set(tried.made_with.get("ahead", [])) & {str(name) for name in VARIABLES}:
        return False
    runs = WeatherRun.objects.filter(data_kind=DataKind.FORECAST, available_at__lte=as_of)
    return runs.dates("issued_at", "day").count() >= WEATHER_DAYS
