"""How a microgrid stands: what its controller knows and could tell. Powers in kW, positive into the part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from gridops.simulator.microgrids.genset import NOMINAL_HZ, Genset
from gridops.simulator.microgrids.swing import Swing
from gridops.simulator.microgrids.windows import SyncWindow

GROUPS = 2  # of loads that can be cut: 1 has those of priority 3, 2 those of priority 2 as well
SPARE = 0.95  # of what the battery can give, it takes over at most by itself
LEAST_SHARE = 0.02  # a battery that can give less than this part of its rating forms nothing
VOLTAGE_PU = 1.0


class Mode(IntEnum):
    OFF = 0
    CONNECTED = 1
    ISLANDED = 2
    SYNCHRONISING = 3


@dataclass(frozen=True, slots=True)
class Around:
    """What there is at a step. Loads by priority 1, 2, 3 as they would draw if none were cut."""

    load_kw: tuple[float, float, float]
    plants_kw: float  # of sun and wind, uncurtailed
    limits_kw: tuple[float, float]  # what the forming battery may take and give now
    battery_kw: float = 0.0  # what it gives by its plan beside the grid
    soc: float = 1.0
    losses_kw: float = 0.0
    grid_live: bool = True
    grid_hz: float = NOMINAL_HZ
    grid_voltage_pu: float = VOLTAGE_PU
    inner_voltage_pu: float | None = None  # at the coupling, inside; by the set-point where nobody worked it out


def silent(_text: str) -> None:
    pass


class Standing:
    """`closed` is the coupling breaker; `is_live` means that the part stands alone and has voltage."""

    def __init__(
        self,
        *,
        rated_kw: float,
        gensets: Sequence[Genset],
        window: SyncWindow,
        say: Callable[[str], None] = silent,
    ) -> None:
        self.gensets, self.window = list(gensets), window
        self.swing = Swing(rated_kw)
        self.mode, self.closed, self.is_live = Mode.CONNECTED, True, False
        self.angle_deg = 0.0
        self.set_voltage_pu = VOLTAGE_PU
        self.around = Around((0.0, 0.0, 0.0), 0.0, (-rated_kw, rated_kw))
        self._say = say
        self._wanted_shed = self._own_shed = 0
        self._shed_left_s = self._out_s = 0.0
        self._started: set[str] = set()  # generators that it started by itself

    @property
    def shed(self) -> int:
        return max(self._wanted_shed, self._own_shed)

    @property
    def has_voltage(self) -> bool:
        return self.is_live or (self.closed and self.around.grid_live)

    @property
    def hz(self) -> float:
        """Of the part; 0 where it is dead."""
        if self.is_live:
            return self.swing.hz
        return self.around.grid_hz if self.has_voltage else 0.0

    @property
    def voltage_pu(self) -> float:
        """Inside, at the coupling."""
        if not self.has_voltage:
            return 0.0
        if not self.is_live:
            return self.around.grid_voltage_pu
        inner = self.around.inner_voltage_pu
        return self.set_voltage_pu if inner is None else inner

    @property
    def grid_voltage_pu(self) -> float:
        return self.around.grid_voltage_pu if self.around.grid_live else 0.0

    @property
    def grid_hz(self) -> float:
        return self.around.grid_hz if self.around.grid_live else 0.0

    @property
    def slip_hz(self) -> float:
        """Inside less outside; 0 unless both sides live."""
        return self.swing.hz - self.around.grid_hz if self.is_live and self.around.grid_live else 0.0

    @property
    def angle_told_deg(self) -> float:
        """Inside before outside; 0 unless both sides live."""
        return self.angle_deg if self.is_live and self.around.grid_live else 0.0

    @property
    def voltage_difference_pu(self) -> float:
        return self.voltage_pu - self.grid_voltage_pu

    @property
    def battery_kw(self) -> float:
        if self.is_live:
            return self.swing.battery_kw
        return self.around.battery_kw if self.has_voltage else 0.0

    @property
    def load_kw(self) -> float:
        """What is drawn now by the loads that are not cut."""
        if not self.has_voltage:
            return 0.0
        return self.kept_kw(self.shed) * (self.swing.load_factor if self.is_live else 1.0)

    @property
    def plants_kw(self) -> float:
        if not self.has_voltage:
            return 0.0
        return self.around.plants_kw * (self.swing.plant_share if self.is_live else 1.0)

    @property
    def generators_kw(self) -> float:
        return sum(one.p_kw for one in self.gensets)

    @property
    def exchange_kw(self) -> float:
        """At the coupling, positive from the grid into the part."""
        if not self.closed or not self.around.grid_live:
            return 0.0
        return self.load_kw + self.around.losses_kw - self.plants_kw - self.generators_kw - self.battery_kw

    def groups_to_cut(self) -> int | None:
        """The fewest, so that the battery carries the rest with what runs already; None: it never does."""
        high = self.around.limits_kw[1]
        if high < LEAST_SHARE * self.swing.rated_kw:
            return None
        given = self.generators_kw + self.around.plants_kw + SPARE * high
        able = (n for n in range(GROUPS + 1) if self.kept_kw(n) + self.around.losses_kw <= given)
        return next(able, None)

    def kept_kw(self, shed: int) -> float:
        return sum(self.around.load_kw[: len(self.around.load_kw) - shed])
