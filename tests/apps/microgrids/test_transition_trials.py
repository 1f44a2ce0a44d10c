"""Whole transitions on real rows: a site of the field's own physics in lockstep with the rounds, orders through
dispatch, orders that are refused, and processes that end between two lines."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.dispatch.adapters.picture import Picture
from apps.dispatch.models import Order
from apps.dispatch.services import look_ahead, order_watch, orders
from apps.microgrids.choices.transition import (
    UNSETTLED_STEPS,
    StepCommand,
    TransitionKind,
    TransitionStage,
    TransitionStatus,
)
from apps.microgrids.models import IslandingSettings, Microgrid, Transition, TransitionStep
from apps.microgrids.services import transition_checks, transition_orders, transition_rounds, transitions
from apps.telemetry.choices import ControlForm, ControlKind, RequestState
from apps.telemetry.models import ControlPoint, MeasurementPoint
from apps.telemetry.services.control import finish_request, take_requests
from gridops.engine.network.topology import resolve
from gridops.engine.security.zones import OperatingPoint
from gridops.simulator.microgrids.alone import Feeling
from gridops.simulator.microgrids.alone import Microgrid as Site
from gridops.simulator.microgrids.genset import GensetDesign
from tests.factories.microgrids import (
    BACKUP,
    BACKUP_KW,
    BATTERY,
    BATTERY_KW,
    BATTERY_KWH,
    CONNECTED,
    COUPLING,
    LOADS_KW,
    NOW,
    SUN,
    make_controller,
    make_microgrid,
    mrid_of,
    tell,
)
from tests.factories.orders import person

pytestmark = pytest.mark.django_db
SUN_KW, TANK_KWH, LONGEST_S, DELAY_S = 60.0, 4000.0, 240, 10.0
REFUSED, PROCESS_ENDS = 0.05, 0.15
CONTROLS = (
    (BATTERY, "controller_mode", ControlKind.SETPOINT, 1, 3),
    (BATTERY, "shed_group", ControlKind.SETPOINT, 0, 2),
    (BATTERY, "active_power", ControlKind.SETPOINT, -BATTERY_KW, BATTERY_KW),
    (BACKUP, "active_power", ControlKind.SETPOINT, -BACKUP_KW, 0),
    (COUPLING, "switch_state", ControlKind.POSITION, None, None),
)


class ProcessEnded(Exception):
    """The process is no more."""


@pytest.fixture(autouse=True)
def known_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate of the network, which these few meters alone would not give."""

    def now(*, as_of: Any) -> Picture:
        model = assets.current_model()
        assert model is not None
        network = assets.assembled(model)
        nothing = np.zeros(network.network.n_nodes)
        point = OperatingPoint(
            network.network, resolve(network.network, network.normal_closed), nothing, nothing,
            network.network.transformers.tap_neutral, np.array([1.0]), np.array([0.0]),
        )  # fmt: skip
        return Picture(network, point, np.zeros(0, np.int32))

    monkeypatch.setattr(look_ahead.pictures, "now", now)
    monkeypatch.setattr(transition_checks.pictures, "now", now)


@dataclass
class Lockstep:
    """A second of the site, its values, what the gateway carries out, and a round of the process, in turns."""

    chance: np.random.Generator
    microgrid: Microgrid
    site: Site
    load_kw: tuple[float, float, float]
    at: Any = NOW
    grid_live: bool = True
    ended: int = 0
    carried_out: Counter[int] = field(default_factory=Counter)
    closings: list[tuple[float, float, float]] = field(default_factory=list)
    unserved: int = 0
    holder: Any = field(default_factory=uuid4)

    def second(self) -> None:
        self.at += timedelta(seconds=1)
        for _ in range(2):
            feeling = Feeling(
                self.load_kw, SUN_KW, self.grid_live, 50.0 + 0.01 * float(np.sin(self.seconds / 7)), 1.005
            )
            self.site.step(0.5, feeling)
        controller = self.site.controller
        self.unserved += controller.has_voltage and controller.shed >= len(self.load_kw)
        gateway = self.microgrid.controller_gateway
        assert gateway is not None
        tell(gateway, self.at, self.values())
        self._gateway()
        try:
            order_watch.advance(as_of=self.at)
            transition_rounds.look_at(self.microgrid, clock=lambda: self.at)
        except ProcessEnded:
            self.ended += 1

    @property
    def seconds(self) -> float:
        return float((self.at - NOW).total_seconds())

    def _gateway(self) -> None:
        gateway_id = self.microgrid.controller_gateway_id
        assert gateway_id is not None
        for request in take_requests(gateway_id=gateway_id, holder=self.holder, at=self.at):
            is_lost = self.chance.random() < REFUSED
            refusal = "the wire was busy" if is_lost else self._carry_out(request.control.point, request.value)
            state = RequestState.REFUSED if refusal else RequestState.ACCEPTED
            self.carried_out[request.pk] += not refusal
            finish_request(request_id=request.pk, holder=self.holder, state=state, reason=refusal, at=self.at)

    def _carry_out(self, point: MeasurementPoint, value: float) -> str:
        controller = self.site.controller
        if point.equipment_mrid == mrid_of(COUPLING):
            return self._close() if value == 1.0 else self._open()
        if point.equipment_mrid == mrid_of(BACKUP):
            return controller.order(controller.gensets[0], -value)
        if point.quantity == "controller_mode":
            return controller.set_mode(int(value))
        if point.quantity == "shed_group":
            return controller.set_shed(int(value))
        self.site.plan_kw = -value
        return ""

    def _open(self) -> str:
        self.site.controller.open_coupling()
        return ""

    def _close(self) -> str:
        controller = self.site.controller
        if refusal := controller.may_close():
            return refusal
        if controller.is_live:
            self.closings.append((controller.slip_hz, controller.voltage_difference_pu, controller.angle_deg))
        controller.close_coupling()
        return ""

    def values(self) -> dict[tuple[str, str], float]:
        c = self.site.controller
        unit, served = c.gensets[0], [kw if n < 3 - c.shed else 0.0 for n, kw in enumerate(self.load_kw)]
        return {
            (COUPLING, "switch_state"): float(c.closed),
            (COUPLING, "slip_frequency"): c.slip_hz,
            (COUPLING, "angle_difference"): c.angle_deg,
            (COUPLING, "voltage_difference"): c.voltage_difference_pu,
            (COUPLING, "grid_voltage"): c.grid_voltage_pu,
            (COUPLING, "grid_frequency"): c.grid_hz,
            (BATTERY, "controller_mode"): float(c.mode),
            (BATTERY, "frequency"): c.hz,
            (BATTERY, "voltage"): c.voltage_pu,
            (BATTERY, "active_power"): -c.battery_kw if c.has_voltage else 0.0,
            (BATTERY, "state_of_charge"): 100.0 * self.site.soc,
            (BATTERY, "shed_group"): float(c.shed),
            (BACKUP, "active_power"): -unit.p_kw,
            (BACKUP, "unit_running"): float(unit.is_running),
            (BACKUP, "fuel_level"): unit.fuel_kwh,
            (SUN, "active_power"): -SUN_KW if c.has_voltage else 0.0,
            **{(name, "active_power"): kw if c.has_voltage else 0.0 for name, kw in zip(LOADS_KW, served, strict=True)},
        }

    def until_it_ends(self) -> Transition:
        """Of the newest transition."""
        for _ in range(LONGEST_S):
            self.second()
            newest = self.microgrid.transitions.first()
            if newest is not None and newest.status != TransitionStatus.RUNNING:
                break
        for _ in range(12):  # what the last orders come to
            self.second()
        found = self.microgrid.transitions.first()
        assert found is not None
        return found


def stand(seed: int) -> Lockstep:
    chance = np.random.default_rng(seed)
    loads = chance.uniform(0.5, 1.0, 3) * np.array(list(LOADS_KW.values()))
    unit = GensetDesign("g", "Backup", BACKUP_KW, TANK_KWH)
    site = Site(rated_kw=BATTERY_KW, capacity_kwh=BATTERY_KWH, soc=0.7, gensets=(unit,), generator=chance)
    microgrid = make_microgrid()
    make_controller(microgrid, CONNECTED)
    IslandingSettings.objects.create(microgrid=microgrid, enter_delay_s=DELAY_S)
    for name, quantity, kind, low, high in CONTROLS:
        point = MeasurementPoint.objects.get(equipment_mrid=mrid_of(name), quantity=quantity)
        ControlPoint.objects.create(
            point=point, kind=kind, form=ControlForm.FLOAT, address=point.address, low=low, high=high, tolerance=5.0
        )
    found = Lockstep(chance, microgrid, site, (float(loads[0]), float(loads[1]), float(loads[2])))
    for _ in range(3):
        found.second()
    return found


def mortal(monkeypatch: pytest.MonkeyPatch, lockstep: Lockstep) -> None:
    """Before and after the lines that matter the process may end: an order selected, operated, a step settled."""

    def may_end(act: Callable[..., Any]) -> Callable[..., Any]:
        def line(*args: Any, **named: Any) -> Any:
            if lockstep.chance.random() < PROCESS_ENDS:
                raise ProcessEnded
            found = act(*args, **named)
            if lockstep.chance.random() < PROCESS_ENDS:
                raise ProcessEnded
            return found

        return line

    for module, name in ((orders, "select"), (orders, "operate"), (transition_orders, "settle")):
        monkeypatch.setattr(module, name, may_end(getattr(module, name)))


def commanded(lockstep: Lockstep, kind: TransitionKind, by: User) -> Transition:
    transitions.command(microgrid=lockstep.microgrid, kind=kind, reason="a trial", by=by, as_of=lockstep.at)
    return lockstep.until_it_ends()


def go_alone(lockstep: Lockstep, way: TransitionKind, by: User) -> Transition:
    if way == TransitionKind.ISLAND:
        return commanded(lockstep, way, by)
    lockstep.grid_live = False
    for _ in range(3):
        lockstep.second()
    if way == TransitionKind.UNPLANNED:
        return lockstep.until_it_ends()
    lockstep.site.controller.go_black("the instructor's")
    lockstep.until_it_ends()
    return commanded(lockstep, way, by)


@pytest.mark.parametrize(
    ("seed", "way"),
    [
        (1, TransitionKind.ISLAND),
        (2, TransitionKind.UNPLANNED),
        (3, TransitionKind.BLACK_START),
        (4, TransitionKind.ISLAND),
    ],
)
def test_it_parts_and_comes_back_though_orders_are_refused_and_processes_end(
    seed: int, way: TransitionKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    lockstep, anna = stand(seed), person("anna").user
    mortal(monkeypatch, lockstep)
    told = [go_alone(lockstep, way, anna)]
    lockstep.grid_live = True
    for _ in range(3):
        lockstep.second()
    if not lockstep.site.controller.closed:
        told.append(commanded(lockstep, TransitionKind.RECONNECT, anna))
    for one in told:
        assert one.status in (TransitionStatus.DONE, TransitionStatus.RETURNED), (one.kind, one.stage, one.outcome)
    assert lockstep.ended > 0
    assert not TransitionStep.objects.filter(outcome__in=UNSETTLED_STEPS).exists()
    assert max(lockstep.carried_out.values()) <= 1
    sent = Counter(Order.objects.exclude(ordered_at=None).values_list("purpose", flat=True))
    assert sent and max(sent.values()) == 1  # of each step at most one order left the house
    for slip_hz, voltage_pu, angle_deg in lockstep.closings:  # table 5 of IEEE 1547-2018 up to 500 kVA
        assert abs(slip_hz) <= 0.3 and abs(voltage_pu) <= 0.1 and abs(angle_deg) <= 20.0
    assert lockstep.unserved == 0
    last = told[-1]
    closes = last.steps.filter(command=StepCommand.CLOSE)
    assert (last.stage == TransitionStage.CONNECTED) == lockstep.site.controller.closed, list(closes)
