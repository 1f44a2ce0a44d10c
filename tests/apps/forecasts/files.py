"""CSV files as people have them."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def instants(days: int, step_min: int = 60, begin: datetime = BEGIN) -> list[datetime]:
    return [begin + timedelta(minutes=step_min * number) for number in range(days * 24 * 60 // step_min)]


def rhythm(at: list[datetime], *, seed: int = 1, noise: float = 3.0) -> np.ndarray:
    hour = np.array([one.hour + one.minute / 60 for one in at])
    free = np.array([one.weekday() >= 5 for one in at])
    return (
        100 + 30 * np.sin((hour - 9) * np.pi / 12) - 15 * free + np.random.default_rng(seed).normal(0, noise, len(at))
    )


def write(path: Path, times: list[str], columns: dict[str, list[object] | np.ndarray], separator: str = ",") -> Path:
    lines = [separator.join(["time", *columns])]
    for number, time in enumerate(times):
        values = [one[number] for one in columns.values()]
        lines.append(separator.join([time, *("" if value != value else str(value) for value in values)]))  # noqa: PLR0124
    text = "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def utc(at: list[datetime]) -> list[str]:
    return [one.strftime("%Y-%m-%dT%H:%MZ") for one in at]


def wall(at: list[datetime], zone: str) -> list[str]:
    return [one.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") for one in at]


def series(path: Path, days: int, step_min: int = 60, **shape: float) -> Path:
    at = instants(days, step_min)
    return write(path, utc(at), {"load": rhythm(at, **shape)})
