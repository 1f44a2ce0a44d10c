"""A2: GridOps as it ships, in the tape's time, with a database of its own.

Django is begun here and not before, since its settings name the database: the room is loaded by name afterwards.
"""

import atexit
import os
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from gridops.cases.case import NetworkCase
from gridops.replay.arms.arm import ArmNotes, Options
from gridops.replay.living import home
from gridops.replay.living.database import own_database, server_url
from gridops.replay.plant import Plant
from gridops.replay.tape import Tape

_ROOM: Final = "gridops.replay.living.room"


class GridOps:
    """Reads the field itself, when it looks."""

    name, reads = "A2", False

    def __init__(self, options: Options) -> None:
        self._options, self._stack = options, ExitStack()
        self._room: Any = None

    def begin(self, plant: Plant) -> None:
        """Whatever ends the process but a kill, its database and its folder go with it."""
        atexit.register(self._stack.close)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        cases = Path(os.environ.get("GRIDOPS_VAR", "var")) / "cases"
        var = Path(tempfile.mkdtemp(prefix="gridops-replay-"))
        self._stack.callback(shutil.rmtree, var, ignore_errors=True)
        if cases.is_dir():
            shutil.copytree(cases, var / "cases")
        home.enter(self._stack.enter_context(own_database(server_url())), var)
        self._room = import_module(_ROOM).Room(plant, self._options)
        self._room.open()

    def act(self, _plant: Plant, now: datetime) -> datetime | None:
        wanted: datetime = self._room.act(now)
        return wanted

    def end(self, _plant: Plant) -> ArmNotes:
        with self._stack:
            notes: ArmNotes = self._room.close()
            return notes


def make(_tape: Tape, _case: NetworkCase, options: Options) -> GridOps:
    return GridOps(options)
