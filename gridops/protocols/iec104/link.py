"""State of one IEC 104 connection, without I/O: sequence numbers, window, timers, start, stop and test.

Time is given by the caller as seconds of any steady clock. What is received is acknowledged only after `release`,
which the caller makes when it has stored it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from gridops.protocols.iec104.apci import MODULUS, Frame, Function, IFrame, SFrame, UFrame, encode_i, encode_s, encode_u
from gridops.protocols.iec104.errors import LinkError
from gridops.protocols.iec104.runs import Run, sequences

_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Parameters of the standard. k, w: I-frames; t0..t3: seconds (connect, answer, acknowledge, idle test)."""

    k: int = 12
    w: int = 8
    t0: float = 30.0
    t1: float = 15.0
    t2: float = 10.0
    t3: float = 20.0

    def __post_init__(self) -> None:
        if not (0 < self.k < MODULUS and 0 < self.w <= self.k):
            raise ValueError("k must lie in 1..32767 and w in 1..k")
        if not (min(self.t0, self.t1, self.t2, self.t3) > 0 and self.t2 < self.t1):
            raise ValueError("timers must be positive and t2 shorter than t1")


class Transfer(Enum):
    """Whether I-frames may flow."""

    STOPPED = "stopped"
    STARTING = "starting"
    STARTED = "started"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Received:
    """What one frame brought: an ASDU, octets to send back, and how many of our own I-frames it acknowledged."""

    asdu: bytes | None = None
    reply: bytes = b""
    acknowledged: int = 0


class Link:
    """One connection. `controlling` is the master's side; it starts and stops, the other side answers."""

    def __init__(self, settings: LinkSettings, *, controlling: bool, now: float) -> None:
        self.settings = settings
        self.transfer = Transfer.STOPPED
        self._controlling = controlling
        self._next_send = 0  # V(S)
        self._sent_at: deque[float] = deque()  # of the I-frames not yet acknowledged by the peer
        self._expected = 0  # V(R)
        self._released = 0  # up to here the caller has stored
        self._acknowledged = 0  # the last N(R) sent
        self._owing_since = _NEVER  # since when the peer waits for an acknowledgement
        self._last_heard = now
        self._request: Function | None = None  # STARTDT or STOPDT under way
        self._request_at = _NEVER
        self._test_at = _NEVER
        self.round_trip_s: float | None = None  # of the newest test that was answered

    @property
    def can_send(self) -> bool:
        """An I-frame may be sent now."""
        return self.transfer is Transfer.STARTED and len(self._sent_at) < self.settings.k

    @property
    def unacknowledged(self) -> int:
        """I-frames sent and not yet acknowledged."""
        return len(self._sent_at)

    @property
    def unreleased(self) -> int:
        """I-frames received and not yet stored by the caller."""
        return (self._expected - self._released) % MODULUS

    def start(self, now: float) -> bytes:
        """STARTDT: octets to send."""
        return self._ask(Function.STARTDT_ACT, Transfer.STARTING, now)

    def stop(self, now: float) -> bytes:
        """STOPDT, after an acknowledgement of what has been stored: octets to send."""
        return self.acknowledge() + self._ask(Function.STOPDT_ACT, Transfer.STOPPING, now)

    def test(self, now: float) -> bytes:
        """A test of a link that need not be silent, for the sake of its round trip; nothing while one is under way."""
        if self._test_at != _NEVER:
            return b""
        self._test_at = now
        return encode_u(Function.TESTFR_ACT)

    def suspend(self) -> None:
        """Another connection has taken over: send no more on this one."""
        self.transfer = Transfer.STOPPED

    def send(self, asdu: bytes, now: float) -> bytes:
        """The octets of the next I-frame. Raises LinkError when the window is full or the transfer not started."""
        if not self.can_send:
            raise LinkError("no I-frame may be sent now")
        octets = encode_i(self._next_send, self._released, asdu)
        self._next_send = (self._next_send + 1) % MODULUS
        self._sent_at.append(now)
        self._settle()
        return octets

    def receive(self, frame: Frame, now: float) -> Received:
        """Take one frame. Raises LinkError with the reason if the connection has to be closed."""
        self._last_heard = now
        if isinstance(frame, IFrame):
            return self._receive_i(frame, now)
        if isinstance(frame, SFrame):
            return Received(acknowledged=self._take_acknowledgement(frame.receive_sequence))
        return self._receive_u(frame)

    def receive_run(self, frames: Sequence[IFrame | Run], now: float) -> None:
        """As `receive` for each, in a fraction of its time; for a controlling end. Raises LinkError."""
        self._last_heard = now
        send, receive = sequences(frames)
        self._check_run(send)
        for newest in receive[np.diff(receive, prepend=-1) != 0].tolist():
            self._take_acknowledgement(newest)
        self._expected = (self._expected + len(send)) % MODULUS
        self._owing_since = min(self._owing_since, now)

    def _check_run(self, send: NDArray[np.int64]) -> None:
        if self.transfer not in {Transfer.STARTED, Transfer.STOPPING}:
            raise LinkError("an I-frame while the data transfer is stopped")
        if (self._expected - self._acknowledged) % MODULUS + len(send) >= MODULUS:
            raise LinkError("32767 I-frames without an acknowledgement")
        expected = (self._expected + np.arange(len(send))) % MODULUS
        for wrong in np.flatnonzero(send != expected)[:1].tolist():
            raise LinkError(f"I-frame {send[wrong]} where {expected[wrong]} was expected")

    def release(self) -> None:
        """Everything received so far has been stored: it may be acknowledged."""
        self._released = self._expected

    def acknowledge(self) -> bytes:
        """An S-frame for everything released, or nothing when all of it has been acknowledged."""
        if self._released == self._acknowledged:
            return b""
        self._settle()
        return encode_s(self._released)

    def due(self) -> bytes:
        """An S-frame if w released I-frames wait for one."""
        owed = (self._released - self._acknowledged) % MODULUS
        return self.acknowledge() if owed >= self.settings.w else b""

    def deadline(self) -> float:
        """When `tick` has to be called next."""
        return min(self._t1_deadline(), self._t2_deadline(), self._t3_deadline())

    def tick(self, now: float) -> bytes:
        """Octets that the timers ask for. Raises LinkError when the peer has not answered within t1."""
        if now >= self._t1_deadline():
            raise LinkError(f"no answer within t1 = {self.settings.t1:g} s")
        octets = self.acknowledge() if now >= self._t2_deadline() else b""
        if now >= self._t3_deadline():
            octets += self.test(now)
        return octets

    def excuse(self, seconds: float) -> None:
        """This side did not listen for `seconds`: shift the timers that run against the peer."""
        self._sent_at = deque(at + seconds for at in self._sent_at)
        self._last_heard += seconds
        self._request_at += seconds
        self._test_at += seconds

    def _t1_deadline(self) -> float:
        oldest = self._sent_at[0] if self._sent_at else _NEVER
        return min(oldest, self._request_at, self._test_at) + self.settings.t1

    def _t2_deadline(self) -> float:
        return self._owing_since + self.settings.t2 if self._released != self._acknowledged else _NEVER

    def _t3_deadline(self) -> float:
        return self._last_heard + self.settings.t3 if self._test_at == _NEVER else _NEVER

    def _ask(self, function: Function, transfer: Transfer, now: float) -> bytes:
        self._request, self._request_at, self.transfer = function, now, transfer
        return encode_u(function)

    def _settle(self) -> None:
        self._acknowledged = self._released
        self._owing_since = _NEVER

    def _receive_i(self, frame: IFrame, now: float) -> Received:
        if self.transfer not in {Transfer.STARTED, Transfer.STOPPING}:
            raise LinkError("an I-frame while the data transfer is stopped")
        if frame.send_sequence != self._expected:
            raise LinkError(f"I-frame {frame.send_sequence} where {self._expected} was expected")
        if (self._expected + 1 - self._acknowledged) % MODULUS == 0:
            raise LinkError("32767 I-frames without an acknowledgement")
        acknowledged = self._take_acknowledgement(frame.receive_sequence)
        self._expected = (self._expected + 1) % MODULUS
        self._owing_since = min(self._owing_since, now)
        return Received(asdu=frame.asdu, acknowledged=acknowledged)

    def _take_acknowledgement(self, sequence: int) -> int:
        oldest = self._next_send - len(self._sent_at)
        count = (sequence - oldest) % MODULUS
        if count > len(self._sent_at):
            raise LinkError(f"acknowledgement {sequence} of I-frames that were not sent")
        for _ in range(count):
            self._sent_at.popleft()
        return count

    def _receive_u(self, frame: UFrame) -> Received:
        if frame.function is Function.TESTFR_ACT:
            return Received(reply=encode_u(Function.TESTFR_CON))
        if frame.function is Function.TESTFR_CON:
            return self._receive_test_con()
        if frame.function in {Function.STARTDT_ACT, Function.STOPDT_ACT}:
            return self._receive_request(frame.function)
        return self._receive_con(frame.function)

    def _receive_test_con(self) -> Received:
        if self._test_at == _NEVER:
            raise LinkError("TESTFR con without a TESTFR act")
        self.round_trip_s = max(0.0, self._last_heard - self._test_at)
        self._test_at = _NEVER
        return Received()

    def _receive_request(self, function: Function) -> Received:
        if self._controlling:
            raise LinkError(f"{function.name} from a controlled station")
        if function is Function.STARTDT_ACT:
            self.transfer = Transfer.STARTED
            return Received(reply=encode_u(Function.STARTDT_CON))
        self.transfer = Transfer.STOPPED
        return Received(reply=self.acknowledge() + encode_u(Function.STOPDT_CON))

    def _receive_con(self, function: Function) -> Received:
        wanted = Function.STARTDT_ACT if function is Function.STARTDT_CON else Function.STOPDT_ACT
        if self._request is not wanted:
            raise LinkError(f"{function.name} that was not asked for")
        self._request, self._request_at = None, _NEVER
        self.transfer = Transfer.STARTED if wanted is Function.STARTDT_ACT else Transfer.STOPPED
        return Received()
