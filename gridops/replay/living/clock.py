"""The clock of the process and of its database stands at the tape's time, and is moved on by hand."""

from datetime import datetime

import time_machine
from django.db import connection


class TapeClock:
    """From `begin` to `end` whoever asks what time it is in this process is told the tape's. Nobody measures by it:
    durations are taken from the processor's counters, which go on."""

    def __init__(self) -> None:
        self._travel: time_machine.travel | None = None
        self._at: time_machine.Traveller | None = None

    def begin(self, at: datetime) -> None:
        self._travel = time_machine.travel(at, tick=False)
        self._at = self._travel.start()
        self._tell(at)

    def move(self, at: datetime) -> None:
        if self._at is None:
            raise RuntimeError("The clock has not begun.")
        self._at.move_to(at, tick=False)
        self._tell(at)

    def end(self) -> None:
        if self._travel is not None:
            self._travel.stop()
        self._travel = self._at = None

    def _tell(self, at: datetime) -> None:
        """Each connection anew: a failure may have closed the one before."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('gridops.now', %s, false)", [at.isoformat()])
