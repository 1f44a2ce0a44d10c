"""What a person may change of a forecast, and what of it then holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.forecasts.models import STEP_S

MOST_FACTOR = 3.0
_STEP = timedelta(seconds=STEP_S)


@dataclass(frozen=True, slots=True)
class Wish:
    starts_at: datetime
    ends_at: datetime
    change_kw: float
    factor: float
    reason: str


class Refused(Exception):
    """Names the field and the remedy."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


def check(wish: Wish, *, as_of: datetime, horizon_end: datetime, most_kw: float) -> None:
    """Raises Refused. `horizon_end`: of the newest forecast. `most_kw`: the greatest that is forecast."""
    if not wish.reason.strip():
        raise Refused("reason", "Say why: those who read the forecast later must know.")
    _check_span(wish, as_of, horizon_end)
    if not 0 <= wish.factor <= MOST_FACTOR:
        raise Refused("factor", f"Give a factor from 0 to {MOST_FACTOR:g}; 1 leaves the forecast as it is.")
    if not abs(wish.change_kw) <= most_kw:
        raise Refused("change_kw", f"Change by at most {most_kw:.1f} kW, the greatest power of this forecast.")
    if wish.factor == 1 and wish.change_kw == 0:
        raise Refused("change_kw", "This changes nothing: give a change in kW or a factor other than 1.")


def _check_span(wish: Wish, as_of: datetime, horizon_end: datetime) -> None:
    if wish.starts_at <= as_of - _STEP:
        raise Refused("starts_at", "Begin with the present quarter hour or later: what has passed is not forecast.")
    if wish.ends_at <= wish.starts_at:
        raise Refused("ends_at", "The end must lie after the start.")
    if wish.ends_at > horizon_end:
        raise Refused("ends_at", f"The newest forecast ends at {horizon_end:%Y-%m-%dT%H:%MZ}; end by then.")
    if not _has_step(wish.starts_at, wish.ends_at):
        raise Refused("ends_at", "No quarter hour begins in this time; make it longer.")


def _has_step(start: datetime, end: datetime) -> bool:
    return -(-int(start.timestamp()) // STEP_S) * STEP_S < end.timestamp()
