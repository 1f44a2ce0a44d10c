"""A room whose field can be loaded, broken and put back, and that carries orders out as its devices do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.accounts.models import User
from apps.assets.models import ConnectivityNode, EnergyConsumer, Feeder, GeneratingUnit
from apps.dispatch.adapters.steps import Step
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.proposal import Breach, StepQuantity
from apps.dispatch.models import Proposal, Tag, Trouble
from apps.dispatch.services.tags import place_tag
from apps.dispatch.services.verification import steps_of
from gridops.simulator.devices import DOUBLE_OFF, DOUBLE_ON, STEP_HIGHER, Kind
from gridops.simulator.field import to_us
from tests.factories.field import Room

STEP_LOWER = 1
SETTLED_S = 24 * 3600  # from draw to draw: devices have done what they had to, and a new day's operations are free
TRAVEL_S = 8
FloatArray = npt.NDArray[np.float64]
_KIND = {
    StepQuantity.SWITCH_STATE: Kind.SWITCH,
    StepQuantity.TAP_POSITION: Kind.TAP,
    StepQuantity.ACTIVE_POWER: Kind.SETPOINT,
    StepQuantity.REACTIVE_POWER: Kind.REACTIVE,
}


class NotCommandable(Exception):
    """The field has no device that takes the order, or its device refuses."""


class Table:
    def __init__(self, room: Room, begun: datetime, by: User) -> None:
        self.room, self.now, self.moment, self.by = room, begun, begun, by
        world, case = room.field.world, room.field.case
        self.world, self.case = world, case
        room.field.devices.stuck.clear()
        room.field.devices.locked.clear()
        self._scenario = room.field.scenario
        self._closed, self._taps = world.switch_closed.copy(), world.tap_position.copy()
        self._target, self._automatic = world.regulators.target_pu.copy(), world.regulators.is_automatic.copy()
        elements = [*case.loads, *case.generators, *case.storages]
        self.switch = {switch.mrid: n for n, switch in enumerate(case.switches)}
        self.unit = {unit.mrid: n for n, unit in enumerate(case.transformers)}
        self.injection = {element.mrid: n for n, element in enumerate(elements)}
        self.feeders = sorted(str(mrid) for mrid in Feeder.objects.values_list("mrid", flat=True))
        at = {node.mrid: n for n, node in enumerate(case.nodes)}
        rows = ConnectivityNode.objects.exclude(feeder=None).values_list("mrid", "feeder__mrid")
        self._nodes_of = {feeder: [at[str(n)] for n, own in rows if str(own) == feeder] for feeder in self.feeders}
        self.loads = {feeder: self._on(EnergyConsumer, feeder) for feeder in self.feeders}
        self.plants = {feeder: self._on(GeneratingUnit, feeder) for feeder in self.feeders}

    def spare(self, feeder: str) -> bool:
        """Its lines and voltages are some way from their limits yet."""
        nodes = self._nodes_of[feeder]
        lines = self.world.truth.network.lines
        own = np.isin(lines.to_node[: len(self.case.lines)], nodes)
        return bool(self.line_loading()[own].max(initial=0.0) < 0.85 and self.low()[nodes].max(initial=0.0) < 0.85)

    def _on(self, model: type[EnergyConsumer] | type[GeneratingUnit], feeder: str) -> list[int]:
        rows = model.objects.filter(node__feeder__mrid=UUID(feeder)).values_list("mrid", flat=True)
        return [self.injection[str(mrid)] for mrid in rows]

    def reset(self, moment: datetime) -> None:
        """Everything as it was, at a moment of the year's profiles; no order is under way any more."""
        world, plants = self.world, self.world.plants
        self.pass_time(SETTLED_S)
        for index in np.flatnonzero(world.switch_closed != self._closed).tolist():
            world.move_switch(index, bool(self._closed[index]), to_us(self.now))
        world.tap_position = self._taps.copy()
        world.regulators.target_pu, world.regulators.is_automatic = self._target.copy(), self._automatic.copy()
        plants.setpoint_kw[:] = np.nan
        plants.setpoint_kvar[:] = np.nan
        plants.stored_kwh = plants.stored_kwh * 0 + 0.5 * world.truth.capacity_kwh
        self.room.field.scenario = self._scenario
        Tag.objects.standing().update(removed_at=self.now, removed_by=self.by, removal_reason="end of the draw")
        self.moment = moment
        self.pass_time(60)
        self.pass_time(300)

    def pass_time(self, seconds: float, *, scan: bool = False) -> None:
        """In the field; seen by the control room only with a scan."""
        self.now += timedelta(seconds=seconds)
        self.moment += timedelta(seconds=seconds)
        if scan:
            self.room.step(self.now, profile_time=self.moment)
        else:
            self.room.field.step(self.now, self.moment)

    def scan(self, count: int = 3, every_s: float = 2) -> None:
        for _ in range(count):
            self.pass_time(every_s, scan=True)

    def draw_power(self, scale: FloatArray) -> None:
        """Per injection, times what it has by itself, whatever was before."""
        before = self._scenario.weather.power_scale
        weather = replace(self._scenario.weather, power_scale=lambda at: scale * before(at))
        self.room.field.scenario = replace(self._scenario, weather=weather)

    def scaled(self, injections: list[int], factor: float) -> FloatArray:
        found = np.ones(self.world.truth.n_injections)
        found[injections] = factor
        return found

    def ramp(self, apply: Callable[[float], None], beyond: Callable[[], float], wanted: float) -> bool:
        """More and more, until the truth is as far beyond a limit as is wanted; regulators have their time to act."""
        for factor in np.geomspace(1.0, 40.0, 60).tolist():
            apply(factor)
            self.pass_time(60)
            if beyond() >= wanted:
                self.pass_time(120)
                return beyond() > 1.02
        return False

    def hold(self, switch: int) -> None:
        """As a crew is at work there."""
        mrid = UUID(self.case.switches[switch].mrid)
        place_tag(equipment_mrid=mrid, kind=TagKind.HOLD, reason="A line is out", by=self.by, as_of=self.now)

    # The truth, as multiples of the limit: 1 is just at it. Of voltages, how far from nominal by what is allowed.

    def line_loading(self) -> FloatArray:
        return np.nan_to_num(self._grid.line_loading[: len(self.case.lines)])

    def unit_loading(self) -> FloatArray:
        return np.nan_to_num(self._grid.transformer_loading)

    def low(self) -> FloatArray:
        return np.nan_to_num((1 - self._voltage) / (1 - np.array([node.low_pu for node in self.case.nodes])))

    def high(self) -> FloatArray:
        return np.nan_to_num((self._voltage - 1) / (np.array([node.high_pu for node in self.case.nodes]) - 1))

    def everything(self) -> FloatArray:
        return np.concatenate([self.line_loading(), self.unit_loading(), self.low(), self.high()])

    @property
    def _voltage(self) -> FloatArray:
        """Of places that people look at: what lies within equipment has no limit of its own."""
        return np.asarray(self._grid.voltage_pu[: len(self.case.nodes)])

    @property
    def _grid(self):  # type: ignore[no-untyped-def]
        state = self.room.field.state
        assert state is not None
        return state.grid

    def of(self, trouble: Trouble) -> float:
        """The worst of the trouble's own elements, in the truth."""
        wanted, breach = set(trouble.elements), Breach(trouble.breach)
        if breach == Breach.OVERLOAD:
            lines = [
                load for load, line in zip(self.line_loading(), self.case.lines, strict=True) if line.mrid in wanted
            ]
            units = [
                load
                for load, unit in zip(self.unit_loading(), self.case.transformers, strict=True)
                if unit.mrid in wanted
            ]
            return float(max([*lines, *units], default=0.0))
        values = self.low() if breach == Breach.VOLTAGE_LOW else self.high()
        return float(max(value for value, node in zip(values, self.case.nodes, strict=True) if node.mrid in wanted))

    def carry_out(self, proposal: Proposal) -> None:
        """Order for order, by the devices' own door. Raises NotCommandable."""
        for step in steps_of(proposal):
            self._order(step)
        self.pass_time(TRAVEL_S)

    def _order(self, step: Step) -> None:
        kind = _KIND[step.quantity]
        place = {Kind.SWITCH: self.switch, Kind.TAP: self.unit}.get(kind, self.injection)
        found = [
            one
            for one in self.room.field.devices.controllables
            if (one.kind, one.index) == (kind, place[step.device_mrid])
        ]
        if not found:
            raise NotCommandable(f"{step.device_name} takes no such order.")
        for value in _values(step, int(self.world.tap_position[found[0].index]) if kind == Kind.TAP else 0):
            said = self.room.field.devices.execute(found[0].common_address, found[0].ioa, value, to_us(self.now))
            if said:
                raise NotCommandable(f"{step.words}: {said}.")
            self.pass_time(TRAVEL_S)


def _values(step: Step, tap: int) -> list[float]:
    if step.quantity == StepQuantity.SWITCH_STATE:
        return [DOUBLE_ON if step.to else DOUBLE_OFF]
    if step.quantity == StepQuantity.TAP_POSITION:
        return [STEP_HIGHER if step.to > tap else STEP_LOWER] * round(abs(step.to - tap))
    return [step.to]
