"""What a call may be, when it keeps the network, and who may let it go ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.dispatch.choices.call import (
    LONGEST_CALL,
    MOST_STAGES,
    NEXT_CALL_STATUS,
    VERIFIED_FRESH,
    CallStatus,
)
from apps.dispatch.choices.call import Verdict as CallVerdict
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Autonomy, Call
from apps.dispatch.rules.verdict import Verdict

NEW_PEAK_SHARE = 0.01  # of a feeder's peak without the call: less than that more is the noise of what is expected
LEAST_PEAK_KW = 1.0


def allowed_above(peak_kw: float) -> float:
    """How far above the peak that a feeder would have had is no new peak."""
    return max(NEW_PEAK_SHARE * abs(peak_kw), LEAST_PEAK_KW)


@dataclass(frozen=True, slots=True)
class FeederPeaks:
    name: str
    before_kw: float
    after_kw: float
    at: datetime | None  # of the highest with the call

    @property
    def is_new(self) -> bool:
        return self.after_kw - self.before_kw > allowed_above(self.before_kw)


def judged(worse: Sequence[dict[str, Any]], peaks: Sequence[FeederPeaks]) -> tuple[CallVerdict, list[str]]:
    """With sentences for people."""
    if worse:
        return CallVerdict.BREAKS_LIMIT, [_limit_sentence(row) for row in worse]
    new = [peak for peak in peaks if peak.is_new]
    if new:
        return CallVerdict.REBOUND_PEAK, [_peak_sentence(peak) for peak in new]
    return CallVerdict.PASSED, ["No limit is broken at any step, and no feeder concerned has a new peak."]


def _limit_sentence(row: dict[str, Any]) -> str:
    at = timezone.localtime(datetime.fromisoformat(row["at"]))
    was = "kept without the call" if row["was"] is None else f"{row['was']:.4g} {row['unit']} without the call"
    return f"{row['name']}: {row['value']:.4g} {row['unit']} at {at:%H:%M}, limit {row['limit']:.4g}; {was}."


def _peak_sentence(peak: FeederPeaks) -> str:
    at = f" at {timezone.localtime(peak.at):%H:%M}" if peak.at else ""
    more = peak.after_kw - peak.before_kw
    new = f"{peak.name}: the rebound makes a new peak of {peak.after_kw:,.0f} kW{at}"
    return f"{new}, {more:,.0f} kW above the highest without the call."


def draft_objection(
    *, starts: Sequence[tuple[datetime, datetime]], customers: Sequence[int], as_of: datetime
) -> Verdict:
    """Whether these can be the stages of a call at all: begin and end of each, and how many it asks."""
    if not starts:
        return Verdict("stages: there is none; a call needs at least one.")
    first, last = min(begin for begin, _ in starts), max(end for _, end in starts)
    objections = (
        (len(starts) > MOST_STAGES, f"stages: {len(starts)}; a call has at most {MOST_STAGES}."),
        (any(end <= begin for begin, end in starts), "stages: one ends before it begins."),
        (first < as_of, "stages: the first begins in the past; choose a later time."),
        (last - first > LONGEST_CALL, "stages: together they last longer than 12 hours."),
        (min(customers) < 1, "stages: one asks nobody; give each its customers."),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())


def may_move(call: Call, new: CallStatus) -> Verdict:
    if new not in NEXT_CALL_STATUS[CallStatus(call.status)]:
        return Verdict(f"That cannot be done: it is {call.get_status_display().lower()}. {call.reason}".strip())
    return Verdict()


def may_be_submitted(call: Call, *, as_of: datetime) -> Verdict:
    if not (moved := may_move(call, CallStatus.SUBMITTED)).allowed:
        return moved
    if call.starts_at <= as_of:
        return Verdict("It should have begun already; plan it anew.")
    if CallVerdict(call.verdict) != CallVerdict.PASSED:
        said = " ".join(call.verification.get("sentences", []))
        return Verdict(f"The power flow has not let it pass: {call.get_verdict_display().lower()}. {said}".strip())
    return Verdict()


def needs_check(call: Call, *, as_of: datetime) -> bool:
    return call.verified_at is None or as_of - call.verified_at > VERIFIED_FRESH


def needs_second(call: Call) -> bool:
    return call.customers > call.approval_above_customers


def may_be_approved(call: Call, by: User, *, as_of: datetime) -> Verdict:
    if not (moved := may_move(call, CallStatus.APPROVED)).allowed:
        return moved
    if call.starts_at <= as_of:
        return Verdict("It should have begun already; plan it anew.")
    if needs_second(call) and call.submitted_by_id == by.pk:
        return Verdict(
            f"It asks {call.customers} customers; above {call.approval_above_customers} another person approves than "
            "the one who handed it in."
        )
    return Verdict()


def may_run_alone(rule: Autonomy, call: Call, *, calls_today: int) -> Verdict:
    """Whether a rule that a person has switched on approves it. Never above the number that needs two persons."""
    begins, ends = timezone.localtime(call.starts_at), timezone.localtime(call.ends_at - timedelta(seconds=1))
    objections = (
        (rule.mode != AutonomyMode.AUTOMATIC, "The rule does not act by itself."),
        (needs_second(call), "It asks more customers than a rule may."),
        (
            call.expected_kw_p90 > rule.max_kw,
            f"It moves {call.expected_kw_p90:.0f} kW, the rule allows {rule.max_kw:.0f}.",
        ),
        (
            not (rule.from_hour <= begins.hour and ends.hour < rule.to_hour),
            f"The rule acts from {rule.from_hour} to {rule.to_hour} o'clock.",
        ),
        (
            calls_today >= rule.max_operations_per_day,
            f"The rule allows {rule.max_operations_per_day} a day, and so many have been today.",
        ),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())
