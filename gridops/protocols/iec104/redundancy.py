"""Several links to one outstation: one takes the data, the others stand by and are tested."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from gridops.protocols.iec104.commands import Command, CommandOutcome, CommandResult
from gridops.protocols.iec104.master import LinkState, Master, OnBatch, OnLink

log = logging.getLogger(__name__)


class RedundantMaster:
    """A redundancy group. Loss of the link in use starts one that stands by; what was unacknowledged comes again there.

    `hosts`: (host, port) of every link, the preferred first. `on_link` hears of the group: it is down only when no link
    is left. A link that comes back stands by; nothing is switched back by itself. Other options as of Master.
    """

    def __init__(
        self,
        hosts: Sequence[tuple[str, int]],
        common_addresses: Sequence[int],
        on_batch: OnBatch,
        on_link: OnLink,
        **options: Any,
    ) -> None:
        if not hosts or len(set(hosts)) != len(hosts):
            raise ValueError("a redundancy group needs one host or several different ones")
        self._on_link = on_link
        self.links = [
            Master(
                *(host, port, common_addresses, on_batch, partial(self._changed, number)),
                **options,
                standby=len(hosts) > 1,
            )
            for number, (host, port) in enumerate(hosts)
        ]
        self.switchovers = 0
        self._used: Master | None = None if len(hosts) > 1 else self.links[0]
        self._was_used: Master | None = None

    @property
    def used(self) -> Master | None:
        """The link that takes the data, or is about to."""
        return self._used

    async def run(self) -> None:
        """All links, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for link in self.links:
                group.create_task(link.run())

    async def command(self, command: Command) -> CommandOutcome:
        """Over the link in use; as Master.command."""
        if self._used is None:
            return CommandOutcome(CommandResult.NOT_SENT, "the link is down")
        return await self._used.command(command)

    async def _changed(self, number: int, state: LinkState, reason: str) -> None:
        link = self.links[number]
        if len(self.links) == 1:
            await self._on_link(state, reason)
        elif state is LinkState.UP:
            await self._on_link(state, f"{link.host}:{link.port}: {reason}")
        elif state is LinkState.STANDBY:
            if self._used is None:
                self._use(link)
        else:
            await self._lost(link, reason)

    async def _lost(self, link: Master, reason: str) -> None:
        if link is self._used:
            link.stand_by()
            self._used = None
            spare = next((one for one in self.links if one.state is LinkState.STANDBY), None)
            if spare is not None:
                self._use(spare)
                return
        if self._used is None:
            await self._on_link(LinkState.DOWN, f"{link.host}:{link.port}: {reason}")

    def _use(self, link: Master) -> None:
        if self._was_used not in {None, link}:
            self.switchovers += 1
            log.warning("%s: switched over", link.refusals.name)
        self._used = self._was_used = link
        link.start()
