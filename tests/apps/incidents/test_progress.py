from datetime import UTC, datetime, timedelta

import pytest

from apps.incidents.choices.incident import NEXT_INCIDENT_STATUS, IncidentKind, IncidentStatus
from apps.incidents.rules.progress import Interruption, Progress, kind_of, status_of

S = IncidentStatus
AT = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "without", "probability", "is_isolated", "reached"),
    [
        (S.DETECTED, 40, 0.5, False, S.DETECTED),
        (S.DETECTED, 40, 0.85, False, S.LOCATED),
        (S.LOCATED, 40, 0.7, False, S.LOCATED),  # less sure, and not given up yet
        (S.LOCATED, 40, 0.5, False, S.DETECTED),
        (S.LOCATED, 40, 0.9, True, S.ISOLATED),
        (S.ISOLATED, 10, 0.9, True, S.PARTLY_RESTORED),
        (S.PARTLY_RESTORED, 0, 0.9, True, S.RESTORED),
        (S.RESTORED, 40, 0.2, False, S.DETECTED),  # it tripped again
        (S.REPAIRED, 10, 0.9, False, S.REPAIRED),
        (S.CLOSED, 0, 0.9, False, S.CLOSED),
    ],
)
def test_the_state_follows_what_is_known(
    status: S, without: int, probability: float, *, is_isolated: bool, reached: S
) -> None:
    assert status_of(Progress(status, 40, without, probability, is_isolated)) == reached


def test_every_state_but_the_last_two_leads_on() -> None:
    assert {status for status, following in NEXT_INCIDENT_STATUS.items() if not following} == {S.CLOSED, S.CANCELLED}
    assert set(NEXT_INCIDENT_STATUS) == set(S)


def after(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def test_momentary_is_what_nobody_missed_for_longer_than_five_minutes() -> None:
    short, long = Interruption(AT, after(5)), Interruption(AT, after(5.1))
    assert kind_of([short], as_of=after(60)) == IncidentKind.MOMENTARY
    assert kind_of([short, long], as_of=after(60)) == IncidentKind.SUSTAINED
    assert kind_of([Interruption(AT, None)], as_of=after(4)) == IncidentKind.UNDECIDED
    assert kind_of([Interruption(AT, None)], as_of=after(6)) == IncidentKind.SUSTAINED
