"""Sign-ins and orders held against a person's own habit. Likelihoods are weights that were set, not frequencies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LEAST_HISTORY = 5  # sign-ins before anything is called unusual
LEAST_FOR_HOURS = 20
NEAR_H = 2.0
FAILURES_BEFORE, FAILED_WITHIN = 3, timedelta(minutes=30)
MANY_NAMES, MANY_FAILURES = 4, 10
NEW_ADDRESS, STRANGE_HOUR, AFTER_FAILURES = 0.35, 0.2, 0.5
SPRAYING, HAMMERING = 0.9, 0.8
TELL_FROM = 0.3


@dataclass(frozen=True, slots=True)
class Act:
    """A sign-in or an order: when, by the site's clock, and whence."""

    at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Failure:
    at: datetime
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Judgement:
    likelihood: float
    reasons: tuple[str, ...]

    @property
    def is_told(self) -> bool:
        return self.likelihood >= TELL_FROM


def judge(act: Act, before: Sequence[Act], failures: Sequence[Failure] = ()) -> Judgement:
    """Before: the person's earlier acts of the same kind. Failures: under the person's name."""
    found: list[tuple[float, str]] = []
    if act.address and len(before) >= LEAST_HISTORY and act.address not in {one.address for one in before}:
        found.append((NEW_ADDRESS, f"never before from {act.address} in {len(before)} earlier ones"))
    if len(before) >= LEAST_FOR_HOURS and not any(_hours_apart(act.at, one.at) <= NEAR_H for one in before):
        found.append((STRANGE_HOUR, f"at {act.at:%H:%M}, never before within {NEAR_H:g} h of that time of day"))
    recent = sum(timedelta(0) <= act.at - one.at <= FAILED_WITHIN for one in failures)
    if recent >= FAILURES_BEFORE:
        found.append((AFTER_FAILURES, f"after {recent} wrong passwords within half an hour"))
    doubt = 1.0
    for weight, _ in found:
        doubt *= 1 - weight
    return Judgement(round(1 - doubt, 3), tuple(text for _, text in found))


def guessing(failures: Sequence[Failure]) -> list[tuple[str, Judgement]]:
    """Addresses from which passwords are being guessed, of the failures of one window."""
    found = []
    for address in sorted({one.address for one in failures}):
        here = [one for one in failures if one.address == address]
        names = {one.name for one in here}
        if len(names) >= MANY_NAMES:
            found.append((address, Judgement(SPRAYING, (f"{len(here)} wrong passwords for {len(names)} names",))))
        elif len(here) >= MANY_FAILURES:
            found.append((address, Judgement(HAMMERING, (f"{len(here)} wrong passwords for {', '.join(names)}",))))
    return found


def _hours_apart(one: datetime, other: datetime) -> float:
    apart = abs((one.hour + one.minute / 60) - (other.hour + other.minute / 60))
    return min(apart, 24 - apart)
