"""The seam between a protocol and the store: what a driver hands over, and what it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from apps.telemetry.choices import ControlForm, ControlKind, LinkState, RequestState

NO_TIME = -1


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """What the field said, one row each, in any order; arrays of equal length.

    `slot`: of the point, as the configuration names it. `value`: as the wire says it, not scaled; a switch 0 open,
    1 closed, 2 intermediate, 3 unknown. `quality`: bits of GridOps. `at_us`: the source's UTC microseconds, or -1 if it
    tells none. `is_backfill`: the source says that this is history; old time stamps are recognised anyway.
    """

    slot: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.int64]
    at_us: npt.NDArray[np.int64]
    is_backfill: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.slot)

    def part(self, rows: slice) -> "Values":
        return Values(self.slot[rows], self.value[rows], self.quality[rows], self.at_us[rows], self.is_backfill[rows])

    @classmethod
    def of(
        cls,
        slot: npt.ArrayLike,
        value: npt.ArrayLike,
        *,
        quality: npt.ArrayLike = 0,
        at_us: npt.ArrayLike = NO_TIME,
        is_backfill: npt.ArrayLike = False,
    ) -> "Values":
        """Scalars count for all rows."""
        slots = np.atleast_1d(np.asarray(slot, np.int64))
        return cls(
            slots,
            np.broadcast_to(np.asarray(value, np.float64), slots.shape),
            np.broadcast_to(np.asarray(quality, np.int64), slots.shape),
            np.broadcast_to(np.asarray(at_us, np.int64), slots.shape),
            np.broadcast_to(np.asarray(is_backfill, np.bool_), slots.shape),
        )


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """How one link does. Counts run from the start of the driver; times are Unix seconds."""

    name: str  # of the host, device or node; empty only if there is no more than one link
    state: LinkState
    is_active: bool = True  # it carries data: a link in standby is up and does not
    reason: str = ""
    since_s: float | None = None
    heard_at_s: float | None = None
    frames_in: int = 0
    frames_out: int = 0
    values_in: int = 0
    refused: int = 0
    last_refusal: str = ""
    round_trip_ms: float | None = None
    switchovers: int = 0


@dataclass(frozen=True, slots=True)
class FieldCommand:
    """One command; `value` is what the wire says, in the scale of the address: a position 0 or 1, a step -1 or 1."""

    address: str
    kind: ControlKind
    form: ControlForm
    value: float
    is_selected_first: bool


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What is known of a command, and why."""

    state: RequestState
    reason: str


NO_COMMANDS = FieldAnswer(RequestState.NOT_SENT, "This link cannot be controlled.")


class Intake(Protocol):
    """What a driver is given."""

    async def take(self, values: Values, *, is_pressed: bool = False) -> None:
        """Store them. Only after this has returned, which is after the commit, may the field be told that they arrived.

        If it raises, nothing was stored: the driver acknowledges nothing and, where the protocol can, lets it be sent
        again. It may wait for a moment to gather small batches; call it with as much as there is. It does not wait if
        it `is_pressed`: then the field sends no more before it hears that this has arrived.
        """

    async def link(self, state: LinkState, reason: str) -> None:
        """The gateway as a whole is up or down; never raises. Its single links tell by their figures."""

    def refuse(self, reason: str, count: int = 1) -> None:
        """Something could not be used: an unknown address, a payload that is none. Counted and told on the page."""


class Driver(Protocol):
    """One protocol on one gateway. It is made anew when addresses or settings change."""

    async def run(self) -> None:
        """Until cancelled; connects again by itself after every loss."""

    async def command(self, command: FieldCommand) -> FieldAnswer:
        """Send it once. NOT_SENT only if nothing can have left; what was not answered is UNKNOWN."""

    def figures(self) -> Sequence[LinkFigures]:
        """Of every single link, now."""
