"""A desk whose feeders are measured, and experiments on one of them. Days pass by `day`, rounds by `rounds`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from django.utils import timezone

from apps.accounts.choices import Role
from apps.assets.models import Feeder
from apps.dispatch.models import Order
from apps.dispatch.services.scenes import live_scene
from apps.efficiency.models import CvrDay, CvrExperiment
from apps.efficiency.selectors.cvr_sites import Site, sites
from apps.efficiency.services.cvr_planning import CvrDraft, approve_experiment, draft_experiment
from apps.efficiency.services.cvr_running import run_experiments
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import HistoryDay, Series
from apps.telemetry.models import ControlPoint, MeasurementPoint
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.orders import Desk, make_desk, person

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
DAYS = 16


@dataclass
class Experimenting:
    desk: Desk
    site: Site

    def draft(self, **more: object) -> CvrExperiment:
        told: dict[str, object] = {
            "feeder": self.site.feeder,
            "steps_down": 2,
            "starts_on": self.tomorrow,
            "days": DAYS,
        }
        told |= {"limit_pu": 0.9, "most_operations_per_day": 40} | more
        return draft_experiment(CvrDraft(**told), by=person_of("paula"), as_of=self.desk.now)  # type: ignore[arg-type]

    def approved(self, **more: object) -> CvrExperiment:
        one = self.draft(**more)
        return approve_experiment(experiment_id=one.pk, client=self.desk.anna, as_of=self.desk.now)

    @property
    def tomorrow(self) -> date:
        return timezone.localdate(self.desk.now) + timedelta(days=1)

    def go_to(self, day: date, *, hour: int = 1) -> None:
        """An hour of the local day, with everything measured anew."""
        at = timezone.make_aware(datetime.combine(day, time(hour)))
        self.desk.now = at
        self.desk.room.step(at)

    def rounds(self, count: int = 1) -> None:
        """Each with what the gateway and the field make of it."""
        for _ in range(count):
            run_experiments(clock=self.desk.clock)
            self.desk.gateway()
            for _ in range(2):
                self.desk.wait(6)
            self.desk.room.scanner.scan(as_of=self.desk.now)

    def tap(self) -> int:
        """Where the first of its transformers stands in the field."""
        return int(self.desk.room.field.world.tap_position[self.position])

    @property
    def position(self) -> int:
        mrids = [one.mrid for one in self.desk.room.field.world.case.transformers]
        return mrids.index(self.site.units[0]["mrid"])

    def hold(self, position: int) -> None:
        """Somebody has put the tap there, and its own control into manual."""
        world = self.desk.room.field.world
        world.regulators.is_automatic[:] = False
        world.tap_position = world.tap_position.copy()
        world.tap_position[self.position] = position


def person_of(name: str) -> object:
    return person(name, Role.SUPERVISOR).user


def experimenting(*, by_setpoint: bool = False) -> Experimenting:
    """by_setpoint: the transformers' own control takes set-points; otherwise taps alone are ordered."""
    desk = make_desk(MEDIUM_VOLTAGE, now=NOON)
    if not by_setpoint:
        ControlPoint.objects.filter(point__quantity="voltage_setpoint").delete()
    desk.room.step(NOON)
    MeasurementPoint.objects.filter(quantity="voltage").update(max_silence_s=1e9)
    for feeder in Feeder.objects.all():
        Series.objects.create(
            subject=Subject.FEEDER, subject_mrid=str(feeder.mrid), quantity=Quantity.NET_LOAD, name=feeder.name
        )
    possible = [one for one in sites(live_scene(as_of=desk.now)) if not one.objection]
    return Experimenting(desk, max(possible, key=lambda one: len(one.bellwethers)))


def set_coins(one: CvrExperiment, *reduced: bool) -> None:
    """Of its first days, as a test wants them."""
    for number, coin in enumerate(reduced):
        CvrDay.objects.filter(experiment=one, number=number).update(reduced=coin)


def orders_of(one: CvrExperiment) -> list[Order]:
    return list(Order.objects.filter(purpose__startswith=f"CVR {one.pk}, ").order_by("id"))


def write_history(mrid: str, day: date, kw: np.ndarray) -> None:
    series = Series.objects.get(subject_mrid=mrid)
    values = np.asarray(kw, "<f4").tobytes()
    HistoryDay.objects.update_or_create(series=series, day=day, defaults={"values_kw": values})
