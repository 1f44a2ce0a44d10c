"""What the processes of a running site do, one after the other at one instant of the tape."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Final

from celery import current_app
from django.db import connection
from django.utils import timezone

from apps.alarms.services import clock as alarm_clock
from apps.dispatch.choices.order import PENDING
from apps.dispatch.choices.proposal import ProposalStatus
from apps.dispatch.models import Order, Proposal
from apps.dispatch.services import course_following, execution, order_watch
from apps.incidents.services import restoring
from apps.incidents.services.rounds import Rounds
from apps.microgrids.choices.transition import TransitionStatus
from apps.microgrids.models import Transition
from apps.microgrids.services import transition_rounds
from apps.state.services.scan import Scanner
from gridops.replay.living.schedule import TapeSchedule

LATE_S: Final = 2.0  # what the process of orders does less often
CANARY_S: Final = 30.0
_GOING_ON: Final = (ProposalStatus.APPROVED, ProposalStatus.EXECUTING)


class Duties:
    """`seconds`: of the machine, by what they were spent on. `failures`: what ended early, and how often."""

    def __init__(self, schedule: TapeSchedule, *, without: Collection[str]) -> None:
        current_app.loader.import_default_modules()  # as a worker does before it takes a task
        self._schedule, self._without = schedule, frozenset(without)
        self._scanner, self._rounds = Scanner(), Rounds()
        self._late_at: datetime | None = None
        self._sung_at: datetime | None = None
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.failures: Counter[str] = Counter()

    def look(self, as_of: datetime) -> None:
        """Of everything that has come in: one scan, and what watches over orders, incidents, microgrids, alarms."""
        self._done("scan", partial(self._scanner.scan, as_of=as_of))
        for name, act in self._watches(as_of):
            self._done(name, act)

    def work(self, now: datetime) -> None:
        """What the operating cycle holds that is due by now."""
        for name in self._schedule.due(now):
            self._done(name.removeprefix("apps."), partial(_task, name))

    def is_busy(self) -> bool:
        """Whether something goes on in the field that the room waits for."""
        return (
            Order.objects.filter(status__in=PENDING).exists()
            or Proposal.objects.filter(status__in=_GOING_ON, waits_at=0).exists()
            or Transition.objects.filter(status=TransitionStatus.RUNNING).exists()
        )

    def dearest(self) -> dict[str, float]:
        """Seconds of the machine by what they were spent on, the most first."""
        told = sorted(self.seconds.items(), key=lambda each: -each[1])
        return {name: round(value, 2) for name, value in told}

    def _watches(self, as_of: datetime) -> Sequence[tuple[str, Callable[[], object]]]:
        watches: list[tuple[str, Callable[[], object]]] = [
            ("orders", partial(self._orders, as_of)),
            ("incidents", partial(self._rounds.advance, clock=timezone.now)),
        ]
        if "restoration" not in self._without:
            watches.append(("restoration", partial(restoring.look, as_of=as_of)))
        if "microgrids" not in self._without:
            watches.append(("microgrids", partial(transition_rounds.advance, clock=timezone.now)))
        return [*watches, ("alarm clock", partial(self._alarms, as_of))]

    def _orders(self, as_of: datetime) -> None:
        order_watch.advance(as_of=as_of)
        if self._late_at is not None and as_of - self._late_at < timedelta(seconds=LATE_S):
            return
        self._late_at = as_of
        order_watch.find_out(as_of=as_of)
        order_watch.late_effects(as_of=as_of)
        execution.advance(as_of=as_of)
        course_following.advance_courses(clock=timezone.now)

    def _alarms(self, as_of: datetime) -> None:
        alarm_clock.sweep(as_of=as_of)
        alarm_clock.watch_areas(as_of=as_of)
        if self._sung_at is None or as_of - self._sung_at >= timedelta(seconds=CANARY_S):
            alarm_clock.sing(as_of=as_of)
            self._sung_at = as_of

    def _done(self, name: str, act: Callable[[], object]) -> None:
        """As in the live site: what fails is counted and told, and the next round finds the same rows."""
        began = perf_counter()
        try:
            act()
        except Exception as error:  # noqa: BLE001  told in the notes of the run
            self.failures[f"{name}: {type(error).__name__}: {error}"[:300]] += 1
            connection.close()
            if name == "scan":
                self._scanner = Scanner()
            if name == "incidents":
                self._rounds = Rounds()
        self.seconds[name] += perf_counter() - began


def _task(name: str) -> None:
    """Its work alone: how tasks are counted and given up is the workers' affair."""
    current_app.tasks[name].run()
