"""What a meter may be suspected of, and what for."""

from dataclasses import dataclass
from enum import StrEnum

from gridops.engine.efficiency.suspects_readings import Calendar
from gridops.engine.network.model import FloatArray


class SuspectKind(StrEnum):
    BYPASS = "bypass"
    BYPASS_AT_NIGHT = "bypass-at-night"
    BYPASS_IN_SEASON = "bypass-in-season"
    CONSTANT = "constant"
    UNKNOWN = "unknown"
    STOPPED = "stopped"
    STUCK = "stuck"
    FAST = "fast"
    SLOW = "slow"
    CLOCK = "clock"


FAULTS = frozenset({SuspectKind.STOPPED, SuspectKind.STUCK, SuspectKind.FAST, SuspectKind.SLOW, SuspectKind.CLOCK})


@dataclass(frozen=True, slots=True)
class Evidence:
    sign: str  # what was looked at
    weight: float  # natural logarithm of the factor on the odds
    text: str


@dataclass(frozen=True, slots=True)
class Suspect:
    meter: int
    kind: SuspectKind
    probability: float  # that something is wrong behind or in this meter
    kwh: float  # lacking over the span, as far as it can be told; negative: shown too much
    since_day: int | None
    evidence: tuple[Evidence, ...]

    @property
    def is_fault(self) -> bool:
        return self.kind in FAULTS


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the network with a balance; hours x meters."""

    kwh: FloatArray  # nan where missing
    fed_kwh: FloatArray  # hours; nan where missing
    technical_kwh: FloatArray  # hours
    calendar: Calendar
    gap_pu: FloatArray | None = None  # measured less modelled voltage
    modelled_pu: FloatArray | None = None
    sag_pu_per_kw: FloatArray | None = None  # meters x meters
