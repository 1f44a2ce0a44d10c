"""Who may do what with a voltage experiment, and when."""

from datetime import date
from typing import Any

from apps.accounts.models import User
from apps.efficiency.choices.cvr import LEAST_CVR_DAYS, MOST_CVR_DAYS, MOST_STEPS_DOWN, CvrDayState, CvrStatus
from apps.efficiency.models.cvr import CvrDay, CvrExperiment

PERCENT = 100.0
SAME_POSITION = 0.2  # of a step


def draft_objection(*, starts_on: date, days: int, steps_down: int, today: date) -> str:
    """Names the field and what to give instead; empty: nothing to object."""
    reasons = (
        (starts_on <= today, "starts_on: the days are drawn before the first begins; give tomorrow or later."),
        (
            not LEAST_CVR_DAYS <= days <= MOST_CVR_DAYS,
            f"days: give from {LEAST_CVR_DAYS} to {MOST_CVR_DAYS}; with fewer nothing can be told.",
        ),
        (not 1 <= steps_down <= MOST_STEPS_DOWN, f"steps_down: give from 1 to {MOST_STEPS_DOWN}."),
    )
    return next((text for holds, text in reasons if holds), "")


def approval_objection(experiment: CvrExperiment, by: User, *, today: date) -> str:
    status = CvrStatus(experiment.status)
    if status != CvrStatus.DRAFT:
        return f"Only a draft is approved; this is {status.label.lower()}."
    if experiment.made_by_id == by.pk:
        return "You have made this draft yourself; a second person approves it."
    if experiment.starts_on <= today:
        return "Its first day has begun without it. Make a new draft that begins tomorrow or later."
    return ""


def withdrawal_objection(experiment: CvrExperiment) -> str:
    status = CvrStatus(experiment.status)
    if status in (CvrStatus.DRAFT, CvrStatus.APPROVED):
        return ""
    return f"Only what has not begun is withdrawn; this is {status.label.lower()}."


def stop_objection(experiment: CvrExperiment) -> str:
    status = CvrStatus(experiment.status)
    return (
        "" if status == CvrStatus.RUNNING else f"Only a running experiment is stopped; this is {status.label.lower()}."
    )


def way_down(unit: dict[str, Any]) -> int:
    """+1 or -1: of positions, to lower the voltage. Positions are those of the tap, or set-points in steps of it."""
    return -1 if unit.get("by_setpoint") else int(unit["direction"])


def wanted_taps(experiment: CvrExperiment, day: CvrDay) -> dict[str, float]:
    """Where a reduced day has the taps or set-points, within their range."""
    return {
        one["mrid"]: _within(one, day.taps_before[one["mrid"]] + way_down(one) * experiment.steps_down)
        for one in experiment.units
        if one["mrid"] in day.taps_before
    }


def _within(unit: dict[str, Any], position: float) -> float:
    return float(min(max(position, unit["tap_min"]), unit["tap_max"]))


def stands_there(now: float, wanted: float) -> bool:
    return abs(now - wanted) < SAME_POSITION


def step_towards(unit: dict[str, Any], now: float, to: float, *, down: bool) -> int:
    """+1 or -1 position, or 0 where it stands there, or further than it was to go that way."""
    way = way_down(unit)
    lower = way * (to - now)  # positive: it has to go lower in voltage
    if down:
        return way if lower >= SAME_POSITION else 0
    return -way if -lower >= SAME_POSITION else 0


def setpoint_after(unit: dict[str, Any], now: float, to: float, step: int) -> float:
    """In pu: a step further, and no further than it is to go."""
    position = to if abs(to - now) < 1 + SAME_POSITION else now + step
    return float(position * unit["step_percent"] / PERCENT)


def is_over(day: CvrDay, *, today: date) -> bool:
    return day.day < today


def must_go_back(day: CvrDay, experiment: CvrExperiment, *, today: date) -> str:
    """Why a day that is low ends now; empty: it goes on."""
    if CvrStatus(experiment.status) != CvrStatus.RUNNING:
        return f"The experiment is {CvrStatus(experiment.status).label.lower()}."
    return "The day is over." if is_over(day, today=today) else ""


def carries_over(day: CvrDay, following: CvrDay | None) -> bool:
    """From one reduced day to the next the taps stay where they are."""
    is_next = following is not None and following.reduced and (following.day - day.day).days == 1
    return is_next and CvrDayState(day.state) == CvrDayState.REDUCED
