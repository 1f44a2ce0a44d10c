import argparse
import logging
import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gridops.database_locks import SiteLock
from gridops.supervise.process import Spec, ask_to_stop, await_the_end, spawn

log = logging.getLogger("gridops.run_alone")

PULSE_S = 0.1
STAND_BY_S = 1.0  # between two tries of a host that stands by
LOOK_S = 1.0  # between two looks at the lock


class Command(BaseCommand):
    help = "Run a command that a site needs once: on a second host it stands by until the first one is lost."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", help="the same on all hosts")
        parser.add_argument("command", nargs="+", help="after --")

    def handle(self, *args: object, **options: Any) -> None:
        self.is_asked_to_end = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        lock = SiteLock(options["name"])
        try:
            if self._stood_by(lock):
                self._run(lock, Spec(name=options["name"], command=options["command"], stop_patience_s=10))
        finally:
            lock.close()

    def _end(self, *_: object) -> None:
        self.is_asked_to_end = True

    def _stood_by(self, lock: SiteLock) -> bool:
        """True with the lock; False if it was asked to end before."""
        told = False
        while not self.is_asked_to_end:
            if lock.try_to_take():
                log.info("%s: this host has it", lock.name)
                return True
            if not told:
                log.info("%s: another host has it; this one stands by", lock.name)
                told = True
            time.sleep(STAND_BY_S)
        return False

    def _run(self, lock: SiteLock, spec: Spec) -> None:
        process = spawn(spec, errors=None)
        try:
            looked = time.monotonic()
            while process.poll() is None and not self.is_asked_to_end:
                time.sleep(PULSE_S)
                if time.monotonic() - looked > LOOK_S:
                    self._let_go_if_lost(lock, process)
                    looked = time.monotonic()
        finally:
            ask_to_stop(process, spec)
            await_the_end(process, spec)
        if process.returncode and not self.is_asked_to_end:
            sys.exit(abs(process.returncode))

    def _let_go_if_lost(self, lock: SiteLock, process: "subprocess.Popen[bytes]") -> None:
        """Killed, not asked: the server gives the lock to another host a few seconds after this one lost its way."""
        if not lock.is_held():
            process.kill()
            raise CommandError(f"{lock.name}: the lock was lost ({settings.VAR}); another host may have it now.")
