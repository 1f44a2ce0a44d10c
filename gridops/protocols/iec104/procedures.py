"""What a master does by itself on a started link: interrogations and the clock."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from gridops.protocols.iec104.asdu import Asdu, cause_name, single
from gridops.protocols.iec104.exchange import Busy, Exchange
from gridops.protocols.iec104.points import PointBatch
from gridops.protocols.iec104.times import encode_time
from gridops.protocols.iec104.types import BROADCAST, FREEZE, FREEZE_AND_RESET, GENERAL_COUNTERS, STATION, Cause, TypeId

log = logging.getLogger(__name__)
_NEVER = float("inf")


class Counting(IntEnum):
    """What is done before counters are read, in the qualifier of the question."""

    READ = 0
    FREEZE = FREEZE
    FREEZE_AND_RESET = FREEZE_AND_RESET


@dataclass(frozen=True, slots=True)
class Schedule:
    """Periods and time-outs in seconds; a period of None leaves a procedure out, an infinite one does it once."""

    interrogation_s: float | None = 900.0
    clock_s: float | None = 3600.0
    counters_s: float | None = None
    counting: Counting = Counting.READ
    confirmation_timeout_s: float = 15.0
    termination_timeout_s: float = 60.0


class Procedures:
    """Runs while the link is up: interrogation, clock and counters at once, and then each in its period."""

    def __init__(
        self,
        common_addresses: Sequence[int],
        schedule: Schedule,
        post: Callable[[Asdu], Exchange],
        interrogated: Callable[[int], None],
    ) -> None:
        self._addresses, self._schedule = tuple(common_addresses), schedule
        self._post, self._interrogated = post, interrogated
        self._pending: dict[int, None] = {}  # stations to interrogate, in this order
        self._asked_us: dict[int, int] = {}  # by station: when it was interrogated the last time
        self._wake = asyncio.Event()

    def dated(self, batch: PointBatch) -> PointBatch:
        """Answers to an interrogation that carry no time count from its question.

        At their arrival they may be older than an event that is still on its way.
        """
        answers = (batch.at_us < 0) & (batch.cause >= Cause.INTERROGATED) & (batch.cause < Cause.COUNTER_INTERROGATED)
        if not answers.any():
            return batch
        at_us = batch.at_us.copy()
        for station in np.unique(batch.common_address[answers]):
            asked_us = self._asked_us.get(int(station), self._asked_us.get(BROADCAST, -1))
            at_us[answers & (batch.common_address == station)] = asked_us
        return replace(batch, at_us=at_us)

    def restart(self, common_address: int) -> None:
        """A station says that it has just been initialised: interrogate it again."""
        is_ours = common_address in self._addresses or BROADCAST in self._addresses
        if self._schedule.interrogation_s is not None and is_ours and BROADCAST not in self._pending:
            self._pending[common_address] = None
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        work = {
            self._interrogate_all: self._schedule.interrogation_s,
            self._set_clocks: self._schedule.clock_s,
            self._count_all: self._schedule.counters_s,
        }
        clock = asyncio.get_running_loop().time
        due = {job: clock() if period else _NEVER for job, period in work.items()}
        while True:
            for job, period in work.items():
                if clock() >= due[job]:
                    due[job] = clock() + (period or _NEVER)
                    await job()
            await self._sleep_until(min(due.values()))
            await self._interrogate_pending()

    async def _sleep_until(self, when: float) -> None:
        try:
            async with asyncio.timeout_at(None if when == _NEVER else when):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _interrogate_all(self) -> None:
        self._pending = dict.fromkeys(self._addresses)
        await self._interrogate_pending()

    async def _interrogate_pending(self) -> None:
        while self._pending:
            address = next(iter(self._pending))
            self._asked_us[address] = time.time_ns() // 1000
            if await self._ask(TypeId.C_IC_NA, address, bytes((STATION,)), terminated=True):
                self._interrogated(address)
            self._pending.pop(address, None)

    async def _count_all(self) -> None:
        for address in self._addresses:
            if self._schedule.counting is not Counting.READ:
                await self._ask(TypeId.C_CI_NA, address, bytes((GENERAL_COUNTERS | self._schedule.counting,)))
            await self._ask(TypeId.C_CI_NA, address, bytes((GENERAL_COUNTERS,)), terminated=True)

    async def _set_clocks(self) -> None:
        for address in self._addresses:
            await self._ask(TypeId.C_CS_NA, address, encode_time(time.time_ns() // 1000))

    async def _ask(self, type_id: TypeId, address: int, element: bytes, *, terminated: bool = False) -> bool:
        try:
            with self._post(single(type_id, Cause.ACTIVATION, address, 0, element)) as exchange:
                answer = await exchange.confirmation(self._schedule.confirmation_timeout_s)
                if answer is None or answer.negative or answer.cause != Cause.ACTIVATION_CON:
                    why = "no answer" if answer is None else f"refused ({cause_name(answer.cause)})"
                    log.warning("%s to station %d: %s", type_id.name, address, why)
                    return False
                if terminated and await exchange.termination(self._schedule.termination_timeout_s) is None:
                    log.warning("%s to station %d did not come to its end", type_id.name, address)
                    return False
        except Busy as busy:
            log.warning("%s to station %d: %s", type_id.name, address, busy)
            return False
        return True
