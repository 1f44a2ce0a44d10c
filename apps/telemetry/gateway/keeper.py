"""One child process for every wanted name: begun when it appears, ended when it goes, begun again if it dies."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import Error, connection

from apps.telemetry.models import Gateway
from apps.telemetry.rules.protocols import PROTOCOLS

log = logging.getLogger(__name__)
PERIOD_S = 1.0  # between two questions to the database
PULSES = 10  # looks at the children in a period
_PR_SET_PDEATHSIG = 1
_PATIENCE_S = 10.0
_FIRST_DELAY_S, _LONGEST_DELAY_S, _HEALTHY_AFTER_S = 0.2, 5.0, 30.0
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    started_at: float
    failures: int = 0


@dataclass
class Keeper:
    """`command` makes the command line by the name of a gateway, or of whatever else `kind` says."""

    command: Callable[[str], Sequence[str]]
    kind: str = "gateway"
    _children: dict[str, _Child] = field(default_factory=dict)
    _waiting: dict[str, tuple[float, int]] = field(default_factory=dict)  # when to start again, after so many failures

    def tend(self, wanted: set[str]) -> None:
        """One round: end what nobody wants, note what ended by itself, start what is due."""
        for name in self._children.keys() - wanted:
            log.info("%s %s is disabled or gone: its process ends", self.kind, name)
            self._end({name: self._children.pop(name)})
        self._waiting = {name: entry for name, entry in self._waiting.items() if name in wanted}
        for name, child in list(self._children.items()):
            if child.process.poll() is not None:
                self._note_the_end(name, child)
        for name in sorted(wanted - self._children.keys()):
            due_at, failures = self._waiting.get(name, (0.0, 0))
            if time.monotonic() >= due_at:
                self._start(name, failures)

    def running(self) -> Mapping[str, int]:
        """Process ids by gateway."""
        return {name: one.process.pid for name, one in self._children.items() if one.process.poll() is None}

    def stop(self) -> None:
        """End them all, together."""
        self._end(self._children)
        self._children = {}

    def _start(self, name: str, failures: int) -> None:
        log.info("%s %s: its process starts", self.kind, name)
        process = subprocess.Popen(list(self.command(name)), preexec_fn=_tie_to(os.getpid()))  # noqa: PLW1509, S603
        self._children[name] = _Child(process, time.monotonic(), failures)

    def _note_the_end(self, name: str, child: _Child) -> None:
        lasted = time.monotonic() - child.started_at
        failures = 0 if lasted > _HEALTHY_AFTER_S else child.failures
        delay_s = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2**failures)
        code = child.process.returncode
        log.warning("%s %s: its process ended (%d); again in %.1f s", self.kind, name, code, delay_s)
        self._waiting[name] = (time.monotonic() + delay_s, failures + 1)
        del self._children[name]

    @staticmethod
    def _end(children: Mapping[str, _Child]) -> None:
        for child in children.values():
            child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_S
        for child in children.values():
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def keep(keeper: Keeper, ask: Callable[[], set[str]]) -> None:
    """Tend what is asked for, until SIGTERM or Ctrl-C; while the database is away, what was asked for last."""
    signal.signal(signal.SIGTERM, _leave)
    wanted = set[str]()
    try:
        while True:
            try:
                wanted = ask()
            except Error:
                log.exception("what is wanted could not be asked for; every %s that runs goes on", keeper.kind)
                connection.close()
            for _ in range(PULSES):
                keeper.tend(wanted)
                time.sleep(PERIOD_S / PULSES)
    except KeyboardInterrupt:
        log.info("every %s ends", keeper.kind)
    finally:
        keeper.stop()


def _leave(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def enabled_gateways() -> set[str]:
    """Those that need a process: whoever pushes by HTTP has none."""
    held = [name for name, rules in PROTOCOLS.items() if rules.is_awaited]
    return set(Gateway.objects.filter(is_enabled=True, protocol__in=held).values_list("name", flat=True))


def _tie_to(parent: int) -> Callable[[], None]:
    """If the keeper is killed, the kernel ends its children: two processes must never hold one gateway."""

    def tie() -> None:
        if sys.platform == "linux":
            _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
            if os.getppid() != parent:
                os._exit(1)

    return tie
