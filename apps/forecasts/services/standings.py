"""Where each series stands with the members of the model in use."""

from collections.abc import Sequence
from datetime import datetime

from apps.forecasts.adapters.learning import Standing, gates, opened, stand, standing_of, stored_standing, tried
from apps.forecasts.adapters.panels import History
from apps.forecasts.models import STEPS_A_DAY, Combination, ModelVersion
from apps.forecasts.selectors.inputs import active_series, history_of, panel_known

_PAST_DAYS, _TRIED_DAYS = 85, 16


def save_standings(version: ModelVersion, history: History, standings: Sequence[Standing], *, as_of: datetime) -> None:
    rows = [
        Combination(series=series, model_version=version, as_of=as_of, state=stored_standing(one))
        for series, one in zip(history.series, standings, strict=True)
    ]
    Combination.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["series"],
        update_fields=["model_version", "as_of", "state"],
    )


def standings_of(version: ModelVersion | None, history: History, *, as_of: datetime) -> list[Standing | None]:
    """None for series of which nothing is known with this model yet."""
    if version is None:
        return [None] * len(history.series)
    rows = Combination.objects.filter(series__in=history.keys, model_version=version, as_of__lte=as_of)
    known = {key: standing_of(state) for key, state in rows.values_list("series_id", "state")}
    return [known.get(key) for key in history.keys]


def renew(*, as_of: datetime) -> int:
    """Of the model in use, from what it says now of the last two weeks. Returns how many series stand with it: none
    with a model that this release cannot read."""
    version = ModelVersion.objects.defer("content").in_use()
    if version is None:
        return 0
    try:
        model = opened(version)
    except ValueError:
        return 0
    history = history_of(active_series(), days=_PAST_DAYS, as_of=as_of)
    panel, _ = panel_known(history, groups=version.made_with.get("groups", []), as_of=as_of, is_past=True)
    chosen = gates(panel, first=max(history.at - _TRIED_DAYS * STEPS_A_DAY, 0), at=history.at)
    trial = tried(model, panel, chosen, lambda *_: None)
    save_standings(version, history, stand(panel, trial, at=history.at), as_of=history.until)
    return len(history.series)


def has_standings() -> bool:
    """False after a model was put in use by hand: of it nothing is known yet."""
    version = ModelVersion.objects.defer("content").in_use()
    return version is None or Combination.objects.filter(model_version=version).exists()
