"""What restoration is given and what it answers.

Signs as in `gridops.engine.quantities`: injections into the network are positive. Times count from the moment at which
the plan begins; one switch is operated after the other. A plan minimises the objective

    sum over customers of weight times minutes without supply until the end of the repair
    + OPERATION_MINUTES for every operation of a switch.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network

OPERATION_MINUTES = 0.1  # an operation is worth six seconds of one customer: it decides between equals only
MINUTES_PER_HOUR = 60.0


class Role(StrEnum):
    ISOLATE = "isolate"  # opens towards the fault, or parts what is fed by different ways
    UPSTREAM = "upstream"  # closes what protection opened, for what lies before the fault
    DOWNSTREAM = "downstream"  # closes a tie, for what lies behind it
    RELIEVE = "relieve"  # moves load between two live feeders, so that one can take on more
    ISLAND = "island"  # a battery or microgrid begins to feed a section of its own


class Method(StrEnum):
    FAST = "fast"
    EXACT = "exact"


def _none() -> FloatArray:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class IslandSources:
    """Grid-forming batteries and microgrids that may feed a section alone. One entry each."""

    node: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))
    power_kw: FloatArray = field(default_factory=_none)  # most it can give, and as much apparent power in kVA
    energy_kwh: FloatArray = field(default_factory=_none)  # that it can give until the repair is over
    seconds: FloatArray = field(default_factory=_none)  # until it feeds

    def __len__(self) -> int:
        return len(self.node)


@dataclass(frozen=True, slots=True)
class FaultedGrid:
    """A network after its protection has acted, and the hours until the repair is over."""

    network: Network
    switch_closed: BoolArray  # per switch, as protection left it
    tap_position: IntArray  # per transformer
    source_voltage_pu: FloatArray  # per source
    faulted_lines: IntArray  # neither end of them may be energised
    faulted_nodes: IntArray  # may not be energised
    can_operate: BoolArray  # per switch
    seconds: FloatArray  # per switch, one operation: about 5 by remote control, 1800 by hand
    p_kw: FloatArray  # (hours, injections), cold-load factors included
    q_kvar: FloatArray
    customers: IntArray  # per injection
    weight: FloatArray  # per injection, of one customer's minute
    rest_hours: FloatArray  # (hours,) length of each until the repair is over; of none: what a plan has to bear as well
    low_pu: FloatArray  # per node
    high_pu: FloatArray
    most_loading: float = 1.0  # of every line and transformer, as a fraction of the rating
    islands: IslandSources = field(default_factory=IslandSources)
    closed_before: BoolArray | None = None  # before the fault: a breach that stood then is not the plan's
    hand_from_s: float = 600.0  # a switch that takes so long is operated by hand

    def __post_init__(self) -> None:
        hours, injections = len(self.rest_hours), len(self.network.injection_node)
        if self.p_kw.shape != (hours, injections) or self.q_kvar.shape != (hours, injections):
            raise ValueError(
                f"Powers of shape {self.p_kw.shape} and {self.q_kvar.shape} given for {hours} hours and "
                f"{injections} injections."
            )
        switches = len(self.network.switches.from_node)
        if not len(self.switch_closed) == len(self.can_operate) == len(self.seconds) == switches:
            raise ValueError(f"The arrays of switches have not {switches} entries.")
        if not hours:
            raise ValueError("The repair has no hour: give at least one.")

    @property
    def repair_minutes(self) -> float:
        return float(self.rest_hours.sum()) * MINUTES_PER_HOUR

    @property
    def by_hand(self) -> BoolArray:
        return np.asarray(self.seconds >= self.hand_from_s, np.bool_)

    def remote_only(self) -> "FaultedGrid":
        """The same, with nobody sent to a switch."""
        return replace(self, can_operate=self.can_operate & ~self.by_hand)

    def without_islands(self) -> "FaultedGrid":
        return replace(self, islands=IslandSources())


@dataclass(frozen=True, slots=True)
class SwitchStep:
    """One operation. A switch numbered beyond those of the network is an island source: `island` is its place."""

    switch: int
    close: bool
    role: Role
    island: int = -1


@dataclass(frozen=True, slots=True)
class StepCheck:
    """The full power flow after a step, or of an hour of the end state. nan where nothing is known."""

    after_s: float  # since the plan began
    hour: int  # of the powers
    lowest_pu: float
    highest_pu: float
    most_loading: float
    violations: int  # limits broken that were kept before, or broken further
    is_radial: bool  # nothing that was dead is fed by two ways; a ring closed for the moment does not count
    restored_customers: int  # in all so far
    reason: str = ""  # why there is no solution


@dataclass(frozen=True, slots=True)
class Restoration:
    """A plan. `bound` and `gap` are nan where nothing is proved: no plan has an objective below the bound."""

    steps: tuple[SwitchStep, ...]
    restored_kw: float  # consumption that the plan gives back, in the first hour
    without_kw: float  # that stays without supply
    customers_restored: int
    customers_without: int  # until the repair is over
    customer_minutes: float  # without weights
    objective: float  # weighted minutes and operations
    operations: int
    bound: float
    gap: float  # (objective - bound) / objective
    method: Method
    switch_closed: BoolArray  # after the last step, those of the network
    checks: tuple[StepCheck, ...]  # one a step
    hours: tuple[StepCheck, ...]  # the end state in every hour
    switching_s: float  # length of all steps
    alternatives: tuple["Restoration", ...] = ()
    title: str = ""  # what an alternative does otherwise
    reason: str = ""  # why customers stay without supply, or why there is no plan; empty if all are restored

    @property
    def is_sound(self) -> bool:
        """No step and no hour breaks a limit."""
        return not any(check.violations or check.reason for check in (*self.checks, *self.hours))
