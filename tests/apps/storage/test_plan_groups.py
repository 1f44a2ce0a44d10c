"""Plants planned together: along feeders, at one point, as a fleet, in sums; and what each plan says of its reasons."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assets.models import BatteryUnit, NetworkModel
from apps.storage.adapters.packed import unpacked
from apps.storage.adapters.planning import safety_objection
from apps.storage.choices import Horizon, PlanMethod, PlanOutcome
from apps.storage.models import StorageFleet, StoragePlant, StorageSchedule
from apps.storage.selectors.limits import limits_of
from apps.storage.selectors.room import rooms_ahead
from apps.storage.services import plan_batch
from apps.storage.services.planning import plan_day_ahead, plan_intraday, plan_plant, plan_unplanned
from apps.storage.services.proposing import towards_zero
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.storage import NOON, charged, make_plant, priced_zone
from tests.factories.storage_plans import make_envelope

pytestmark = pytest.mark.django_db


def plants(count: int, **more: object) -> list[StoragePlant]:
    zone = priced_zone()
    made = [make_plant(zone=zone, name=f"Mill {number}", **more) for number in range(count)]
    for plant in made:
        charged(plant, 0.5, NOON)
    return made


def total_kw(rows: Sequence[StorageSchedule]) -> np.ndarray:
    return np.sum([unpacked(row.power_kw) for row in rows], axis=0)


def keeps_its_limits(plant: StoragePlant, row: StorageSchedule) -> bool:
    power = towards_zero(unpacked(row.power_kw))
    return safety_objection(plant, limits_of(plant), row.start_soc or 0.0, power) == ""


class TestTogether:
    def test_what_shares_nothing_is_one_program_and_each_plan_is_that_of_the_plant_alone(self) -> None:
        first, second = plants(2)
        second.energy_kwh = 2000.0
        second.save()
        rows = {row.plant_id: row for row in plan_day_ahead(as_of=NOON)}
        assert {row.together_with for row in rows.values()} == {1}
        assert {row.method for row in rows.values()} == {PlanMethod.EXACT}
        StorageSchedule.objects.all().delete()
        for plant in (first, second):
            alone = plan_plant(plant=plant, horizon=Horizon.DAY_AHEAD, as_of=NOON)
            assert alone.together_with == 0
            assert alone.cost == pytest.approx(rows[plant.pk].cost, rel=1e-5)
            assert {one["name"] for one in alone.drivers} == {one["name"] for one in rows[plant.pk].drivers}

    def test_no_plant_costs_a_query_of_its_own(self) -> None:
        counts = []
        (first, *_) = plants(3)
        for more in (0, 6):
            for number in range(more):
                charged(make_plant(zone=first.price_zone, name=f"More {number}"), 0.5, NOON)
            with CaptureQueriesContext(connection) as found:
                assert len(list(plan_intraday(as_of=NOON))) == 3 + more
            counts.append(len(found))
        assert counts[0] == counts[1]

    def test_a_plant_that_has_no_plan_does_not_take_the_others_with_it(self) -> None:
        well, ill = plants(2)
        ill.most_cycles_a_day, ill.resting_soc = 0.01, 0.1
        ill.save()
        charged(ill, 0.95, NOON)
        list(plan_intraday(as_of=NOON))
        rows = {row.plant_id: row for row in plan_day_ahead(as_of=NOON)}
        assert rows[well.pk].outcome == PlanOutcome.PLANNED
        assert rows[ill.pk].outcome == PlanOutcome.INFEASIBLE
        assert any("Mill 1" in one for one in rows[ill.pk].way_out), rows[ill.pk].way_out

    def test_many_plants_are_summed_up_in_the_rolling_plan_and_still_keep_every_limit(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = plants(5)
        made[0].charge_efficiency = made[0].discharge_efficiency = 0.9
        made[0].save()
        exact = sum(row.cost or 0.0 for row in plan_intraday(as_of=NOON))
        monkeypatch.setattr(plan_batch, "EXACT_UP_TO", 1)
        rows = list(plan_intraday(as_of=NOON))
        assert {row.method for row in rows} == {PlanMethod.AGGREGATED}
        assert all(keeps_its_limits(row.plant, row) for row in rows)
        assert all(unpacked(row.soc)[-1] >= row.inputs["final_soc"] - 1e-4 for row in rows)
        assert exact <= sum(row.cost or 0.0 for row in rows) <= 0.9 * exact  # money earned is below zero
        assert all(len(unpacked(row.stored_value)) == row.steps for row in rows)


class TestFleet:
    def test_plants_that_would_draw_more_together_than_their_fleet_may_share_it_by_prices(self) -> None:
        plants(3)
        free = list(plan_day_ahead(as_of=NOON))
        assert total_kw(free).max() > 900
        StorageSchedule.objects.all().delete()
        StorageFleet.objects.update(import_kw=400.0, export_kw=700.0, limit_source="Contract of 2026")
        rows = list(plan_day_ahead(as_of=NOON))
        assert {row.method for row in rows} == {PlanMethod.COORDINATED}
        together = total_kw(rows)
        assert together.max() <= 400 + 1e-2
        assert together.min() >= -700 - 1e-2
        assert sum(row.cost or 0.0 for row in rows) > sum(row.cost or 0.0 for row in free)
        assert any("mport limit binds" in word for word in rows[0].words)
        assert all(keeps_its_limits(row.plant, row) for row in rows)

    def test_a_limit_that_does_not_bind_changes_nothing(self) -> None:
        plants(2)
        StorageFleet.objects.update(import_kw=4000.0, limit_source="Contract of 2026")
        assert {row.method for row in plan_day_ahead(as_of=NOON)} == {PlanMethod.EXACT}


class TestAtAPoint:
    """Of the small ring, whose battery stands at a node that the envelope names."""

    @pytest.fixture
    def model(self) -> NetworkModel:
        grid(str(ring_file()))
        return imported(ring_file())

    @pytest.fixture
    def plant(self, model: NetworkModel) -> StoragePlant:
        mrid = UUID(str(BatteryUnit.objects.get(model=model).mrid))
        plant = make_plant(zone=priced_zone(), mrid=mrid)
        charged(plant, 0.5, NOON)
        return plant

    def test_the_envelope_less_what_else_is_expected_is_the_room(
        self, model: NetworkModel, plant: StoragePlant
    ) -> None:
        run = make_envelope(model, str(plant.mrid), NOON, import_kw=300.0, export_kw=100.0, expected_kw=50.0)
        room = rooms_ahead([plant], starts_at=NOON, steps=4, as_of=NOON)[plant.pk]
        assert (room.import_kw.tolist(), room.export_kw.tolist()) == ([250.0] * 4, [150.0] * 4)
        assert room.run == run.pk
        late = rooms_ahead([plant], starts_at=NOON + timedelta(days=2, minutes=-15), steps=2, as_of=NOON)[plant.pk]
        assert late.import_kw.tolist() == [250.0, np.inf]
        old = rooms_ahead([plant], starts_at=NOON, steps=4, as_of=NOON + timedelta(hours=1))[plant.pk]
        assert np.isinf(old.import_kw).all()
        assert "too old" in old.words[0]

    def test_what_is_no_part_of_the_network_has_its_own_limits_alone(
        self, model: NetworkModel, plant: StoragePlant
    ) -> None:
        make_envelope(model, str(plant.mrid), NOON, import_kw=300.0, export_kw=100.0)
        other = make_plant(name="Pond battery")
        room = rooms_ahead([other], starts_at=NOON, steps=4, as_of=NOON)[other.pk]
        assert np.isinf(room.import_kw).all()
        assert "No envelope is known" in room.words[0]

    def test_a_plan_keeps_to_the_room_and_says_so(self, model: NetworkModel, plant: StoragePlant) -> None:
        make_envelope(model, str(plant.mrid), NOON, import_kw=120.0, export_kw=80.0)
        row = plan_plant(plant=plant, horizon=Horizon.INTRADAY, as_of=NOON)
        power = unpacked(row.power_kw)
        assert power.max() == pytest.approx(120.0, abs=1e-3)
        assert power.min() == pytest.approx(-80.0, abs=1e-3)
        assert any("Import limit binds" in word for word in row.words)


class TestReasons:
    def test_a_plan_tells_the_spread_that_pays_it_and_what_a_stored_kwh_is_worth(self) -> None:
        plants(1)
        (row,) = plan_day_ahead(as_of=NOON)
        spread, *more = row.words
        assert "Draws" in spread
        assert "pays from 0.0" in spread  # 0.02 over 0.9025, and a cent of wear
        assert any("Wear is counted as 0.0100 EUR" in word for word in more)
        assert any("stored kWh is worth" in word for word in more)

    def test_a_plan_that_does_nothing_says_what_would_have_to_be(self) -> None:
        plants(1, wear_per_kwh=1.0)
        (row,) = plan_day_ahead(as_of=NOON)
        assert not unpacked(row.power_kw).round(3).any()
        assert "Stays as it is: the cheapest step costs 0.020 EUR/kWh and would have to sell at 1.022" in row.words[0]

    def test_a_plant_without_a_schedule_is_planned_with_the_next_look(self) -> None:
        (plant,) = plants(1)
        assert [row.plant_id for row in plan_unplanned(as_of=NOON)] == [plant.pk]
        assert list(plan_unplanned(as_of=NOON + timedelta(minutes=1))) == []
        silent = make_plant(name="Silent", zone=plant.price_zone)
        assert list(plan_unplanned(as_of=NOON + timedelta(minutes=1))) == []
        assert not StorageSchedule.objects.filter(plant=silent).exists()
