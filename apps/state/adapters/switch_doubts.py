"""Switches that are not where they say they are, from scan to scan.

A doubt must last: after a real operation the switch reports at once and the meters one after the other, and until all
have, they contradict a true position. What was found stands until the switch reports anew or the meters agree with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.engine.estimation.estimate import Estimate
from gridops.engine.estimation.measurements import Measurements
from gridops.engine.estimation.switching import Finding, WrongSwitch, find_wrong_switch, is_suspicious, still_wrong
from gridops.engine.network.model import IntArray, Network
from gridops.engine.network.topology import Topology

SETTLING_SCANS = 10  # without a move of any switch
LASTING_SCANS = 3  # with a contradiction, one after the other
RETRY_SCANS = 15  # after a try that found nothing, and between looks whether the doubt is over


@dataclass(frozen=True, slots=True)
class DoubtfulSwitch:
    switch: int
    reported_closed: bool
    evidence: float  # how much worse the reported position explains the meters, as a chi-square with few dimensions
    alternatives: Sequence[int]


class SwitchDoubts:
    def __init__(self, network: Network) -> None:
        self._network = network
        self.finding: Finding | None = None
        self._unmoved = self._suspicious = self._wait = 0

    @property
    def doubtful(self) -> list[DoubtfulSwitch]:
        return [] if self.finding is None else [_told(self.finding.wrong)]

    def switches_moved(self) -> None:
        """A report has changed: whatever was doubted before is asked anew."""
        self.finding = None
        self._unmoved = self._suspicious = self._wait = 0

    def look(
        self, reported: Topology, measurements: Measurements, taps: IntArray, estimate: Estimate
    ) -> Finding | None:
        """estimate: on the positions that are taken for true. Returns what is taken for true from now on."""
        self._unmoved += 1
        self._wait = max(0, self._wait - 1)
        if self.finding is not None:
            self._keep_or_drop(reported, measurements, taps, estimate)
            return self.finding
        doubted = is_suspicious(reported, measurements, estimate)
        self._suspicious = self._suspicious + 1 if doubted else 0
        if self._unmoved > SETTLING_SCANS and self._suspicious >= LASTING_SCANS and not self._wait:
            self.finding = find_wrong_switch(self._network, reported, measurements, taps, estimate)
            self._wait = RETRY_SCANS
        return self.finding

    def _keep_or_drop(self, reported: Topology, measurements: Measurements, taps: IntArray, estimate: Estimate) -> None:
        if self.finding is None or self._wait:
            return
        self._wait = RETRY_SCANS
        now = Finding(self.finding.wrong, self.finding.topology, estimate)
        if not still_wrong(self._network, reported, measurements, taps, now):
            self.finding = None


def _told(wrong: WrongSwitch) -> DoubtfulSwitch:
    evidence = wrong.score_reported - wrong.score_other
    return DoubtfulSwitch(wrong.switch, wrong.reported_closed, evidence, wrong.alternatives)
