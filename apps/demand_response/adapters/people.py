"""What the planning of events knows of equipment and of customers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Certainty:
    """Shares of the rated kW; `share` is P10, P50, P90."""

    share: tuple[float, float, float]
    rebound_share: float  # of the energy left out
    rebound_hours: float
    events: int
    source: str


@dataclass(frozen=True, slots=True)
class Member:
    enrolment_id: int
    customer_id: int
    ven_id: int
    kind: str  # of the equipment that gives most
    kw: tuple[float, float, float]  # P10, P50, P90
    rated_kw: float
    consumer: UUID
    feeder: UUID | None
    asked_before: int  # events that count in this month
    last_asked: datetime | None
    left_out: str  # empty: may be asked
