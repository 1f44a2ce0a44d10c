"""Which series a network asks for, and how what is measured becomes their history."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection

from apps.assets.selectors import assembled, current_model
from apps.forecasts.adapters.arrays import midnight
from apps.forecasts.adapters.balances import SMALL
from apps.forecasts.adapters.wanted import wanted_series
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import HistoryDay, Series
from apps.forecasts.selectors.matrix import matrix
from apps.forecasts.services.history import collect
from apps.forecasts.services.history_rows import write_days
from apps.forecasts.services.quality import examine
from apps.forecasts.services.seeding import CannotSeed, seed_history
from apps.forecasts.services.series import metered, sync_series
from apps.telemetry.models import MeasurementPoint
from tests.factories.field import make_room
from tests.factories.grids import CASE33, MEDIUM_VOLTAGE, cache_dir
from tests.factories.histories import NOW, made, with_past
from tests.factories.networks import imported
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
START = midnight(NOW.date())


def put_quarters(rows: list[tuple[MeasurementPoint, datetime, float, int]]) -> None:
    """Rolled up as telemetry does: point, begin, mean, known seconds."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO telemetry_rollup_quarter (point_id, bucket, n, known_s, min, max, mean, last, quality) "
            "VALUES (%s, %s, 3, %s, 0, 0, %s, 0, 0)",
            [(point.pk, at, known, mean) for point, at, mean, known in rows],
        )
        cursor.execute("DELETE FROM telemetry_rollup_progress")
        cursor.execute("INSERT INTO telemetry_rollup_progress VALUES (1, %s)", [NOW])


def values(series: Series) -> np.ndarray:
    return matrix([series.pk], first=NOW.date(), days=1)[0]


def meters(count: int) -> list[MeasurementPoint]:
    return list(make_gateway(count, quantity="active_power", unit="kW").points.order_by("slot"))


def test_a_city_has_series_from_the_whole_to_the_feeder_and_syncing_again_changes_nothing() -> None:
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOW)
    first = sync_series()
    assert first.created == Series.objects.count()
    assert set(Series.objects.values_list("subject", flat=True)) >= {"system", "substation", "feeder", "transformer"}
    again = sync_series()
    assert (again.created, again.changed, again.retired) == (0, 0, 0)
    feeder = Series.objects.filter(subject=Subject.FEEDER).first()
    assert feeder is not None
    assert feeder.parent is not None
    assert feeder.parent.subject == Subject.SUBSTATION
    MeasurementPoint.objects.filter(equipment_mrid=feeder.source["terms"][0][0][0]).delete()
    assert sync_series().retired == 1
    feeder.refresh_from_db()
    assert not feeder.is_active
    seeded = seed_history(days=3, as_of=NOW)
    assert seeded.series == Series.objects.in_use().count()
    assert seed_history(days=3, as_of=NOW).quarters == 0


def test_children_of_a_whole_parent_have_the_same_injections_below_them() -> None:
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOW)
    model = current_model()
    assert model is not None
    found = wanted_series(model, assembled(model), metered())
    by_key = {one.key: one for one in found}
    size = np.abs(assembled(model).injection.p_kw)
    wholes = [one for one in found if one.is_whole and one.quantity == Quantity.NET_LOAD]
    for parent in wholes:
        summed = sum(
            (one.shares for one in found if one.parent == parent.key and one.subject != Subject.TRANSFORMER),
            0 * parent.shares,
        )
        for mrid, quantity, sign in parent.source["with"]:
            summed = summed + sign * by_key[mrid, quantity].shares
        assert np.abs((summed - parent.shares).toarray()) @ size <= SMALL * (np.abs(parent.shares.toarray()) @ size)


def test_a_network_without_profiles_cannot_be_seeded_and_says_what_to_do() -> None:
    with pytest.raises(CannotSeed, match="import"):
        seed_history(days=3, as_of=NOW)
    imported(CASE33)
    with pytest.raises(CannotSeed, match="import_history"):
        seed_history(days=3, as_of=NOW)
    with pytest.raises(CannotSeed, match="--days is 0"):
        seed_history(days=0, as_of=NOW)


def test_a_quarter_hour_counts_when_at_least_half_of_it_is_known() -> None:
    (point,) = meters(1)
    series = made(
        "one", Subject.FEEDER, Quantity.NET_LOAD, "One", source={"terms": [[[str(point.equipment_mrid), "", 1.0]]]}
    )
    put_quarters([(point, START, 100.0, 900), (point, START + timedelta(minutes=15), 70.0, 420)])
    assert collect(as_of=NOW) == 1
    assert values(series)[0] == 100.0
    assert np.isnan(values(series)[1])
    assert collect(as_of=NOW) == 0


def test_where_one_meter_is_silent_its_other_end_speaks_and_signs_are_turned() -> None:
    high, low, other = meters(3)
    terms = [
        [[str(high.equipment_mrid), "", 1.0], [str(low.equipment_mrid), "", -1.0]],
        [[str(other.equipment_mrid), "", 1.0]],
    ]
    series = made("sum", Subject.SUBSTATION, Quantity.NET_LOAD, "Sum", source={"terms": terms})
    later = START + timedelta(minutes=15)
    put_quarters(
        [(high, START, 50.0, 900), (low, START, -49.0, 900), (low, later, -40.0, 900)]
        + [(other, at, 10.0, 900) for at in (START, later)]
    )
    collect(as_of=NOW)
    assert list(values(series)[:2]) == [60.0, 50.0]


def test_a_tenth_of_the_plants_may_be_silent() -> None:
    first, second = meters(2)
    terms = [[[str(one.equipment_mrid), "", -1.0]] for one in (first, second)]
    most = made("most", Subject.SYSTEM, Quantity.PV, "Sun", source={"terms": terms, "sizes": [950.0, 50.0]})
    half = made("half", Subject.SYSTEM, Quantity.WIND, "Wind", source={"terms": terms, "sizes": [500.0, 500.0]})
    both = made("both", Subject.SYSTEM, Quantity.LOAD, "Both", source={"sum": [["most", "pv"], ["most", "pv"]]})
    put_quarters([(first, START, -380.0, 900)])
    collect(as_of=NOW)
    assert values(most)[0] == pytest.approx(400.0)
    assert np.isnan(values(half)[0])
    assert values(both)[0] == pytest.approx(800.0)


def test_what_is_measured_takes_the_place_of_what_was_seeded_and_not_the_other_way_round() -> None:
    series = made("one", Subject.FEEDER, Quantity.NET_LOAD, "One")
    day = np.full((1, 96), np.nan)
    day[0, :2] = 5.0
    write_days([series.pk], NOW.date(), day, over=True)
    seeds = np.full((1, 96), 9.0)
    write_days([series.pk], NOW.date(), seeds, over=False)
    assert list(values(series)[:3]) == [5.0, 5.0, 9.0]
    write_days([series.pk], NOW.date(), np.where(np.isfinite(day), 6.0, np.nan), over=True)
    assert list(values(series)[:3]) == [6.0, 6.0, 9.0]
    assert HistoryDay.objects.count() == 1


def test_faults_are_named_once_and_go_when_they_are_put_right() -> None:
    grid = with_past()
    honest = matrix([grid["first"].pk], first=NOW.date() - timedelta(1), days=1)
    wrong = honest.copy()
    wrong[0, 40] = 20_000.0
    wrong[0, 60:70] = np.nan
    HistoryDay.objects.filter(series=grid["first"], day=NOW.date() - timedelta(1)).delete()
    write_days([grid["first"].pk], NOW.date() - timedelta(1), wrong, over=True)
    assert examine(as_of=NOW) >= 2
    named = grid["first"].faults.order_by("begins_at").values_list("fault", "begins_at")
    yesterday = START - timedelta(days=1)
    assert list(named) == [
        ("spike", yesterday + timedelta(minutes=15 * 40)),
        ("gap", yesterday + timedelta(minutes=15 * 60)),
    ]
    count = grid["first"].faults.count()
    examine(as_of=NOW)
    assert grid["first"].faults.count() == count
    write_days([grid["first"].pk], NOW.date() - timedelta(1), honest, over=True)
    examine(as_of=NOW)
    assert not grid["first"].faults.exists()


def test_a_feeder_that_takes_over_its_neighbours_load_is_named_a_level_shift() -> None:
    grid = with_past()
    day = matrix([grid["second"].pk], first=NOW.date() - timedelta(1), days=1)
    day[0, 30:] += 300
    write_days([grid["second"].pk], NOW.date() - timedelta(1), day, over=True)
    examine(as_of=NOW)
    assert "level shift" in grid["second"].faults.values_list("fault", flat=True)


def test_days_are_counted_in_utc() -> None:
    assert midnight(NOW.date()) == datetime(2026, 6, 17, tzinfo=UTC)
