"""What an outstation answers to system and process commands on one connection; no I/O."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from gridops.protocols.iec104 import commands
from gridops.protocols.iec104.asdu import Asdu, cause_name, check_size, parse, single
from gridops.protocols.iec104.commands import Command
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.image import PointImage
from gridops.protocols.iec104.times import decode_time
from gridops.protocols.iec104.types import (
    BROADCAST,
    COMMAND_TYPES,
    FREEZE_AND_RESET,
    GENERAL_COUNTERS,
    IOA_SIZE,
    RESET,
    STATION,
    SYSTEM_SIZES,
    Cause,
    TypeId,
    untagged,
)

TEST_PATTERN = b"\xaa\x55"
_BROADCASTS = {TypeId.C_IC_NA, TypeId.C_CI_NA, TypeId.C_CS_NA}


class Negative(Exception):
    """The answer is no: mirror the ASDU with this cause."""

    def __init__(self, cause: Cause, reason: str) -> None:
        super().__init__(reason)
        self.cause, self.reason = cause, reason


class Selections:
    """Objects that this connection has selected and not yet executed; each lapses after a time."""

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._selected: dict[tuple[int, int], tuple[Command, float]] = {}

    def select(self, command: Command, now: float) -> None:
        """Remember the selection; a newer one replaces an older one of the same object."""
        self._selected[command.common_address, command.ioa] = (_essence(command), now + self._lifetime_s)

    def cancel(self, command: Command, now: float) -> bool:
        """Forget the selection; says whether it was alive."""
        entry = self._selected.pop((command.common_address, command.ioa), None)
        return entry is not None and now <= entry[1]

    def take(self, command: Command, now: float) -> bool | None:
        """Use up the selection for an execution: True fits, False lapsed or was for another command, None was none."""
        entry = self._selected.pop((command.common_address, command.ioa), None)
        if entry is None:
            return None
        selected, until = entry
        return now <= until and selected == _essence(command)


def _essence(command: Command) -> Command:
    return replace(command, select=False, at_us=None)


class Control:
    """Judges received ASDUs. `reply` queues an answer, `interrogate` a long one, `execute` starts a command."""

    def __init__(
        self,
        image: PointImage,
        selections: Selections,
        *,
        select_required: bool,
        max_age_s: float,
        reply: Callable[[Asdu], None],
        interrogate: Callable[[tuple[int, int], Iterator[bytes]], None],
        execute: Callable[[Command, Asdu], None],
        set_clock: Callable[[int], None],
        refused: Callable[[str], None],
    ) -> None:
        self._image, self._selections = image, selections
        self._select_required, self._max_age_s = select_required, max_age_s
        self._reply, self._interrogate, self._execute = reply, interrogate, execute
        self._set_clock, self._refused = set_clock, refused

    def handle(self, octets: bytes, now: float) -> None:
        """Answer one ASDU; what is wrong is counted, and answered where the standard has an answer."""
        try:
            asdu = parse(octets)
            try:
                self._dispatch(asdu, now)
            except Negative as no:
                self._refused(no.reason)
                self._reply(asdu.mirrored(no.cause, negative=True))
        except AsduError as error:
            self._refused(error.reason)

    def _dispatch(self, asdu: Asdu, now: float) -> None:
        is_command = asdu.type_id in COMMAND_TYPES
        if not is_command and (asdu.type_id not in SYSTEM_SIZES or asdu.type_id == TypeId.M_EI_NA):
            raise Negative(Cause.UNKNOWN_TYPE, f"type {asdu.type_id} is not accepted")
        check_size(asdu)
        if asdu.cause != Cause.ACTIVATION and not (is_command and asdu.cause == Cause.DEACTIVATION):
            raise Negative(Cause.UNKNOWN_CAUSE, f"type {asdu.type_id} with {cause_name(asdu.cause)}")
        self._check_address(asdu)
        if is_command:
            self._command(asdu, now)
        elif asdu.size != 1 or asdu.sequence or asdu.ioa != 0:
            raise Negative(Cause.UNKNOWN_OBJECT_ADDRESS, f"type {asdu.type_id} to object {asdu.ioa}")
        else:
            self._system(asdu)

    def _check_address(self, asdu: Asdu) -> None:
        everyone = asdu.common_address == BROADCAST and asdu.type_id in _BROADCASTS
        if not everyone and asdu.common_address not in self._image.common_addresses:
            raise Negative(Cause.UNKNOWN_COMMON_ADDRESS, f"common address {asdu.common_address} is not here")

    def _stations(self, asdu: Asdu) -> list[int]:
        return sorted(self._image.common_addresses) if asdu.common_address == BROADCAST else [asdu.common_address]

    def _system(self, asdu: Asdu) -> None:
        element = asdu.body[IOA_SIZE:]
        if asdu.type_id == TypeId.C_IC_NA:
            self._station(asdu, Cause.INTERROGATED, supported=element[0] == STATION)
        elif asdu.type_id == TypeId.C_CI_NA:
            self._count(asdu, element[0])
        elif asdu.type_id == TypeId.C_CS_NA:
            self._clock(asdu, element)
        else:
            self._test(asdu, element)

    def _count(self, asdu: Asdu, qualifier: int) -> None:
        """Freezing and reading are two questions: what was frozen is told by the reading after it."""
        act = qualifier & RESET
        if qualifier & ~RESET != GENERAL_COUNTERS or not act:
            self._station(asdu, Cause.COUNTER_INTERROGATED, supported=qualifier == GENERAL_COUNTERS)
            return
        for address in self._stations(asdu):
            if act == RESET:
                self._image.reset(address)
            else:
                self._image.freeze(address, reset=act == FREEZE_AND_RESET)
            self._reply(asdu.mirrored(Cause.ACTIVATION_CON, common_address=address))
            self._reply(asdu.mirrored(Cause.ACTIVATION_TERM, common_address=address))

    def _station(self, asdu: Asdu, cause: Cause, *, supported: bool) -> None:
        if not supported:
            raise Negative(Cause.ACTIVATION_CON, f"type {asdu.type_id} with qualifier {asdu.body[IOA_SIZE]}")
        for address in self._stations(asdu):
            self._interrogate((asdu.type_id, address), self._answers(asdu, address, cause))
            self._reply(asdu.mirrored(Cause.ACTIVATION_CON, common_address=address))

    def _answers(self, asdu: Asdu, address: int, cause: Cause) -> Iterator[bytes]:
        counters = cause == Cause.COUNTER_INTERROGATED
        yield from self._image.answers(address, cause, counters=counters)
        yield asdu.mirrored(Cause.ACTIVATION_TERM, common_address=address).encode()

    def _clock(self, asdu: Asdu, element: bytes) -> None:
        at_us, doubtful = decode_time(element)
        if doubtful:
            raise Negative(Cause.ACTIVATION_CON, "a clock synchronisation with an invalid time")
        self._set_clock(at_us)
        for address in self._stations(asdu):
            self._reply(asdu.mirrored(Cause.ACTIVATION_CON, common_address=address))

    def _test(self, asdu: Asdu, element: bytes) -> None:
        if asdu.type_id == TypeId.C_TS_NA and element != TEST_PATTERN:
            raise Negative(Cause.ACTIVATION_CON, f"a test command with the pattern {element.hex()}")
        self._reply(asdu.mirrored(Cause.ACTIVATION_CON))

    def _command(self, asdu: Asdu, now: float) -> None:
        kind = self._image.command_type(asdu.common_address, asdu.ioa)
        if kind is None:
            raise Negative(Cause.UNKNOWN_OBJECT_ADDRESS, f"{asdu.common_address}/{asdu.ioa} takes no command")
        if untagged(asdu.type_id) is not kind:
            raise Negative(Cause.ACTIVATION_CON, f"{asdu.common_address}/{asdu.ioa} does not take type {asdu.type_id}")
        try:
            command = commands.decode(asdu)
        except AsduError as error:
            raise Negative(Cause.ACTIVATION_CON, error.reason) from error
        if asdu.cause == Cause.DEACTIVATION:
            alive = self._selections.cancel(command, now)
            self._reply(asdu.mirrored(Cause.DEACTIVATION_CON, negative=not alive))
            return
        self._check_age(command)
        if command.select:
            self._selections.select(command, now)
            self._reply(asdu.mirrored(Cause.ACTIVATION_CON))
        else:
            self._check_selection(command, now)
            self._execute(command, asdu)

    def _check_age(self, command: Command) -> None:
        age_s = 0.0 if command.at_us is None else time.time() - command.at_us / 1e6
        if abs(age_s) > self._max_age_s:
            raise Negative(Cause.ACTIVATION_CON, f"a command of {age_s:.1f} s ago")

    def _check_selection(self, command: Command, now: float) -> None:
        fits = self._selections.take(command, now)
        if fits is False:
            raise Negative(Cause.ACTIVATION_CON, "the selection has lapsed or was for another command")
        if fits is None and self._select_required:
            raise Negative(Cause.ACTIVATION_CON, "executed without a selection")


def initialised(common_address: int) -> bytes:
    """End of initialisation, after a local power-on."""
    return single(TypeId.M_EI_NA, Cause.INITIALISED, common_address, 0, b"\x00").encode()
