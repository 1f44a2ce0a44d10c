"""What the selectors say of stored forecasts, against what a hand would reckon."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from apps.accounts.models import User
from apps.forecasts.choices import Held, Horizon, Issuer, Quantity
from apps.forecasts.models import STEP_S, Override, Score
from apps.forecasts.selectors import report
from apps.forecasts.selectors.actual import actual, instant_of, newest_known, step_of
from apps.forecasts.selectors.desk import Asked, rows_of, series_list
from apps.forecasts.selectors.fan import overrides_of
from apps.forecasts.selectors.issues import effective, issue_at, overrides_at, said_before
from apps.forecasts.selectors.kinds import skill_table
from apps.forecasts.selectors.skill import day_scores, skill_document, skill_of
from tests.factories.forecasts import City, make_run, step

HOUR = timedelta(hours=1)


def test_the_past_is_what_was_stored_and_the_future_is_not_known(city: City, now: datetime) -> None:
    course = city.courses[city.named("City").pk]
    begin = step(now) - 5
    values = actual([course.series.pk], start=begin, end=begin + 10)[course.series.pk]
    here = begin - course.first
    assert values[:5] == pytest.approx(course.values[here : here + 5], rel=1e-5)
    assert np.isnan(values[5:]).all()
    assert newest_known(course.series.pk, as_of=now) == now
    past = actual([course.series.pk], start=begin, end=begin + 10, until=begin + 2)[course.series.pk]
    assert np.isfinite(past).sum() == 2


def test_an_issue_is_the_newest_that_was_known_then(city: City, now: datetime) -> None:
    series = city.named("City")
    assert issue_at(series, as_of=now).run.as_of == now
    before = issue_at(series, as_of=now - timedelta(minutes=1))
    assert before.run.as_of == now - HOUR
    assert issue_at(series, as_of=now - timedelta(days=30)) is None
    assert len(issue_at(series, as_of=now, horizon=Horizon.WEEK).quantiles) == 7 * 96


def test_what_was_said_six_hours_before_comes_from_an_issue_at_least_as_old(city: City, now: datetime) -> None:
    series = city.named("Harbour substation")
    start, end = step(now) - 4, step(now)
    said = said_before(series, start=start, end=end, lead_s=6 * 3600, as_of=now)
    issue = issue_at(series, as_of=instant_of(start) - 6 * HOUR)
    assert said[0] == pytest.approx(issue.at_level(0.5)[start - issue.first])
    # Nothing of the day before is kept but the forecasts of the week.
    far = said_before(series, start=start, end=end, lead_s=48 * 3600, as_of=now)
    week = issue_at(series, as_of=instant_of(start) - 48 * HOUR, horizon=Horizon.WEEK)
    assert far[0] == pytest.approx(week.at_level(0.5)[start - week.first])


def test_an_override_changes_its_time_alone_and_a_plant_stays_within_what_it_can(city: City, now: datetime) -> None:
    farm = city.named("Wind farm Dyke", Quantity.WIND)
    issue = issue_at(farm, as_of=now)
    by = User.objects.create_user("olga")
    made = Override(
        series=farm, starts_at=now + HOUR, ends_at=now + 2 * HOUR, change_kw=9e6, reason="x", made_at=now, made_by=by
    )
    held = effective(farm, issue.first, issue.quantiles, [made])
    assert held[4:8].max() == farm.rated_kw
    assert (held[:4] == issue.quantiles[:4]).all()
    assert (held[8:] == issue.quantiles[8:]).all()
    made.change_kw, made.factor = 0.0, 0.5
    assert effective(farm, issue.first, issue.quantiles, [made])[5] == pytest.approx(issue.quantiles[5] / 2)


def test_a_withdrawn_override_held_until_then(city: City, now: datetime) -> None:
    series, by = city.named("City"), User.objects.create_user("olga")
    span = {"starts_at": now, "ends_at": now + HOUR, "change_kw": 5.0, "reason": "x", "made_by": by}
    Override.objects.create(series=series, made_at=now - 2 * HOUR, withdrawn_at=now - HOUR, withdrawn_by=by, **span)
    asked = {"start": step(now), "end": step(now) + 4}
    assert overrides_at([series.pk], as_of=now, **asked) == []
    assert len(overrides_at([series.pk], as_of=now - HOUR - timedelta(minutes=1), **asked)) == 1
    assert overrides_at([series.pk], as_of=now - 3 * HOUR, **asked) == []


def test_the_score_of_an_override_is_beside_that_of_the_forecast_it_changed(city: City, now: datetime) -> None:
    series, by = city.named("City"), User.objects.create_user("olga")
    start, made_at = now - 4 * HOUR, now - 6 * HOUR
    issue = issue_at(series, as_of=made_at)
    own = issue.at_level(0.5)[step(start) - issue.first :][:8]
    was = actual([series.pk], start=step(start), end=step(start) + 8)[series.pk]
    Override.objects.create(
        series=series,
        starts_at=start,
        ends_at=start + 2 * HOUR,
        change_kw=700.0,
        reason="x",
        made_at=made_at,
        made_by=by,
    )
    (told,) = overrides_of(series, as_of=now)
    assert told["score"]["steps"] == 8
    assert told["score"]["mae_model_kw"] == pytest.approx(np.abs(own - was).mean(), rel=1e-4)
    assert told["score"]["mae_kw"] == pytest.approx(np.abs(own + 700 - was).mean(), rel=1e-4)


def test_a_row_has_the_peak_of_the_next_day(city: City, now: datetime) -> None:
    series = city.named("City")
    (row,) = rows_of([series], as_of=now)
    median = issue_at(series, as_of=now).quantiles[:96, 3]
    assert row["peak"]["p50"] == pytest.approx(median.max())
    assert step_of(row["peak"]["at"]) == step(now) + int(median.argmax())
    assert row["peak"]["p10"] < row["peak"]["p50"] < row["peak"]["p90"]


def test_skill_is_reckoned_on_the_days_that_both_have(city: City, now: datetime) -> None:
    series = city.named("City")
    Score.objects.filter(series=series).delete()
    day = now.date()
    common = {"series": series, "steps": 96, "mean_abs_kw": 100.0}
    for back, (own, week) in {1: (5.0, 10.0), 2: (5.0, 20.0), 3: (50.0, None)}.items():
        when = day - timedelta(back)
        Score.objects.create(
            issuer=Issuer.MODEL, day=when, mae_kw=own, pinball_kw=own / 3, inside_80=70, inside_90=90, **common
        )
        if week:
            Score.objects.create(issuer=Issuer.LAST_WEEK, day=when, mae_kw=week, **common)
    skill = skill_of(day_scores([series.pk], until=day)[series.pk])
    assert (skill.days, skill.mae_kw) == (3, pytest.approx(20.0))
    assert skill.rmae == pytest.approx(10.0 / 30.0)
    assert skill.best_baseline is Issuer.LAST_WEEK
    assert skill.pinball_ratio == pytest.approx((10 / 3) / (30 / 2))
    assert skill.coverage_80.share == pytest.approx(70 / 96)
    assert skill.coverage_80.verdict == Held.UNKNOWN


def test_bands_that_promise_too_much_are_called_so(city: City, now: datetime) -> None:
    verdicts = {
        row["name"]: row["skill"]["coverage_80"]["verdict"]
        for row in rows_of(list(series_list(Asked(), as_of=now)), as_of=now)
    }
    assert verdicts["Old Town F01"] == Held.NARROW
    assert verdicts["Harbour F01"] != Held.NARROW


def test_the_list_is_sought_by_kind_name_place_and_fallback(city: City, now: datetime) -> None:
    def names(asked: Asked) -> list[str]:
        return [str(one) for one in series_list(asked, as_of=now)]

    assert names(Asked())[0] == "City: Load"
    assert names(Asked(text="old town f")) == ["Old Town F01: Load", "Old Town F02: Load"]
    assert set(names(Asked(is_fallback=True))) == {"Old Town F02: Load", "Wind farm Dyke: Wind"}
    assert names(Asked(quantity=Quantity.PV, subject="plant")) == ["Solar park South: Solar"]
    assert len(names(Asked(parent=city.named("Harbour substation").pk))) == 2
    assert names(Asked(subject_mrid="farm")) == ["Wind farm Dyke: Wind"]


def test_the_report_has_every_issuer_lead_and_level(city: City, now: datetime) -> None:
    for back in range(1, 9):
        make_run(city, step(now) - back * 24 - 200)
    series = series_list(Asked(), as_of=now)
    table = skill_table(series, until=now.date(), days=28)
    whole = next(row for row in table if row["label"] == "System: load")
    said = {one["issuer"]: one for one in whole["issuers"]}
    assert said[Issuer.LAST_WEEK]["mae_ratio"] > 1
    assert said[Issuer.MODEL]["mae_ratio"] == pytest.approx(1)
    assert said[Issuer.PERSON]["figures"] is None
    # One series alone: summed where it lies, or score by score, it is the same.
    own = skill_of(day_scores([city.named("City").pk], until=now.date())[city.named("City").pk])
    alone, summed = skill_document(own), said[Issuer.MODEL]["figures"]
    for band in ("coverage_80", "coverage_90"):
        assert alone.pop(band) == pytest.approx(summed.pop(band))
    assert alone == pytest.approx(summed)
    rows = report.said(report.largest(series, until=now.date()), as_of=now)
    leads = report.lead_table(rows)
    assert [row["to_h"] for row in leads] == [1, 6, 24, 48]
    errors = [{one["issuer"]: one["nmae"] for one in row["issuers"]} for row in leads]
    assert errors[0]["model"] < errors[2]["model"]
    assert errors[1]["model"] < errors[1]["persistence"]
    observed = {one["nominal"]: one["observed"] for one in report.reliability(rows)}
    assert list(observed.values()) == sorted(observed.values())
    assert observed[0.5] == pytest.approx(0.5, abs=0.2)


def test_a_step_is_a_quarter_hour(now: datetime) -> None:
    assert instant_of(step_of(now + timedelta(minutes=7))) == now
    assert (instant_of(1) - instant_of(0)).total_seconds() == STEP_S
