from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    reason: str = ""

    @property
    def allowed(self) -> bool:
        return not self.reason
