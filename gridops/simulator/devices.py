"""The devices behind the commands: they refuse, take their time, and now and then fail to move."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np

from gridops.cases.case import NetworkCase, SwitchKind
from gridops.protocols.iec104.types import TypeId
from gridops.simulator.chance import Chance
from gridops.simulator.points import Column, PointTable
from gridops.simulator.world import SECOND_US, World

DOUBLE_OFF, DOUBLE_ON = 1, 2
STEP_HIGHER = 2
BREAKER_TRAVEL_S = (0.2, 0.5)
MOTOR_TRAVEL_S = (0.6, 2.0)
TAP_TRAVEL_S = (3.0, 6.0)
MANUAL_HOLD_S = 600.0  # after a step by hand the automatic control stays off
STUCK_SHARE = 0.003  # switches that accept a command and do not move
LOCKED_SHARE = 0.002  # switches locked on site, for work
HAND_OPERATED = (SwitchKind.DISCONNECTOR, SwitchKind.FUSE)
# A plant's set-point stands at the address of its active power; this much higher, a single command 0 releases it.
RELEASE_OFFSET = 1_000_000


class Kind(StrEnum):
    SWITCH = "switch"
    TAP = "tap"
    SETPOINT = "setpoint"
    RELEASE = "release"
    REACTIVE = "reactive"
    RELEASE_REACTIVE = "release reactive"
    TARGET = "target"


TYPE_OF_KIND = {
    Kind.SWITCH: TypeId.C_DC_NA,
    Kind.TAP: TypeId.C_RC_NA,
    Kind.SETPOINT: TypeId.C_SE_NC,
    Kind.RELEASE: TypeId.C_SC_NA,
    Kind.REACTIVE: TypeId.C_SE_NC,
    Kind.RELEASE_REACTIVE: TypeId.C_SC_NA,
    Kind.TARGET: TypeId.C_SE_NC,
}


@dataclass(frozen=True, slots=True)
class Controllable:
    common_address: int
    ioa: int
    kind: Kind
    index: int  # switch, transformer or injection


def controllables(case: NetworkCase, table: PointTable) -> list[Controllable]:
    """Objects that take commands; each stands at the address of the point that tells its state."""
    found = []
    for position, point in enumerate(table.points):
        address, ioa = int(table.common_address[position]), int(table.ioa[position])
        if point.column is Column.SWITCH_STATE and case.switches[point.index].kind not in HAND_OPERATED:
            found.append(Controllable(address, ioa, Kind.SWITCH, point.index))
        elif point.column is Column.TAP_POSITION:
            found.append(Controllable(address, ioa, Kind.TAP, point.index))
        elif point.column is Column.TRANSFORMER_TARGET:
            found.append(Controllable(address, ioa, Kind.TARGET, point.index))
        elif point.column is Column.ELEMENT_P:
            found.append(Controllable(address, ioa, Kind.SETPOINT, point.index))
            found.append(Controllable(address, ioa + RELEASE_OFFSET, Kind.RELEASE, point.index))
        elif point.column is Column.ELEMENT_Q:
            found.append(Controllable(address, ioa, Kind.REACTIVE, point.index))
            found.append(Controllable(address, ioa + RELEASE_OFFSET, Kind.RELEASE_REACTIVE, point.index))
    return found


class Devices:
    def __init__(
        self, world: World, table: PointTable, generator: np.random.Generator, travels: Chance | None = None
    ) -> None:
        self._world = world
        self._travels = travels or Chance(generator)
        self.controllables = controllables(world.case, table)
        self._by_address = {(unit.common_address, unit.ioa): unit for unit in self.controllables}
        draw = generator.random(len(world.case.switches))
        tended = world.microgrids.couplings  # tried at every test of a transition
        self.stuck = set(np.flatnonzero(draw < STUCK_SHARE).tolist()) - tended
        self.locked = set(np.flatnonzero(draw > 1 - LOCKED_SHARE).tolist()) - tended
        self._acts: dict[Kind, Callable[[int, float, int], str]] = {
            Kind.SWITCH: self._operate,
            Kind.TAP: self._step,
            Kind.SETPOINT: self._set,
            Kind.RELEASE: self._release,
            Kind.REACTIVE: self._set_reactive,
            Kind.RELEASE_REACTIVE: self._release_reactive,
            Kind.TARGET: self._set_target,
        }

    def execute(self, common_address: int, ioa: int, value: float, at_us: int) -> str:
        """Start what was commanded; a text says why it was refused, an empty one that it was accepted."""
        unit = self._by_address.get((common_address, ioa))
        if unit is None:
            return "no such device"
        return self._acts[unit.kind](unit.index, value, at_us)

    def _operate(self, index: int, value: float, at_us: int) -> str:
        world, closed = self._world, value == DOUBLE_ON
        if index in self.locked:
            return "the switch is locked on site"
        if world.switch_travelling[index]:
            return "the switch is moving"
        if bool(world.switch_closed[index]) == closed:
            return "the switch stands there already"
        if refusal := world.microgrids.refusal(index, closed):
            return f"synchrocheck: {refusal}"
        is_breaker = world.truth.interrupts[index]
        travel = self._travels.of(index, at_us).uniform(*(BREAKER_TRAVEL_S if is_breaker else MOTOR_TRAVEL_S))
        world.start_travel(index, at_us)
        world.later(at_us + int(travel * SECOND_US), partial(self._arrive, index, closed))
        return ""

    def _arrive(self, index: int, closed: bool, at_us: int) -> None:
        world = self._world
        if not world.switch_travelling[index]:
            return  # its protection was faster
        if index in self.stuck or world.microgrids.refusal(index, closed):
            world.move_switch(index, not closed, at_us)
            world.report(at_us, f"{world.switch_name(index)} failed to {'close' if closed else 'open'}")
            return
        world.move_switch(index, closed, at_us)
        world.report(at_us, f"{world.switch_name(index)} {'closed' if closed else 'opened'} by command")

    def _step(self, index: int, value: float, at_us: int) -> str:
        world = self._world
        limits = world.truth.network.transformers
        position = int(world.tap_position[index]) + (1 if value == STEP_HIGHER else -1)
        if not limits.tap_min[index] <= position <= limits.tap_max[index]:
            return "the tap changer is at its end"
        travel = self._travels.of(index, at_us).uniform(*TAP_TRAVEL_S)
        world.regulators.is_automatic[index] = False
        world.later(at_us + int(travel * SECOND_US), partial(self._tapped, index, position))
        world.later(at_us + int(MANUAL_HOLD_S * SECOND_US), partial(self._automatic, index))
        return ""

    def _tapped(self, index: int, position: int, at_us: int) -> None:
        world = self._world
        world.tap_position = world.tap_position.copy()
        world.tap_position[index] = position
        world.report(at_us, f"tap changer of {world.case.transformers[index].name} at {position} by command")

    def _automatic(self, index: int, _at_us: int) -> None:
        self._world.regulators.is_automatic[index] = True

    def _set_target(self, index: int, value: float, at_us: int) -> str:
        """In pu; the controller goes there in steps of its own, and back into automatic where it was in manual."""
        regulators = self._world.regulators
        if refusal := regulators.refusal(index, value):
            return refusal
        regulators.target_pu[index] = value
        regulators.is_automatic[index] = True
        self._world.report(
            at_us, f"voltage set-point {value:.4f} pu taken by {self._world.case.transformers[index].name}"
        )
        return ""

    def _set(self, index: int, value: float, at_us: int) -> str:
        """Set-points have the sign of the measured value: negative into the network."""
        plants = self._world.plants
        refusal = plants.refusal(index, -value)
        if not refusal:
            plants.setpoint_kw[index] = -value
            self._world.report(at_us, f"set-point {value:.0f} kW taken by {self._world.element_name(index)}")
        return refusal

    def _release(self, index: int, value: float, at_us: int) -> str:
        if value != 0:
            return "only 0 releases a set-point"
        self._world.plants.setpoint_kw[index] = np.nan
        self._world.report(at_us, f"set-point of {self._world.element_name(index)} released")
        return ""

    def _set_reactive(self, index: int, value: float, at_us: int) -> str:
        plants = self._world.plants
        refusal = plants.reactive_refusal(index, -value)
        if not refusal:
            plants.setpoint_kvar[index] = -value
            self._world.report(at_us, f"set-point {value:.0f} kvar taken by {self._world.element_name(index)}")
        return refusal

    def _release_reactive(self, index: int, value: float, at_us: int) -> str:
        if value != 0:
            return "only 0 releases a set-point"
        self._world.plants.setpoint_kvar[index] = np.nan
        self._world.report(at_us, f"reactive set-point of {self._world.element_name(index)} released")
        return ""
