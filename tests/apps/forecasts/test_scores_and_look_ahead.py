"""Scores of days, and what the look ahead of the state takes from forecasts."""

from datetime import date, timedelta

import numpy as np
import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.selectors import assembled, current_model
from apps.forecasts.choices import Issuer, Quantity, Subject
from apps.forecasts.models import Override, Score
from apps.forecasts.services.history_rows import write_days
from apps.forecasts.services.issuing import issue
from apps.forecasts.services.look_ahead import from_forecasts
from apps.forecasts.services.scores import score_days
from apps.forecasts.services.training import train
from apps.state.services import look_ahead as looking
from apps.state.services.look_ahead import NotEnoughHistory
from tests.factories.grids import CASE33
from tests.factories.histories import NOW, TINY, courses, made, with_past
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db
GATE = (NOW - timedelta(days=2)).replace(hour=6, minute=2)
DAY = NOW.date() - timedelta(days=1)


def scores(issuer: Issuer, day: date = DAY) -> dict[str, Score]:
    rows = Score.objects.filter(issuer=issuer, day=day).select_related("series")
    return {row.series.subject_mrid: row for row in rows}


def test_a_day_is_scored_once_from_the_issue_at_its_gate_beside_repetitions_and_the_person() -> None:
    grid = with_past()
    by = User.objects.create_user("olga", password="a long enough password", role=Role.OPERATOR)
    train(as_of=GATE, effort=TINY)
    Score.objects.all().delete()
    issue(as_of=GATE)
    start = GATE.replace(hour=22, minute=0)  # midnight in Berlin
    Override.objects.create(
        series=grid["works"],
        starts_at=start,
        ends_at=start + timedelta(hours=24),
        factor=0.0,
        reason="Closed",
        made_at=GATE,
        made_by=by,
        withdrawn_at=start + timedelta(hours=12),
        withdrawn_by=by,
    )
    assert score_days(as_of=NOW) > 0
    own, week = scores(Issuer.MODEL), scores(Issuer.LAST_WEEK)
    assert own.keys() == week.keys() == {"station", "first", "second", "park", "works"}
    assert all(row.steps == 96 and row.pinball_kw is not None for row in own.values())
    assert all(row.pinball_kw is None and row.inside_80 is None for row in week.values())
    person = scores(Issuer.PERSON)
    assert person.keys() == {"works"}
    half = person["works"].mean_abs_kw / 2  # said to be closed, until it was withdrawn
    assert person["works"].mae_kw == pytest.approx(half + own["works"].mae_kw / 2, rel=0.1)
    assert score_days(as_of=NOW) == 0


def test_a_day_that_is_not_over_or_was_not_issued_at_its_gate_is_not_scored() -> None:
    with_past()
    issue(as_of=NOW - timedelta(days=1))
    assert score_days(as_of=NOW) == 0


def test_the_look_ahead_expects_what_is_forecast_and_else_what_was() -> None:
    imported(CASE33)
    model = current_model()
    assert model is not None
    network = assembled(model)
    with pytest.raises(NotEnoughHistory):
        from_forecasts(network, NOW, 96)
    parts = {name: made("system", Subject.SYSTEM, name, name) for name in (Quantity.LOAD, Quantity.NET_LOAD)}
    with_past()
    load = courses(51)["works"]
    first, end = NOW.date() - timedelta(50), 50 * 96 + 36
    for quantity, share in ((Quantity.LOAD, 1.0), (Quantity.NET_LOAD, 0.7)):
        course = np.where(np.arange(len(load)) < end, share * load, np.nan)
        write_days([parts[quantity].pk], first, course[None], over=True)
    issue(as_of=NOW)
    found = from_forecasts(network, NOW.replace(minute=15), 96)
    mean = found.expectation.mean_kw
    assert mean.shape == (3, 96)
    assert mean[0].mean() == pytest.approx(-1400, rel=0.1)  # into the network
    assert mean[1].mean() == pytest.approx(420, rel=0.2)
    assert (found.expectation.sd_kw >= 0).all()
    assert "issued at" in found.said_by
    with pytest.raises(NotEnoughHistory):
        from_forecasts(network, NOW + timedelta(hours=30), 96)  # the forecast does not reach so far


def test_the_provider_of_the_look_ahead_is_installed() -> None:
    assert looking._provider[0].__module__ == "apps.forecasts.apps"
