"""The fleet by the wall clock: homes that draw from the field, are metered, and listen to the control room."""

import asyncio
import heapq
import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.vens.channel import FieldLine, FieldTime
from gridops.simulator.vens.crowd import Answer, Crowd
from gridops.simulator.vens.documents import BASELINE, STATE, USAGE, Event, read_event, report
from gridops.simulator.vens.fleet import Fleet
from gridops.simulator.vens.meters import QUARTER_S, Meters, mark_told, write_quarters
from gridops.simulator.vens.surroundings import STEP_S
from gridops.simulator.vens.town import DEVICES
from gridops.simulator.vens.vtn import Credentials, NotAnswered, Vtn

log = logging.getLogger("gridops.simulator.homes")

PULSE_S = 1.0
CONNECTIONS = 4
REPORT_S = 300.0
AFTER_S = 3600.0  # reports go on after an event, so that what comes back is seen
FURTHEST_S = 3 * 3600.0  # of profile time: a leap beyond that is not lived through
MOST_STEPS = 60  # in one pulse


class Living:
    """Homes without credentials draw power and are metered, and hear nothing."""

    def __init__(
        self,
        fleet: Fleet,
        crowd: Crowd,
        *,
        line: FieldLine,
        vtn: Vtn | None,
        credentials: Sequence[Credentials],
        meter_folder: Path | None,
        poll_s: float,
    ) -> None:
        self._fleet, self._crowd, self._line, self._vtn = fleet, crowd, line, vtn
        place = {reference: n for n, reference in enumerate(fleet.town.reference)}
        self._who = {place[one.reference]: one for one in credentials if one.reference in place}
        self._undeclared = set(self._who)
        self._folder, self._poll_s = meter_folder, poll_s
        self._meters = Meters(len(fleet.town))
        self._minutes: deque[tuple[float, FloatArray, FloatArray]] = deque(maxlen=240)
        self._more: dict[str, float] = {}
        self._reported: dict[tuple[str, int], int] = {}
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="homes")
        self._troubles = 0

    async def run(self, stop: asyncio.Event) -> None:
        beside = [asyncio.create_task(self._listen())] if self._vtn else []
        try:
            while not stop.is_set():
                told = await self._line.tell(self._more)
                if told is not None:
                    await asyncio.to_thread(self._follow, told, time.time())
                await asyncio.sleep(PULSE_S)
        finally:
            for task in beside:
                task.cancel()
            self._line.close()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _follow(self, told: FieldTime, now_s: float) -> None:
        """Up to the field's profile time, step by step."""
        target = told.profile_s(now_s)
        if not -FURTHEST_S < target - self._fleet.unix_s < FURTHEST_S:
            self._fleet.begin_at(target - STEP_S)
        for _ in range(MOST_STEPS):
            if self._fleet.unix_s + STEP_S > target:
                break
            self._step(told, now_s - (target - self._fleet.unix_s) / told.speed)
        self._hand_over(now_s)
        self._crowd.forget(now_s)

    def _step(self, told: FieldTime, wall_s: float) -> None:
        """One that begins at wall_s."""
        length_s = STEP_S / told.speed
        step = self._fleet.step(self._crowd.orders(wall_s), warmer_c=told.warmer_c)
        for place in self._crowd.feel(step.discomfort_k, wall_s, STEP_S):
            log.info("%s has had enough and switches back", self._fleet.town.name[place])
        self._more = self._fleet.by_load(step.called_kw - step.free_kw)
        self._minutes.append((wall_s + length_s, step.called_kw * length_s / 3600, step.discomfort_k))
        if length_s <= QUARTER_S:
            self._meters.take(step.called_kw, wall_s, length_s)

    def _hand_over(self, now_s: float) -> None:
        if self._folder is None:
            return
        try:
            over = self._meters.closed(now_s)
            if write_quarters(self._folder, self._fleet.town.meter, over, now_s=now_s):
                mark_told(self._folder, over[-1][0] + QUARTER_S)
        except OSError as error:
            log.warning("no meter readings were handed over: %s", error)

    async def _listen(self) -> None:
        """Each home asks now and then, never all at one time; a few at once."""
        rng = np.random.default_rng()
        due = [(time.monotonic() + rng.uniform(0, self._poll_s), place) for place in self._who]
        heapq.heapify(due)
        busy = asyncio.Semaphore(CONNECTIONS)
        asking: set[asyncio.Task[None]] = set()
        while due:
            at, place = heapq.heappop(due)
            await asyncio.sleep(max(at - time.monotonic(), 0.0))
            await busy.acquire()
            task = asyncio.create_task(self._ask(place, busy))
            asking.add(task)
            task.add_done_callback(asking.discard)
            heapq.heappush(due, (time.monotonic() + self._poll_s * rng.uniform(0.9, 1.1), place))

    async def _ask(self, place: int, busy: asyncio.Semaphore) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._talk, place, time.time())
            self._troubles = 0
        except NotAnswered as error:
            self._troubles += 1
            if self._troubles & (self._troubles - 1) == 0:  # the first, second, fourth …
                log.warning("%s: %s", self._who[place].ven_name, error)
        finally:
            busy.release()

    def _talk(self, place: int, now_s: float) -> None:
        if self._vtn is None:
            return
        if place in self._undeclared:
            town = self._fleet.town
            self._vtn.declare(self._who[place], {DEVICES[kind]: kw for kind, kw in town.devices(place).items()})
            self._undeclared.discard(place)
        found = (read_event(one, now_s) for one in self._vtn.events(self._who[place]))
        for answer in self._crowd.learn(place, [event for event in found if event is not None]):
            if not answer.is_mute and answer.event.begin_s > now_s:
                self._tell(place, answer, [{STATE: _state(answer, now_s)}], now_s)
        for answer in list(self._crowd.homes[place].answers.values()):
            self._report_on(place, answer, now_s)

    def _report_on(self, place: int, answer: Answer, now_s: float) -> None:
        """What has not been told yet, by whole intervals; nothing where a minute of it is missing."""
        event, key = answer.event, (answer.event.id, place)
        until = int(min(now_s, event.end_s + AFTER_S) // REPORT_S)
        first = self._reported.get(key, int(-(-event.begin_s // REPORT_S)))
        if answer.is_mute or until <= first or USAGE not in event.wants:
            return
        before_kw = self._mean_kw(place, event.begin_s - QUARTER_S, event.begin_s)
        rows = []
        for number in range(first, until):
            kw = self._mean_kw(place, number * REPORT_S, (number + 1) * REPORT_S)
            if kw is None:
                return
            row = {USAGE: _kwh(kw), STATE: _state(answer, (number + 0.5) * REPORT_S)}
            rows.append(row if before_kw is None else row | {BASELINE: _kwh(before_kw)})
        self._tell(place, answer, rows, first * REPORT_S)
        self._reported[key] = until

    def _mean_kw(self, place: int, begin_s: float, end_s: float) -> float | None:
        """By the home's own meter; nothing where it has not counted the whole time."""
        found = [float(kwh[place]) for at, kwh, _ in list(self._minutes) if begin_s < at <= end_s]
        spacing = STEP_S if len(self._minutes) < 2 else self._minutes[-1][0] - self._minutes[-2][0]
        if len(found) * spacing < 0.75 * (end_s - begin_s):
            return None
        return sum(found) / (len(found) * spacing / 3600)

    def _tell(self, place: int, answer: Answer, rows: Sequence[dict[str, object]], begin_s: float) -> None:
        if self._vtn is None or not answer.event.wants:
            return
        who, number = self._who[place], int(begin_s)
        document = report(answer.event, who.ven_name, number=number, begin_s=begin_s, length_s=REPORT_S, rows=rows)
        self._vtn.report(who, document)


def _kwh(kw: float) -> float:
    return round(kw * REPORT_S / 3600, 4)


def _state(answer: Answer, wall_s: float) -> str:
    if answer.is_out:
        return "RUNNING_OPTED_OUT"
    if answer.is_deaf:
        return "ERROR"
    return "RUNNING_CURTAILED" if _asks(answer.event, wall_s) or wall_s < answer.event.begin_s else "NORMAL"


def _asks(event: Event, wall_s: float) -> bool:
    asked = event.at(wall_s)
    return asked is not None and asked.is_asking
