"""A hundred thousand random events against the pure machine, beside a model that is written down differently."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from apps.alarms.choices import BaseState, Suppression
from apps.alarms.rules import machine as m

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HELD = {BaseState.UNACKNOWLEDGED, BaseState.ACKNOWLEDGED}


class Twin:
    """What the standard says in words: four questions instead of a table of states."""

    def __init__(self) -> None:
        self.now = NOON
        self.machine = m.Machine()
        self.condition = self.acknowledged = self.waiting = self.latched = self.latches = False
        self.reasons: set[str] = set()
        self.occurrence, self.raised_at = 0, None
        self.raises: list[datetime] = []
        self.chatters, self.swung_at, self.good = False, None, True
        self.moves = 0

    # what is shown must follow from the four answers
    def base(self) -> BaseState:
        stands = self.waiting if self.chatters else self.condition
        if stands:
            return BaseState.ACKNOWLEDGED if self.acknowledged else BaseState.UNACKNOWLEDGED
        if self.latched:
            return BaseState.LATCHED_ACKNOWLEDGED if self.acknowledged else BaseState.LATCHED_UNACKNOWLEDGED
        return BaseState.RETURNED if self.waiting and not self.acknowledged else BaseState.NORMAL

    def _new_occurrence(self) -> None:
        self.occurrence += 1
        self.acknowledged = self.latched = False
        self.waiting = True

    def _over(self) -> None:
        self.latched = self.latches
        self.waiting = not self.latches and not self.acknowledged and not self.reasons
        if not self.latches:
            self.acknowledged = self.acknowledged and False

    def take(self, moved: m.Machine | None, expected: bool) -> None:
        assert (moved is not None) == expected
        if moved is not None:
            self.machine = moved
            self.moves += 1

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def raise_(self, latches: bool = False, ago: float = 0) -> None:
        at = self.now - timedelta(seconds=ago)
        new = not self.condition
        self.take(m.raised(self.machine, at=at, latches=latches), new)
        if not new:
            return
        self.condition, self.good, self.swung_at, self.latches = True, True, at, latches
        self.raises = [*[one for one in self.raises if timedelta(0) <= at - one < timedelta(seconds=60)], at][-3:]
        if not self.chatters:
            self._new_occurrence()
            self.raised_at, self.chatters = at, len(self.raises) == 3

    def clear(self, good: bool = True, ago: float = 0) -> None:
        at = self.now - timedelta(seconds=ago)
        counts = self.condition and good and at >= self.raised_at
        self.take(m.returned(self.machine, at=at, quality_good=good), counts)
        if counts:
            self.condition, self.swung_at = False, at
            if not self.chatters:
                self._over()

    def acknowledge(self, behind: int = 0) -> None:
        open_ = self.base() in (BaseState.UNACKNOWLEDGED, BaseState.RETURNED, BaseState.LATCHED_UNACKNOWLEDGED)
        self.take(m.acknowledged(self.machine, occurrence=self.occurrence - behind), open_ and behind == 0)
        if open_ and behind == 0:
            was = self.base()
            self.acknowledged = was != BaseState.RETURNED
            self.waiting = was != BaseState.RETURNED and self.waiting

    def reset(self) -> None:
        may = self.base() == BaseState.LATCHED_ACKNOWLEDGED
        self.take(m.reset(self.machine, occurrence=self.occurrence), may)
        if may:
            self.latched = self.acknowledged = self.waiting = False

    def quality(self, good: bool) -> None:
        changes = self.base() != BaseState.NORMAL and self.good != good
        self.take(m.quality(self.machine, good=good), changes)
        self.good = good if changes else self.good

    def begin(self, reason: str) -> None:
        step = {"shelf": m.shelved, "rule": m.suppressed, "service": m.out_of_service}[reason]
        self.take(step(self.machine), reason not in self.reasons)
        self.reasons.add(reason)

    def end(self, reason: str) -> None:
        step = {"shelf": m.unshelved, "rule": m.released, "service": m.in_service}[reason]
        self.take(step(self.machine), reason in self.reasons)
        if reason in self.reasons:
            stood = self.base() in HELD
            self.reasons.discard(reason)
            if not self.reasons and stood:
                self.occurrence += 1
                self.acknowledged, self.waiting = False, True

    def settle(self) -> None:
        calm = self.chatters and self.now - self.swung_at >= timedelta(seconds=60)
        self.take(m.settled(self.machine, at=self.now), calm)
        if calm:
            self.chatters, self.raises = False, []
            if not self.condition:
                self._over()

    def check(self) -> None:
        machine = self.machine
        assert (machine.base, machine.is_active, machine.occurrence) == (self.base(), self.condition, self.occurrence)
        assert (machine.is_suppressed, machine.is_chattering) == (bool(self.reasons), self.chatters)
        assert machine.quality_good == self.good
        strongest = next((name for name in ("service", "shelf", "rule") if name in self.reasons), None)
        named = {"service": Suppression.OUT_OF_SERVICE, "shelf": Suppression.SHELVED, "rule": Suppression.BY_DESIGN}
        assert machine.suppression == named.get(strongest or "", Suppression.NONE)


def random_event(twin: Twin, chance: Random) -> None:
    reason = chance.choice(["shelf", "rule", "service"])
    moves = [
        lambda: twin.raise_(latches=chance.random() < 0.2),
        lambda: twin.raise_(ago=chance.choice([0, 5, 90])),
        twin.clear,
        lambda: twin.clear(good=chance.random() < 0.7, ago=chance.choice([0, 5, 90])),
        lambda: twin.acknowledge(behind=chance.choice([0, 0, 0, 1])),
        twin.reset,
        lambda: twin.quality(chance.random() < 0.5),
        lambda: twin.begin(reason),
        lambda: twin.end(reason),
        twin.settle,
        lambda: twin.pass_time(chance.choice([0.5, 5, 30, 61])),
    ]
    chance.choice(moves)()


def test_a_hundred_thousand_random_events_leave_machine_and_model_equal() -> None:
    chance, twins = Random(20260601), [Twin() for _ in range(50)]
    for _ in range(100_000):
        twin = chance.choice(twins)
        random_event(twin, chance)
        twin.check()
    assert sum(twin.moves for twin in twins) > 30_000
    assert {twin.machine.base for twin in twins} >= HELD


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.twin = Twin()

    reasons = st.sampled_from(["shelf", "rule", "service"])

    @rule(latches=st.booleans(), ago=st.sampled_from([0, 5, 90]))
    def raise_(self, latches: bool, ago: float) -> None:
        self.twin.raise_(latches, ago)

    @rule(good=st.booleans(), ago=st.sampled_from([0, 5, 90]))
    def clear(self, good: bool, ago: float) -> None:
        self.twin.clear(good, ago)

    @rule(behind=st.sampled_from([0, 0, 1]))
    def acknowledge(self, behind: int) -> None:
        self.twin.acknowledge(behind)

    @rule()
    def reset(self) -> None:
        self.twin.reset()

    @rule(good=st.booleans())
    def quality(self, good: bool) -> None:
        self.twin.quality(good)

    @rule(reason=reasons)
    def begin(self, reason: str) -> None:
        self.twin.begin(reason)

    @rule(reason=reasons)
    def end(self, reason: str) -> None:
        self.twin.end(reason)

    @rule()
    def settle(self) -> None:
        self.twin.settle()

    @rule(seconds=st.sampled_from([0.5, 5, 30, 61]))
    def pass_time(self, seconds: float) -> None:
        self.twin.pass_time(seconds)

    @invariant()
    def the_machine_is_what_the_words_say(self) -> None:
        self.twin.check()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


def standing(**changes: object) -> m.Machine:
    raised = m.raised(m.Machine(), at=NOON)
    assert raised
    return replace(raised, **changes)


@pytest.mark.parametrize(
    "begin, end", [(m.shelved, m.unshelved), (m.suppressed, m.released), (m.out_of_service, m.in_service)]
)
def test_an_alarm_that_still_stands_when_it_is_let_go_is_told_anew(begin: object, end: object) -> None:
    acknowledged = m.acknowledged(standing(), occurrence=1)
    freed = end(begin(acknowledged))  # type: ignore[operator]
    assert (freed.base, freed.occurrence) == (BaseState.UNACKNOWLEDGED, 2)
    assert m.acknowledged(freed, occurrence=1) is None


def test_a_doubtful_end_clears_nothing() -> None:
    assert m.returned(standing(), at=NOON, quality_good=False) is None


def test_an_end_older_than_the_occurrence_clears_nothing() -> None:
    assert m.returned(standing(), at=NOON - timedelta(seconds=1)) is None


def test_the_third_rise_within_a_minute_holds_the_alarm_and_counts_on() -> None:
    machine = m.Machine()
    for second in range(0, 50, 10):
        machine = m.raised(machine, at=NOON + timedelta(seconds=second)) or machine
        machine = m.returned(machine, at=NOON + timedelta(seconds=second + 5)) or machine
    assert (machine.occurrence, machine.is_chattering, machine.base) == (3, True, BaseState.UNACKNOWLEDGED)
    assert m.settled(machine, at=NOON + timedelta(seconds=60)) is None
    calm = m.settled(machine, at=NOON + timedelta(seconds=105))
    assert calm
    assert (calm.base, calm.is_chattering) == (BaseState.RETURNED, False)
