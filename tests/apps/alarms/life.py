"""Random events against the real services and a real Postgres, beside the pure machine."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from apps.accounts.models import User
from apps.alarms import services
from apps.alarms.choices import Condition, Priority
from apps.alarms.models import Alarm
from apps.alarms.rules import machine as m
from apps.alarms.rules.rows import machine_of
from apps.alarms.services.clock import sweep

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@dataclass
class Ward:
    """Some alarms, what each of them must be, and how many transitions each has made."""

    olga: User
    boss: User
    chance: Random
    sources: int = 20
    now: datetime = NOON
    machines: dict[str, m.Machine] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    def step(self) -> None:
        name = f"source-{self.chance.randrange(self.sources)}"
        event = self.chance.choice(EVENTS)
        getattr(self, event)(name)

    def _took(self, name: str, machine: m.Machine | None) -> bool:
        if machine is None:
            return False
        self.machines[name], self.moves[name] = machine, self.moves.get(name, 0) + 1
        return True

    def _machine(self, name: str) -> m.Machine:
        return self.machines.get(name, m.Machine())

    def raise_(self, name: str) -> None:
        at = self.now - timedelta(seconds=self.chance.choice([0, 0, 5, 90]))
        good = self.chance.random() < 0.9
        known = self._machine(name)
        raised = services.raise_alarms(facts=[fact(name, at=at, quality_good=good)])
        expected = m.raised(known, at=at, quality_good=good)
        assert bool(raised) == self._took(name, expected)
        if expected is None:
            self._took(name, m.quality(known, good=good))

    def clear(self, name: str) -> None:
        at = self.now - timedelta(seconds=self.chance.choice([0, 0, 5, 90]))
        good = self.chance.random() < 0.8
        known = self._machine(name)
        ended = services.end_alarms(ends=[services.AlarmEnd(name, Condition.OVERLOAD, at, good)])
        assert bool(ended) == self._took(name, m.returned(known, at=at, quality_good=good))
        if known.is_active and not good:
            self._took(name, m.quality(known, good=False))

    def _act(self, name: str, expected: m.Machine | None, act: object, **arguments: object) -> None:
        alarm = Alarm.objects.filter(source=name).first()
        if alarm is None:
            return
        try:
            act(alarm_id=alarm.pk, as_of=self.now, **{"by": self.olga, **arguments})  # type: ignore[operator]
        except services.ActRefused:
            self.refused += 1
            assert expected is None
        else:
            assert self._took(name, expected)

    def acknowledge(self, name: str) -> None:
        wanted = self._machine(name).occurrence - self.chance.choice([0, 0, 0, 1])
        expected = m.acknowledged(self._machine(name), occurrence=wanted)
        self._act(name, expected, services.acknowledge, occurrence=wanted)

    def reset(self, name: str) -> None:
        wanted = self._machine(name).occurrence
        self._act(name, m.reset(self._machine(name), occurrence=wanted), services.reset, occurrence=wanted)

    def shelve(self, name: str) -> None:
        hours = self.chance.choice([0.01, 1, 13])
        until = self.now + timedelta(hours=hours)
        expected = m.shelved(self._machine(name)) if hours <= 12 else None
        self._act(name, expected, services.shelve, reason="known", until=until)
        if expected is not None and name in self.machines:
            self.until[name] = until

    def unshelve(self, name: str) -> None:
        expected = m.unshelved(self._machine(name))
        self._act(name, expected, services.unshelve)
        if expected is not None:
            self.until.pop(name, None)

    def out_of_service(self, name: str) -> None:
        alarm = Alarm.objects.filter(source=name).first()
        if alarm is None or alarm.work_order:
            return
        known = self._machine(name)
        services.ask_out_of_service(alarm_id=alarm.pk, work_order="W1", reason="x", by=self.olga, as_of=self.now)
        self._took(name, known)
        services.approve_out_of_service(alarm_id=alarm.pk, by=self.boss, as_of=self.now)
        assert self._took(name, m.out_of_service(known))

    def in_service(self, name: str) -> None:
        self._act(name, m.in_service(self._machine(name)), services.return_to_service)

    def tick(self, name: str) -> None:
        self.now += timedelta(seconds=self.chance.choice([0.5, 5, 40, 61]))
        sweep(as_of=self.now)
        for one in sorted(self.machines):
            if one in self.until and self.until[one] <= self.now:
                del self.until[one]
                assert self._took(one, m.unshelved(self.machines[one]))
            self._took(one, m.settled(self.machines[one], at=self.now))

    def check(self) -> None:
        stored = {alarm.source: alarm for alarm in Alarm.objects.all()}
        assert {name: machine_of(alarm) for name, alarm in stored.items()} == self.machines
        assert {name: alarm.version for name, alarm in stored.items()} == self.moves


EVENTS = (
    *("raise_", "raise_", "raise_", "clear", "clear", "clear", "acknowledge", "acknowledge", "reset"),
    *("shelve", "unshelve", "out_of_service", "in_service", "tick"),
)


def fact(source: str, **changes: object) -> services.AlarmFact:
    plain = services.AlarmFact(
        source=source,
        condition=Condition.OVERLOAD,
        priority=Priority.HIGH,
        equipment_name=source,
        message=f"{source} carries 110 % of its rating",
        at=NOON,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]
