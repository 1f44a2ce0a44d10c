"""Models: learned, tried on unseen weeks, promoted by evidence."""

from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.forecasts.adapters.panels import Effort
from apps.forecasts.adapters.scoring import DayScores
from apps.forecasts.choices import Horizon, Issuer, ModelStatus, TrainingOutcome
from apps.forecasts.models import Combination, ForecastRun, ModelVersion, Score, Training
from apps.forecasts.services import promotion, training
from apps.forecasts.services.registry import put_in_use
from apps.forecasts.services.standings import renew
from apps.forecasts.services.thinning import forget_models, forget_scores
from apps.forecasts.services.training import train
from apps.forecasts.services.trials import Judged, verdict
from apps.live.models import JournalEntry
from tests.factories.histories import NOW, TINY, small_grid, with_past

pytestmark = pytest.mark.django_db


def judged(losses: list[float]) -> Judged:
    """One series of 100 kW."""
    row = {"steps": np.array([96]), "mean_abs_kw": np.array([100.0])}
    inside = {"inside_80": np.array([77]), "inside_90": np.array([86])}
    first = date(2026, 6, 1)
    return Judged(
        {
            first + timedelta(day): {
                Issuer.MODEL: DayScores(**row, **inside, mae_kw=np.array([2 * loss]), pinball_kw=np.array([loss]))
            }
            for day, loss in enumerate(losses)
        }
    )


def test_the_first_model_is_put_in_use_with_scores_and_the_days_it_had_not_seen_and_can_be_watched() -> None:
    grid = with_past()
    made = train(as_of=NOW, effort=TINY)
    assert made is not None
    assert made.status == ModelStatus.ACTIVE
    assert made.scores["pinball"] < made.scores["last_week"]
    assert made.data_until < NOW - timedelta(days=14)
    assert Combination.objects.filter(model_version=made).count() == len(grid)
    days = Score.objects.filter(issuer=Issuer.MODEL).values_list("day", flat=True).distinct()
    assert len(days) >= 12
    assert max(days) < NOW.date()
    row = Training.objects.get()
    assert (row.outcome, row.reason) == (TrainingOutcome.DONE, "The first model.")
    told = JournalEntry.objects.filter(stream="forecasts", kind="training").order_by("id")
    assert len({entry.payload["stage"] for entry in told}) >= 3


def test_the_same_data_make_the_same_model() -> None:
    with_past()
    made = [train(as_of=NOW, effort=TINY) for _ in range(2)]
    assert made[0] is not None
    assert made[1] is not None
    assert (made[0].data_hash, bytes(made[0].content)) == (made[1].data_hash, bytes(made[1].content))
    assert made[1].status == ModelStatus.REJECTED  # no better than its twin


def test_a_much_better_model_takes_the_place_of_a_poor_one() -> None:
    with_past()
    poor = train(as_of=NOW, effort=Effort(most_rows=60, trees=1, leaves=2, days=30))
    better = train(as_of=NOW, effort=Effort(most_rows=6000, trees=25, leaves=12, days=60))
    assert poor is not None
    assert better is not None
    assert (better.status, ModelVersion.objects.get(pk=poor.pk).status) == (ModelStatus.ACTIVE, ModelStatus.RETIRED)
    assert "beyond chance" in better.reason
    assert AuditEvent.objects.filter(action="forecast.model.in-use").count() == 2


def test_chance_does_not_promote() -> None:
    same = [5.0, 6.0, 4.0, 7.0, 5.0, 6.0]
    assert verdict(judged(same), judged([one + (-1) ** n for n, one in enumerate(same)]), 1)[0] is False
    assert verdict(judged([one * 0.9 for one in same]), judged(same), 1)[0] is True
    assert verdict(judged([one * 1.1 for one in same]), judged(same), 1)[0] is False
    few, why = verdict(judged(same[:3]), judged([9.0, 9.0, 9.0]), 7)
    assert (few, "3 days" in why) == (False, True)


def version(number: int, status: ModelStatus) -> ModelVersion:
    known = {"trained_at": NOW, "data_from": NOW, "data_until": NOW, "series_count": 1, "rows": 1, "data_hash": "0"}
    return ModelVersion.objects.create(number=number, status=status, engine_version="1", content=b"", **known)


def test_a_model_put_in_use_meanwhile_is_not_pushed_aside() -> None:
    active, other = version(1, ModelStatus.ACTIVE), version(2, ModelStatus.REJECTED)
    candidate = version(3, ModelStatus.CANDIDATE)
    by = User.objects.create_user("erika", password="a long enough password", role=Role.ADMIN)
    put_in_use(model_id=other.pk, by=by, as_of=NOW)
    better, worse = judged([4.0, 5.0, 4.0, 6.0, 5.0, 5.0]), judged([9.0, 9.5, 9.0, 9.9, 9.0, 9.0])
    assert promotion.decide(candidate, better, active, worse, at=NOW) is False
    assert candidate.status == ModelStatus.REJECTED
    assert "meanwhile" in candidate.reason
    assert ModelVersion.objects.get(status=ModelStatus.ACTIVE).pk == other.pk


def test_nothing_to_learn_from_is_said_and_no_failure() -> None:
    small_grid()
    assert train(as_of=NOW, effort=TINY) is None
    row = Training.objects.get()
    assert row.outcome == TrainingOutcome.FAILED
    assert "nothing to learn from" in row.reason


def test_a_failure_is_told_and_what_was_left_running_is_over_with_the_next() -> None:
    with_past(days=20)
    Training.objects.create(begun_at=NOW - timedelta(days=1))
    with patch.object(training, "learned", side_effect=RuntimeError("out of memory")), pytest.raises(RuntimeError):
        train(as_of=NOW, effort=TINY)
    assert list(Training.objects.order_by("pk").values_list("outcome", "reason")) == [
        (TrainingOutcome.FAILED, "It was interrupted."),
        (TrainingOutcome.FAILED, "RuntimeError: out of memory"),
    ]


def test_a_model_that_this_release_cannot_read_gives_way_and_says_so() -> None:
    old = version(1, ModelStatus.ACTIVE)
    with_past(days=20)
    assert renew(as_of=NOW) == 0
    made = train(as_of=NOW, effort=TINY)
    assert made is not None
    assert (made.status, made.reason) == (ModelStatus.ACTIVE, "This release cannot read model 1.")
    old.refresh_from_db()
    assert old.status == ModelStatus.RETIRED


def test_models_that_were_no_better_are_forgotten_in_time_and_such_as_forecast_stay() -> None:
    old = {"trained_at": NOW - timedelta(days=91)}
    for number, status in enumerate((ModelStatus.REJECTED, ModelStatus.REJECTED, ModelStatus.RETIRED), start=1):
        ModelVersion.objects.filter(pk=version(number, status).pk).update(**old)
    version(4, ModelStatus.REJECTED)
    used = ModelVersion.objects.get(number=2)
    told = {"as_of": NOW, "starts_at": NOW, "steps": 1, "duration_ms": 1, "engine_version": "1"}
    ForecastRun.objects.create(horizon=Horizon.INTRADAY, model_version=used, **told)
    assert forget_models(as_of=NOW) == 1
    assert list(ModelVersion.objects.order_by("number").values_list("number", flat=True)) == [2, 3, 4]


def test_scores_of_years_ago_are_forgotten() -> None:
    grid = small_grid()
    told = {"series": grid["first"], "issuer": Issuer.MODEL, "steps": 96, "mae_kw": 1, "mean_abs_kw": 1}
    for days in (799, 802):
        Score.objects.create(day=(NOW - timedelta(days=days)).date(), **told)
    assert forget_scores(as_of=NOW) == 1
    assert Score.objects.count() == 1
