"""What a gateway's process tells of itself: counts and rates of its links, and of all of them together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apps.telemetry.choices import LinkState
from apps.telemetry.gateway.driver import LinkFigures
from apps.telemetry.services.links import LinkReport


def _instant(at_s: float | None) -> datetime | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC)


@dataclass(slots=True)
class Tally:
    """Counts since the process began; `report` also says how much that was a second since the report before."""

    values_in: int = 0
    refused: int = 0
    last_refusal: str = ""
    state: LinkState = LinkState.UNKNOWN
    reason: str = ""
    since_s: float | None = None
    heard_at_s: float | None = None
    _before: dict[str, tuple[float, int]] = field(default_factory=dict)

    def took(self, values: int) -> None:
        self.values_in += values
        self.heard_at_s = time.time()

    def became(self, state: LinkState, reason: str) -> None:
        if state is not self.state:
            self.since_s = time.time()
        self.state, self.reason = state, reason

    def report(self, links: Sequence[LinkFigures], *, waiting: int, now_s: float) -> list[LinkReport]:
        return [self._whole(links, waiting, now_s), *(self._one(link, now_s) for link in links)]

    def _whole(self, links: Sequence[LinkFigures], waiting: int, now_s: float) -> LinkReport:
        trips = [link.round_trip_ms for link in links if link.is_active and link.round_trip_ms is not None]
        refusals = [link.last_refusal for link in links if link.last_refusal]
        return LinkReport(
            name="",
            state=self.state,
            is_active=self.state is LinkState.UP,
            reason=self.reason,
            since=_instant(self.since_s),
            last_heard_at=_instant(max((one.heard_at_s or 0.0 for one in links), default=0.0) or self.heard_at_s),
            frames_in=sum(link.frames_in for link in links),
            frames_out=sum(link.frames_out for link in links),
            values_in=self.values_in,
            values_per_s=self._rate("", self.values_in, now_s),
            refused=self.refused + sum(link.refused for link in links),
            last_refusal=self.last_refusal or (refusals[-1] if refusals else ""),
            round_trip_ms=max(trips, default=None),
            switchovers=sum(link.switchovers for link in links),
            waiting=waiting,
        )

    def _one(self, link: LinkFigures, now_s: float) -> LinkReport:
        return LinkReport(
            name=link.name,
            state=link.state,
            is_active=link.is_active,
            reason=link.reason,
            since=_instant(link.since_s),
            last_heard_at=_instant(link.heard_at_s),
            frames_in=link.frames_in,
            frames_out=link.frames_out,
            values_in=link.values_in,
            values_per_s=self._rate(f"link {link.name}", link.values_in, now_s),
            refused=link.refused,
            last_refusal=link.last_refusal,
            round_trip_ms=link.round_trip_ms,
            switchovers=link.switchovers,
        )

    def _rate(self, key: str, count: int, now_s: float) -> float:
        at_s, before = self._before.get(key, (now_s, count))
        self._before[key] = (now_s, count)
        return max(0.0, (count - before) / (now_s - at_s)) if now_s > at_s else 0.0
