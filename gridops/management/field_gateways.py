"""The gateways that a demo has beside that of the field's stations, and their settings at first."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

BATTERY_POLL_S, MICROGRID_POLL_S, HEARTBEAT = 5.0, 1.0, "715/ControllerHb"

Settings = Callable[[Path], dict[str, Any]]


def _heartbeats(points: Path) -> list[str]:
    """A register of each unit, counted up so that a plant knows that the room is there."""
    with points.open() as file:
        units = {row["address"].split("/")[0] for row in csv.DictReader(file) if row["address"].startswith("sunspec:")}
    return [f"{unit}/{HEARTBEAT}" for unit in sorted(units)]


# By what the field calls them: their gateway, and its settings at first. Without batteries nothing forms an island.
SPEAKING: dict[str, tuple[str, Settings]] = {
    "battery": ("batteries", lambda points: {"poll_s": BATTERY_POLL_S, "heartbeats": _heartbeats(points)}),
    "microgrid": ("microgrids", lambda _points: {"poll_s": MICROGRID_POLL_S}),
}
