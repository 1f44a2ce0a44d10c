"""When an island runs short."""

from dataclasses import dataclass

from apps.microgrids.choices.readiness import ReadinessOutcome
from apps.microgrids.models import ReadinessRun


@dataclass(frozen=True, slots=True)
class Shortage:
    is_short: bool
    is_doubtful: bool  # nothing could be said now
    reason: str = ""
    p10_h: float | None = None
    expected_h: float | None = None


def shortage(run: ReadinessRun) -> Shortage:
    """The critical loads, nearly surely, do not last as long as an outage is expected to. Only of what stands alone."""
    if run.is_alone is False:
        return Shortage(False, False)
    if run.is_alone is None or ReadinessOutcome(run.outcome) != ReadinessOutcome.WORKED_OUT:
        return Shortage(False, True)
    expected, hours = run.outage.get("expected_h"), run.hours.get("1", {})
    if expected is None:
        return Shortage(False, False)
    p10 = hours["p10"]
    if p10 >= min(expected, run.horizon_h or expected):
        return Shortage(False, False, p10_h=p10, expected_h=expected)
    reason = (
        f"{run.microgrid.name} stands alone and its critical loads last {p10:.1f} h (P10); "
        f"an outage is expected to last {expected:.1f} h."
    )
    return Shortage(True, False, reason, p10, expected)
