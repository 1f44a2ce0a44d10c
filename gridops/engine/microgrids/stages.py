"""Words of the sequence: stages, commands, what is seen of a microgrid, and what the sequence aims at.

Powers are kW, positive into the island; loads are positive as drawn. None is not known. The stages are those of
IEEE 2030.7-2017 (planned and unplanned islanding, reconnection, black start).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from gridops.engine.microgrids.windows import DEAD_PU, EnterService, SyncWindow, service_objection, sync_objection


class Kind(StrEnum):
    ISLAND = "island"
    UNPLANNED = "unplanned-island"
    RECONNECT = "reconnect"
    BLACK_START = "black-start"


class Stage(StrEnum):
    CONNECTED = "connected"
    BALANCING = "balancing"
    OPENING = "opening"
    FORMING = "forming"
    SHEDDING = "shedding"
    ISLANDED = "islanded"
    WAITING = "waiting"
    SYNCHRONISING = "synchronising"
    CLOSING = "closing"
    RECONNECTING = "reconnecting"
    ISOLATING = "isolating"
    CLEARING = "clearing"
    STARTING = "starting"
    GENERATING = "generating"
    PICKING_UP = "picking-up"
    BLACK = "black"


class Mode(IntEnum):
    """Of the field's controller."""

    OFF = 0
    CONNECTED = 1
    ISLANDED = 2
    SYNCHRONISING = 3


class Act(StrEnum):
    BATTERY = "battery"
    GENERATOR = "generator"
    SHED = "shed"
    MODE = "mode"
    OPEN = "open"
    CLOSE = "close"


class Outcome(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Command:
    """unit: which of the generators; value: kW, a mode, or a group."""

    act: Act
    unit: int = 0
    value: float = 0.0

    @property
    def key(self) -> tuple[Act, int]:
        return self.act, self.unit


@dataclass(frozen=True, slots=True)
class Given:
    """What became of one command in this visit of the stage. tries: how many failed one after the other, or 1."""

    outcome: Outcome
    value: float
    tries: int
    ended_for_s: float = 0.0


Commands = Mapping[tuple[Act, int], Given]


@dataclass(frozen=True, slots=True)
class View:
    coupling_closed: bool | None = None
    mode: int | None = None
    frequency_hz: float | None = None
    voltage_pu: float | None = None
    grid_voltage_pu: float | None = None
    grid_frequency_hz: float | None = None
    slip_hz: float | None = None
    voltage_difference_pu: float | None = None
    angle_deg: float | None = None
    exchange_kw: float | None = None  # from the grid
    battery_kw: float | None = None
    generator_kw: tuple[float | None, ...] = ()
    generator_running: tuple[bool | None, ...] = ()
    shed_group: int | None = None

    @property
    def knows_grid(self) -> bool:
        return self.grid_voltage_pu is not None and self.grid_frequency_hz is not None

    @property
    def is_dead(self) -> bool:
        """Known to have no voltage."""
        return self.voltage_pu is not None and self.voltage_pu < DEAD_PU


@dataclass(frozen=True, slots=True)
class Aim:
    """What was planned when it began. generator_kw: set-points in the island, 0: not needed."""

    battery_low_kw: float
    battery_high_kw: float
    generator_kw: tuple[float, ...]
    shed_group: int
    enter: EnterService
    window: SyncWindow
    island_low_hz: float
    island_high_hz: float
    balanced_kw: float

    def grid_objection(self, view: View) -> str:
        return service_objection(view.grid_voltage_pu, view.grid_frequency_hz, self.enter)

    def sync_objection(self, view: View) -> str:
        """Onto a dead part there is nothing to be synchronised with."""
        if view.is_dead:
            return ""
        return sync_objection(view.slip_hz, view.voltage_difference_pu, view.angle_deg, self.window)

    def island_objection(self, view: View, *, low_pu: float = 0.85, high_pu: float = 1.15) -> str:
        if view.frequency_hz is None or view.voltage_pu is None:
            return "the island's voltage or frequency is not known"
        if not low_pu <= view.voltage_pu <= high_pu:
            return f"the island has {view.voltage_pu:.2f} pu"
        if not self.island_low_hz <= view.frequency_hz <= self.island_high_hz:
            return f"the island has {view.frequency_hz:.2f} Hz"
        return ""


# What the sequence wants next.
@dataclass(frozen=True, slots=True)
class Give:
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    reason: str


@dataclass(frozen=True, slots=True)
class Enter:
    """way_back: why the plain way was left; empty: it was not."""

    stage: Stage
    reason: str
    way_back: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """At rest: with the grid or alone."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """At rest nowhere: a person is needed."""

    reason: str


Next = Give | Wait | Enter | Done | Failed


WORDS = {
    Stage.CONNECTED: "Standing with the grid",
    Stage.BALANCING: "Balancing",
    Stage.OPENING: "Opening the coupling",
    Stage.FORMING: "Forming the island's grid",
    Stage.SHEDDING: "Shedding",
    Stage.ISLANDED: "Standing alone",
    Stage.WAITING: "Waiting for the grid to settle",
    Stage.SYNCHRONISING: "Synchronising",
    Stage.CLOSING: "Closing the coupling",
    Stage.RECONNECTING: "Going back to the grid",
    Stage.ISOLATING: "Parting from the grid",
    Stage.CLEARING: "Cutting what is not critical",
    Stage.STARTING: "Starting the forming device",
    Stage.GENERATING: "Starting generators",
    Stage.PICKING_UP: "Picking up loads",
}
ACTS = {
    Act.BATTERY: "set the battery",
    Act.GENERATOR: "set a generator",
    Act.SHED: "cut or pick up load groups",
    Act.MODE: "set the controller's mode",
    Act.OPEN: "open the coupling",
    Act.CLOSE: "close the coupling",
}
