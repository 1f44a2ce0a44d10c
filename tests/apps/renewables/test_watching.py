"""What plants could have given, that they gave less, and why."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from apps.forecasts.selectors.actual import instant_of, step_of
from apps.renewables.choices import Basis, Cause
from apps.renewables.models import Curtailment, PlantDay, RenewablePlant
from apps.renewables.selectors.documents import curtailment_documents, plant_documents
from apps.renewables.selectors.quarters import courses
from apps.renewables.services.plants import sync_plants
from apps.renewables.services.watching import watch
from tests.factories.renewables import AVERAGE, MARGINAL, PRICE, Park, make_park, ordered

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def plant_course(plant: RenewablePlant, *, first: int, end: int) -> dict[str, np.ndarray]:
    return {name: values[0] for name, values in courses([plant], first=first, end=end).items()}


@pytest.fixture
def park() -> Park:
    return make_park(NOON, issues_h=12)


def causes(plant: RenewablePlant) -> dict[int, str]:
    rows = Curtailment.objects.filter(plant=plant).order_by("starts_at")
    return {step_of(row.starts_at): row.cause for row in rows}


def test_free_plants_are_not_found_curtailed_and_what_they_could_give_is_what_they_gave(park: Park) -> None:
    assert RenewablePlant.objects.filter(is_active=True).count() == 7
    assert watch(as_of=NOON) == 0
    plant = park.plant("Solar 2")
    told = plant_course(plant, first=park.end - 8, end=park.end)
    assert told["available_kw"] == pytest.approx(told["produced_kw"], rel=0.08)
    assert (told["sigma_kw"] < 0.1 * plant.rated_kw).all()
    assert PlantDay.objects.get(plant=plant, day=NOON.date()).basis == Basis.BOTH


def test_an_order_explains_what_is_missing_in_kwh_money_and_emissions(park: Park) -> None:
    plant, since = park.plant("Solar 1"), NOON - HOUR
    order = ordered(plant, 200.0, since, purpose="proposal 7, step 1")
    park.gave("Solar 1", 200.0, first=park.end - 4, end=park.end)
    assert watch(as_of=NOON) == 4
    rows = list(Curtailment.objects.filter(plant=plant).order_by("starts_at"))
    assert {row.cause for row in rows} == {Cause.ORDER}
    assert {row.order_id for row in rows} == {order.pk}
    assert "proposal 7, step 1" in rows[0].words
    for row in rows:
        could = park.could("Solar 1", step_of(row.starts_at))
        assert row.kwh == pytest.approx((could - 200.0) / 4, abs=3 * row.sigma_kwh)
        assert row.worth == pytest.approx(row.kwh * PRICE / 1000)
        assert row.average_kg == pytest.approx(row.kwh * AVERAGE / 1000)
        assert row.marginal_kg == pytest.approx(row.kwh * MARGINAL / 1000)
    assert watch(as_of=NOON) == 4  # looked at again it is the same, once
    assert Curtailment.objects.count() == 4


def test_a_limit_that_does_not_bind_and_one_that_was_released_explain_nothing(park: Park) -> None:
    ordered(park.plant("Solar 1"), 990.0, NOON - HOUR)
    ordered(park.plant("Solar 2"), 100.0, NOON - 3 * HOUR)
    ordered(park.plant("Solar 2"), None, NOON - 2 * HOUR)
    park.gave("Solar 2", 100.0, first=park.end - 4, end=park.end)
    watch(as_of=NOON)
    assert causes(park.plant("Solar 1")) == {}
    assert set(causes(park.plant("Solar 2")).values()) == {Cause.UNKNOWN}


def test_a_set_point_of_a_course_is_told_as_such(park: Park) -> None:
    ordered(park.plant("Wind 1"), 100.0, NOON - HOUR, purpose="course 12, step 3")
    park.gave("Wind 1", 100.0, first=park.end - 4, end=park.end)
    watch(as_of=NOON)
    assert set(causes(park.plant("Wind 1")).values()) == {Cause.COURSE}
    assert Curtailment.objects.first().course_id is None  # its row is gone; its number stays in the words
    assert "course 12" in Curtailment.objects.first().words


def test_a_plant_that_stands_still_among_others_is_at_fault(park: Park) -> None:
    park.gave("Wind 2", 0.0, first=park.end - 6, end=park.end)
    watch(as_of=NOON)
    found = causes(park.plant("Wind 2"))
    assert set(found.values()) == {Cause.FAULT}
    assert min(found) == park.end - 6
    told = plant_course(park.plant("Wind 1"), first=park.end - 4, end=park.end)
    assert (told["available_kw"] >= told["produced_kw"]).all()  # its peer that stands still does not speak for it


def test_an_owner_who_sells_nothing_below_a_price_is_recognised(park: Park) -> None:
    RenewablePlant.objects.filter(name="Wind 3").update(stops_below_price=PRICE + 1, source="Contract 4")
    park.gave("Wind 3", 0.0, first=park.end - 4, end=park.end)
    watch(as_of=NOON)
    assert set(causes(park.plant("Wind 3")).values()) == {Cause.PRICE}


def test_a_long_curtailment_is_not_taken_for_weather_by_forecasts_that_saw_it(park: Park) -> None:
    """Every issue from its begin on foresees it; only what had been said before tells what there was to give."""
    plant = park.plant("Wind 1")
    begin = park.end - 40
    ordered(plant, 50.0, instant_of(begin))
    park.gave("Wind 1", 50.0, first=begin, end=park.end)
    assert watch(as_of=NOON) == 40
    told = plant_course(plant, first=begin, end=park.end)
    could = [park.could("Wind 1", step) for step in range(begin, park.end)]
    assert told["available_kw"] == pytest.approx(could, rel=0.25)


def test_what_the_plant_tells_itself_goes_before_what_others_tell(park: Park) -> None:
    from_desk = plant_documents(park.plant("Solar 1").portfolio, as_of=NOON)
    assert {one["available_kw"] for one in from_desk} == {None}  # nothing was looked at yet
    watch(as_of=NOON)
    told = {one["name"]: one for one in plant_documents(park.plant("Solar 1").portfolio, as_of=NOON)}
    assert told["Solar 1"]["at"] == instant_of(park.end - 1).isoformat()
    assert told["Solar 1"]["today_fed_in_kwh"] > 0


def test_a_look_after_hours_makes_up_for_what_was_missed(park: Park) -> None:
    watch(as_of=NOON - 6 * HOUR)
    park.gave("Wind 2", 0.0, first=park.end - 20, end=park.end - 12)
    watch(as_of=NOON)
    assert len(causes(park.plant("Wind 2"))) == 8


def test_how_many_plants_there_are_asks_for_no_more_queries(
    park: Park, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(60):
        watch(as_of=NOON)


def test_rows_of_the_desk_are_listed_newest_first_with_their_sum(park: Park) -> None:
    park.gave("Wind 2", 0.0, first=park.end - 6, end=park.end)
    watch(as_of=NOON)
    portfolio = park.plant("Wind 2").portfolio
    told = curtailment_documents(portfolio, start=NOON - 24 * HOUR, end=NOON, most=2)
    assert told["count"] == 6
    assert len(told["curtailments"]) == 2
    assert told["total_kwh"] > sum(one["kwh"] for one in told["curtailments"])
    assert told["curtailments"][0]["starts_at"] > told["curtailments"][1]["starts_at"]


def test_a_plant_whose_series_goes_is_kept_and_looked_at_no_more(park: Park) -> None:
    series = park.series("Solar 4")
    series.is_active = False
    series.save()
    sync_plants()
    assert not park.plant("Solar 4").is_active
    watch(as_of=NOON)
    assert not PlantDay.objects.filter(plant__name="Solar 4").exists()
