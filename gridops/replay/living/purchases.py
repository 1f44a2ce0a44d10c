"""What the room buys ahead: its own forecast of the net load of the system, as it stood when bids closed."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import STEP_S, Series
from apps.forecasts.selectors.issues import issue_at
from gridops.replay.tape import Tape
from gridops.simulator.points import FloatArray

GATE_BEFORE: Final = timedelta(hours=12)  # of the local midnight that the day begins with
FIRST_ISSUE: Final = timedelta(hours=1)  # after the begin: what a room has that had none when bids closed
MEDIAN: Final = 0.5


def planned_kw(tape: Tape) -> FloatArray:
    """(T,) kW by the rows of the record; nan where nothing was forecast, so nothing bought."""
    series = Series.objects.in_use().filter(subject=Subject.SYSTEM, quantity=Quantity.NET_LOAD).first()
    found = np.full(len(tape.grid_s), np.nan)
    if series is None:
        return found
    middles = [tape.begin + timedelta(seconds=float(at_s) - tape.step_s / 2) for at_s in tape.grid_s]
    gates = [gate_of(tape.begin, at) for at in middles]
    for gate in sorted(set(gates)):
        issue = issue_at(series, as_of=gate)
        if issue is None:
            continue
        said = issue.at_level(MEDIAN)
        for row, at in enumerate(middles):
            step = int(at.timestamp()) // STEP_S - issue.first
            if gates[row] == gate and 0 <= step < len(said):
                found[row] = said[step]
    return found


def gate_of(begin: datetime, at: datetime) -> datetime:
    """When bids closed for the local day of `at`; not before the room had its first forecast."""
    midnight = at.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(midnight - GATE_BEFORE, begin + FIRST_ISSUE)
