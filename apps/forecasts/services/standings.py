"""Where each series stands with the members of the model in use."""

from collections.abc import Sequence
from datetime import datetime

from apps.forecasts.adapters.learning import Standing, standing_of, stored_standing
from apps.forecasts.adapters.panels import History
from apps.forecasts.models import Combination, ModelVersion


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
