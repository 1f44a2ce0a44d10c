"""The meters of the homes: energy by quarter of an hour of the wall clock, and the files in which it is handed over."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from gridops.simulator.points import FloatArray
from gridops.simulator.posted import write_whole

QUARTER_S = 900
UNTIL = ".told-until"  # kept in the folder: after a pause only what is missing is told


class Meters:
    """Counts what is drawn; a quarter of an hour that it did not see wholly is not told."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._kwh: dict[int, FloatArray] = {}
        self._seen_s: dict[int, float] = {}

    def take(self, kw: FloatArray, begin_s: float, length_s: float) -> None:
        """length_s must not be longer than a quarter; what crosses its end counts where its middle lies."""
        quarter = int((begin_s + length_s / 2) // QUARTER_S)
        self._kwh[quarter] = self._kwh.get(quarter, np.zeros(self._count)) + kw * (length_s / 3600)
        self._seen_s[quarter] = self._seen_s.get(quarter, 0.0) + length_s

    def closed(self, wall_s: float) -> list[tuple[int, FloatArray]]:
        """Takes out the quarters that are over: begin in unix seconds and kWh by home, oldest first."""
        over = sorted(quarter for quarter in self._kwh if (quarter + 1) * QUARTER_S <= wall_s)
        found = []
        for quarter in over:
            kwh, seen = self._kwh.pop(quarter), self._seen_s.pop(quarter)
            if seen > 0.9 * QUARTER_S:
                found.append((quarter * QUARTER_S, kwh * (QUARTER_S / seen)))
        return found


def write_quarters(
    folder: Path, meters: Sequence[str], quarters: Sequence[tuple[int, FloatArray]], *, now_s: float
) -> bool:
    """A row an interval; whether there was anything to tell."""
    rows = [
        f"{meter},{_stamp(begin_s)},{QUARTER_S // 60},{value:.4f}"
        for begin_s, kwh in quarters
        for meter, value in zip(meters, kwh.tolist(), strict=True)
    ]
    if rows:
        name = f"readings_{datetime.fromtimestamp(quarters[0][0], UTC):%Y%m%dT%H%MZ}_{now_s:.0f}.csv"
        write_whole(folder / name, "\n".join(("usage_point,start,minutes,kwh", *rows)) + "\n")
    return bool(rows)


def write_days(folder: Path, meters: Sequence[str], days: Mapping[date, FloatArray], *, now_s: float) -> bool:
    """A row a meter and local day, of all its quarters (quarters, meters); whether there was anything to tell."""
    rows = [
        f"{meter},{day.isoformat()},{QUARTER_S // 60},{' '.join(f'{one:.4f}' for one in kwh[:, place].tolist())}"
        for day, kwh in days.items()
        for place, meter in enumerate(meters)
    ]
    if rows:
        name = f"readings_{min(days):%Y%m%d}_{max(days):%Y%m%d}_{now_s:.0f}.csv"
        write_whole(folder / name, "\n".join(("usage_point,day,minutes,readings", *rows)) + "\n")
    return bool(rows)


def mark_told(folder: Path, until_s: float) -> None:
    write_whole(folder / UNTIL, f"{until_s:.0f}")


def _stamp(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
