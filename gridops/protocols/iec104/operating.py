"""Carrying out one command: select, operate, and what became of it. Nothing is ever sent twice."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gridops.protocols.iec104 import commands
from gridops.protocols.iec104.asdu import Asdu, cause_name
from gridops.protocols.iec104.commands import Command, CommandOutcome, CommandResult
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.exchange import Busy, Exchange
from gridops.protocols.iec104.types import Cause


@dataclass(frozen=True, slots=True)
class Operation:
    """How commands are sent: `post` queues a question, the times are seconds."""

    post: Callable[[Asdu], Exchange]
    timeout_s: float
    termination_timeout_s: float
    originator: int

    async def carry_out(self, command: Command) -> CommandOutcome:
        """Once, after selecting the object if `command.select`; never again, whatever happens."""
        try:
            if command.select:
                refusal = await self._select(command)
                if refusal is not None:
                    return refusal
            return await self._operate(command)
        except (AsduError, Busy) as error:
            return CommandOutcome(CommandResult.NOT_SENT, str(error))

    async def _select(self, command: Command) -> CommandOutcome | None:
        with self._post(command, select=True) as exchange:
            answer = await exchange.confirmation(self.timeout_s)
            if answer is None:
                why = "no answer to the selection" if exchange.sent else "the selection could not be sent"
                return CommandOutcome(CommandResult.NOT_SENT, f"{why}; nothing was executed")
            return _refusal(answer, "the selection")

    async def _operate(self, command: Command) -> CommandOutcome:
        with self._post(command, select=False) as exchange:
            answer = await exchange.confirmation(self.timeout_s)
            if answer is None:
                if not exchange.sent:
                    return CommandOutcome(CommandResult.NOT_SENT, "the command could not be sent in time")
                return CommandOutcome(CommandResult.UNKNOWN, "sent, but no answer came: the device may have acted")
            refusal = _refusal(answer, "the command")
            if refusal is not None:
                return refusal
            end = await exchange.termination(self.termination_timeout_s)
            if end is None:
                return CommandOutcome(CommandResult.CONFIRMED, "accepted; its end was not reported", answer.cause)
            return CommandOutcome(CommandResult.TERMINATED, "accepted and completed", end.cause)

    def _post(self, command: Command, *, select: bool) -> Exchange:
        now_us = time.time_ns() // 1000
        return self.post(commands.encode(command, now_us=now_us, select=select, originator=self.originator))


def _refusal(answer: Asdu, what: str) -> CommandOutcome | None:
    if answer.cause == Cause.ACTIVATION_CON and not answer.negative:
        return None
    return CommandOutcome(CommandResult.REFUSED, f"{what} was refused ({cause_name(answer.cause)})", answer.cause)
