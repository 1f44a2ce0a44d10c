"""Weather files as providers write them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.weather.choices import DataKind, FeedKind, FileFormat
from apps.weather.models import Feed

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)


def make_feed(name: str = "provider", **more: object) -> Feed:
    usual = {
        "kind": FeedKind.FOLDER,
        "file_format": FileFormat.OPEN_METEO,
        "data_kind": DataKind.FORECAST,
        "provider": "provider",
        "folder": "incoming",
    }
    return Feed.objects.create(name=name, **{**usual, **more})


def open_meteo(hours: int = 4, *, begin: datetime = MIDNIGHT, step_s: int = 3600, **more: Any) -> dict[str, Any]:
    """`more` replaces or adds keys of the document."""
    times = [(begin + timedelta(seconds=n * step_s)).strftime("%Y-%m-%dT%H:%M") for n in range(hours)]
    usual = {
        "latitude": 53.1,
        "longitude": 8.2,
        "utc_offset_seconds": 0,
        "hourly_units": {"time": "iso8601", "temperature_2m": "°C"},
        "hourly": {"time": times, "temperature_2m": [float(n) for n in range(hours)]},
    }
    return {**usual, **more}


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()
