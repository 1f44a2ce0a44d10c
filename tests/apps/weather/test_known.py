from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from apps.weather.choices import DataKind, Variable
from apps.weather.selectors import as_forecast, known, known_at, nearest_location, observed, runs_used
from tests.factories.weather import location, run

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEMPERATURE = [Variable.TEMPERATURE_C]


def asked(as_of: datetime, *, starts_at: datetime = NIGHT, steps: int = 24, step_s: int = 3600) -> dict[str, object]:
    return {
        "location_id": location().pk,
        "variables": TEMPERATURE,
        "starts_at": starts_at,
        "steps": steps,
        "step_s": step_s,
        "as_of": as_of,
    }


def test_the_newest_run_comes_first_and_older_ones_fill_what_it_does_not_say() -> None:
    old = run(location(), NIGHT, [1.0] * 48)
    new = run(location(), NIGHT + 6 * HOUR, [2.0] * 12)
    values = known_at(**asked(NIGHT + 7 * HOUR))[:, 0]
    assert values.tolist() == [1.0] * 6 + [2.0] * 12 + [1.0] * 6
    assert runs_used(**asked(NIGHT + 7 * HOUR)) == (new.pk, old.pk)


def test_a_run_that_arrived_later_is_not_seen_however_early_it_was_issued() -> None:
    run(location(), NIGHT, [1.0] * 48)
    run(location(), NIGHT + HOUR, [9.0] * 48, available_at=NIGHT + 5 * HOUR)
    assert known_at(**asked(NIGHT + 4 * HOUR)).max() == 1.0
    assert known_at(**asked(NIGHT + 5 * HOUR)).max() == 9.0


def test_nothing_known_is_nothing() -> None:
    assert np.isnan(known_at(**asked(NIGHT))).all()
    assert runs_used(**asked(NIGHT)) == ()


def test_temperature_is_linear_at_quarter_hours_and_irradiance_keeps_its_hours() -> None:
    run(location(), NIGHT, [0.0, 4.0, 4.0])
    run(location(), NIGHT, [0.0, 400.0, 800.0], variable=Variable.GHI_W_M2)
    both = {**asked(NIGHT, steps=12, step_s=900), "variables": [Variable.GHI_W_M2, *TEMPERATURE]}
    ghi, temperature = known_at(**both).T
    assert temperature[:4] == pytest.approx([0.5, 1.5, 2.5, 3.5])
    assert ghi.reshape(3, 4).mean(axis=1) == pytest.approx([0, 400, 800], abs=1e-3)
    assert len(set(ghi[4:].round(3))) > 2


def test_members_of_an_ensemble_are_kept_apart() -> None:
    one = run(location(), NIGHT, [1.0] * 24)
    one.series.create(
        location=location(),
        variable=Variable.TEMPERATURE_C,
        member=1,
        starts_at=NIGHT,
        ends_at=NIGHT + DAY,
        step_s=3600,
        values=np.full(24, 50, "<f4").tobytes(),
    )
    assert known_at(**asked(NIGHT)).max() == 1.0


def test_observations_are_joined_and_corrected_by_later_ones() -> None:
    for hour in range(4):
        begin = NIGHT + hour * HOUR
        run(location(), begin + HOUR, [float(hour)], starts_at=begin, data_kind=DataKind.OBSERVATION)
    run(location(), NIGHT + 5 * HOUR, [7.0], starts_at=NIGHT + HOUR, data_kind=DataKind.OBSERVATION)
    at_four = observed(**asked(NIGHT + 4 * HOUR, steps=4))[:, 0]
    at_five = observed(**asked(NIGHT + 5 * HOUR, steps=16, step_s=900))[:, 0]
    assert at_four == pytest.approx([0.5, 1.5, 2.5, 3.0])
    assert at_five[4] == pytest.approx(7 - 5 / 8)  # linear from the corrected value on


def test_a_forecast_is_no_observation() -> None:
    run(location(), NIGHT, [1.0] * 24)
    assert np.isnan(observed(**asked(NIGHT + DAY))).all()


def test_training_sees_each_day_as_its_gate_saw_it() -> None:
    for day in range(4):
        at = NIGHT + day * DAY
        run(location(), at + 6 * HOUR, [float(day)] * 72)
        run(location(), at + 7 * HOUR, [99.0] * 72)
    values = as_forecast(
        location_id=location().pk, variables=TEMPERATURE, starts_at=NIGHT + DAY, steps=96, step_s=3600
    )[:, 0]
    assert values.reshape(4, 24)[:, 0].tolist() == [0, 1, 2, 3]
    assert (values.reshape(4, 24) == values.reshape(4, 24)[:, :1]).all()


def test_training_asks_the_database_twice_whatever_the_span(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    place = location()
    for day in range(20):
        run(place, NIGHT + day * DAY + 6 * HOUR, [float(day)] * 48)
    with django_assert_num_queries(2):
        values = as_forecast(
            location_id=place.pk, variables=TEMPERATURE, starts_at=NIGHT + 7 * HOUR, steps=20 * 96, step_s=900
        )
    assert np.isnan(values[: 17 * 4]).all()  # before the first gate's day
    assert np.isfinite(values[17 * 4 :]).all()


INSTANTS = st.integers(0, 72)
RUNS = st.lists(st.tuples(INSTANTS, st.integers(0, 30), st.integers(1, 60)), max_size=8, unique_by=lambda row: row[0])


@settings(max_examples=25, deadline=None)
@given(RUNS, INSTANTS, st.sampled_from([900, 3600, 7200]))
def test_what_came_after_the_instant_never_shows(
    rows: list[tuple[int, int, int]], as_of_hour: int, step_s: int
) -> None:
    """Every value names its run, so that each value seen can be asked when it was there."""
    with transaction.atomic():
        for kind in DataKind:
            for issued, delay, length in rows:
                at = NIGHT + issued * HOUR
                run(location(), at, [float(issued)] * length, available_at=at + delay * HOUR, data_kind=kind)
        available = {float(issued): NIGHT + (issued + delay) * HOUR for issued, delay, _ in rows}
        as_of = NIGHT + as_of_hour * HOUR
        late = [value for value, at in available.items() if at > as_of]
        question = asked(as_of, steps=90 * 3600 // step_s, step_s=step_s)
        found = known(**question)
        seen = found.values[np.isfinite(found.values)]
        assert not set(seen.round(3)) & set(late)
        measured = observed(**question)
        allowed = [value for value, at in available.items() if at <= as_of] or [0.0]
        assert not np.isfinite(measured).any() or min(allowed) <= np.nanmin(measured)
        assert not np.isfinite(measured).any() or np.nanmax(measured) <= max(allowed)
        gates = as_forecast(
            location_id=location().pk,
            variables=TEMPERATURE,
            starts_at=NIGHT,
            steps=int(4 * DAY.total_seconds()) // step_s,
            step_s=step_s,
        )
        for step in np.flatnonzero(np.isfinite(gates[:, 0])):
            day = (NIGHT + timedelta(seconds=int(step) * step_s)).replace(hour=0)
            assert available[round(float(gates[step, 0]), 3)] <= day - timedelta(hours=18)
        transaction.set_rollback(True)


def test_the_nearest_place_is_found_and_none_beyond_the_reach() -> None:
    here, _ = location("Here", 53.1, 8.2), location("There", 50.0, 8.0)
    assert nearest_location(53.2, 8.3) == here
    assert nearest_location(0.0, 0.0, within_km=100) is None
