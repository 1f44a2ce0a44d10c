"""What meters and people tell when supply goes and comes: late, not all of them, and in their own order."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from zlib import crc32

import numpy as np

HOLD_S = 2.0  # a meter lives on so long, so that a short interruption is none
# Last gasps: 8 % never arrive, 80 % within half a minute.
GASP_LOST, GASP_MEAN_S = 0.08, 14.0
RESTORED_LOST, RESTORED_MEAN_S = 0.04, 15.0  # after the network of the meters has come up again
CALLING_SHARE, MOST_CALLS = 0.03, 20  # of the customers of a consumer, and at most so many
CALL_MEDIAN_S, CALL_SIGMA = 300.0, 0.8
LAST_GASP, RESTORED, CALL = "last-gasp", "restored", "call"
WORDS = ("No power here.", "The lights went out.", "Is there a fault in our street?", "Everything is dark.")
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    kind: str
    consumer_mrid: str
    at_us: int
    text: str = ""

    def document(self) -> dict[str, str]:
        at = datetime.fromtimestamp(self.at_us / SECOND_US, UTC).isoformat()
        told = {"id": self.id, "consumer_mrid": self.consumer_mrid, "at": at}
        return told | ({"text": self.text} if self.kind == CALL else {"kind": self.kind})


class Meters:
    def __init__(self, customers: Mapping[str, int], seed: int) -> None:
        """customers: by mRID of their consumer."""
        self._customers, self._seed = customers, seed
        self._lost_us: dict[str, int] = {}
        self._due: list[tuple[int, int, Message]] = []
        self._order = count()

    def feel(self, consumer_mrid: str, *, has_supply: bool, at_us: int) -> None:
        if has_supply:
            self._return(consumer_mrid, at_us)
        else:
            self._lose(consumer_mrid, at_us)

    def due(self, now_us: int) -> list[Message]:
        """What arrives by now, oldest first; nobody calls about what is over."""
        found = []
        while self._due and self._due[0][0] <= now_us:
            _, _, message = heapq.heappop(self._due)
            if message.kind is RESTORED or self._lost_us.get(message.consumer_mrid) == _cause_us(message):
                found.append(message)
        return found

    def _lose(self, mrid: str, at_us: int) -> None:
        self._lost_us[mrid] = at_us
        draws = np.random.default_rng((self._seed, 65, crc32(mrid.encode()), at_us))
        if draws.random() >= GASP_LOST:
            delay_s = HOLD_S + draws.exponential(GASP_MEAN_S)
            self._put(LAST_GASP, mrid, at_us, delay_s, told_us=at_us)
        calls = min(int(draws.binomial(max(self._customers.get(mrid, 0), 0), CALLING_SHARE)), MOST_CALLS)
        for number in range(calls):
            delay_s = CALL_MEDIAN_S * float(np.exp(CALL_SIGMA * draws.standard_normal()))
            words = WORDS[int(draws.integers(len(WORDS)))]
            told_us = at_us + int(delay_s * SECOND_US)
            self._put(CALL, mrid, at_us, delay_s, told_us=told_us, text=words, more=f"/{number}")

    def _return(self, mrid: str, at_us: int) -> None:
        lost_us = self._lost_us.pop(mrid, None)
        if lost_us is None or at_us - lost_us < HOLD_S * SECOND_US:
            return
        draws = np.random.default_rng((self._seed, 66, crc32(mrid.encode()), at_us))
        if draws.random() >= RESTORED_LOST:
            self._put(RESTORED, mrid, at_us, draws.exponential(RESTORED_MEAN_S), told_us=at_us)

    def _put(
        self, kind: str, mrid: str, cause_us: int, delay_s: float, *, told_us: int, text: str = "", more: str = ""
    ) -> None:
        message = Message(f"{kind}/{mrid}/{cause_us}{more}", kind, mrid, told_us, text)
        heapq.heappush(self._due, (cause_us + int(delay_s * SECOND_US), next(self._order), message))


def _cause_us(message: Message) -> int:
    return int(message.id.split("/")[2])
