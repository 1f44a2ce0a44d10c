"""How every issuer did on every series and local day."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from apps.forecasts.adapters.panels import History
from apps.forecasts.adapters.scoring import DayScores
from apps.forecasts.choices import Issuer
from apps.forecasts.models import STEPS_A_DAY, Score
from apps.forecasts.services.trials import Judged

LEAST_STEPS = STEPS_A_DAY // 2  # of a day: a score of less says nothing of it
_WITH_BANDS = frozenset({Issuer.MODEL, Issuer.LAST_MODEL, Issuer.PERSON})


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
