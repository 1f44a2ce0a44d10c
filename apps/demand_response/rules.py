"""Who may take part in a program, and why not. No I/O."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from apps.assets.choices import CustomerClass
from apps.demand_response.choices import DeviceKind, EnrolmentStatus
from apps.demand_response.models import DemandProgram


@dataclass(frozen=True, slots=True)
class Candidate:
    """What of a customer decides; feeders of those of its usage points whose place is known."""

    customer_class: str
    feeders: frozenset[UUID]
    kinds: frozenset[str]
    is_critical: bool
    has_usage_point: bool = True


def why_not(program: DemandProgram, one: Candidate) -> list[str]:
    """Empty: may take part."""
    return list(_reasons(program, one))


def _reasons(program: DemandProgram, one: Candidate) -> Iterator[str]:
    if one.is_critical:
        yield "A connection of this customer is marked critical (life support, hospital); it is never asked."
    if not one.has_usage_point:
        yield "The customer has no usage point; add the one that is metered."
    if program.classes and one.customer_class not in program.classes:
        yield f"The program is for {_words(program.classes, CustomerClass)} only."
    if program.equipment and not one.kinds & set(program.equipment):
        yield f"The program needs one of these devices: {_words(program.equipment, DeviceKind)}."
    if program.feeder_mrids and not one.feeders & set(program.feeder_mrids):
        yield (
            "None of the customer's usage points is known to lie on a feeder of the program."
            if not one.feeders
            else "The customer's feeder is none of the program's."
        )


def _words(values: Collection[str], kind: type[CustomerClass] | type[DeviceKind]) -> str:
    return ", ".join(kind(value).label.lower() for value in values)


def why_not_from(old: EnrolmentStatus, new: EnrolmentStatus) -> str:
    return f"This enrolment is {old.label.lower()}; from there it cannot become {new.label.lower()}."


def season_objection(
    program: DemandProgram, starts_at: datetime, ends_at: datetime, public_days: Collection[date]
) -> str:
    """Why the program may not call in this time, by the clock of the site; empty: it may."""
    begin, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    minutes = (ends_at - starts_at).total_seconds() / 60
    opens, closes = program.window_from, program.window_until
    objections = (
        (bool(program.months) and begin.month not in program.months, f"The program has no events in {begin:%B}."),
        (
            bool(program.weekdays) and begin.weekday() not in program.weekdays,
            f"The program has no events on {begin:%A}s.",
        ),
        (not program.on_public_days and begin.date() in public_days, "The program has no events on public holidays."),
        (opens is not None and begin.time() < opens, f"The program's events begin at {_clock(opens)} at the earliest."),
        (
            closes is not None and (end.time() > closes or end.date() > begin.date()),
            f"The program's events end at {_clock(closes)} at the latest.",
        ),
        (
            minutes < program.shortest_event_min,
            f"An event of the program lasts {program.shortest_event_min} minutes at least.",
        ),
    )
    return next((words for holds, words in objections if holds), "")


def _clock(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""
