from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Terms:
    """How long and how often: in full as the fault table says, or short for a try."""

    var: Path
    cases: Path
    is_full: bool

    @property
    def rounds(self) -> int:
        return 5 if self.is_full else 1

    @property
    def pause_s(self) -> float:
        return 60.0 if self.is_full else 15.0

    def lasting(self, seconds: float) -> float:
        """A tenth of it in a short run, but long enough to be noticed."""
        return seconds if self.is_full else max(15.0, seconds / 10)

    def many(self, count: int) -> int:
        return count if self.is_full else count // 10
