"""Whoever lets lines of a running site's field fail, and knows what truly happens there."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridops.supervise.site import Site as Place

TIMEOUT_S = 60.0
SECOND_US = 1_000_000


@dataclass
class Supply:
    """Of the field's consumers: who is dark, and when each of them lost and regained supply, in microseconds."""

    lost_us: dict[str, int]
    spells: list[tuple[str, int, int]]

    @property
    def back(self) -> set[str]:
        """Who lost supply and has it now."""
        return {mrid for mrid, _, _ in self.spells} - set(self.lost_us)

    @property
    def last_us(self) -> int:
        """When the last of these regained it; 0 where nobody did."""
        return max((end for mrid, _, end in self.spells if mrid in self.back), default=0)

    def customer_minutes(self, customers: dict[str, int], *, until_us: int) -> float:
        over = sum(customers[mrid] * (end - begin) for mrid, begin, end in self.spells)
        still = sum(customers[mrid] * (until_us - begin) for mrid, begin in self.lost_us.items())
        return (over + still) / SECOND_US / 60


class Instructor:
    def __init__(self, var: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT_S)
        self._socket.connect(str(Place(var.resolve()).field_socket))
        self._file = self._socket.makefile("rwb")
        self._last = int(self.ask(ask="supply")["last"])

    def ask(self, **asked: object) -> dict[str, Any]:
        self._file.write(json.dumps(asked).encode() + b"\n")
        self._file.flush()
        answer: dict[str, Any] = json.loads(self._file.readline())
        assert "error" not in answer, answer
        return answer

    def lines(self, seed: int) -> list[dict[str, str]]:
        """Those whose fault is felt, in the order of the seed."""
        found: list[dict[str, str]] = self.ask(ask="lines", seed=seed)["lines"]
        return found

    def fault(self, line: str, *, momentary: bool = False) -> int:
        """When, by the field's clock."""
        self._last = int(self.ask(ask="supply")["last"])
        return int(self.ask(ask="fault", line=line, momentary=momentary)["at_us"])

    def mend(self) -> None:
        self.ask(ask="mend")

    def dark(self) -> list[str]:
        found: list[str] = self.ask(ask="supply")["dark"]
        return found

    def supply(self) -> Supply:
        """Since the last fault; a spell is one loss with its return."""
        found = Supply({}, [])
        for mrid, has_supply, at_us in self.ask(ask="supply", after=self._last)["changes"]:
            if not has_supply:
                found.lost_us[mrid] = at_us
            elif mrid in found.lost_us:
                found.spells.append((mrid, found.lost_us.pop(mrid), at_us))
        return found

    def close(self) -> None:
        self._file.close()
        self._socket.close()
