"""Open-Meteo's JSON as its API answers: one document, or a list of them (several places, or several issues).

Besides what the API writes, a document may say `issued_at`, `available_at` and `location`; the API itself tells no time
of issue. Radiation and precipitation are told for the step before their stamp there, and for the step after it here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from apps.weather.adapters.parsed import (
    MOST_SERIES,
    MOST_VALUES,
    FileRefused,
    ParsedRun,
    ParsedSeries,
    Place,
    checked,
    checked_instant,
    coordinate,
    instant_of,
    step_of,
)
from apps.weather.adapters.units import converted
from apps.weather.choices import Variable

FloatArray = npt.NDArray[np.float64]

BLOCKS = ("hourly", "minutely_15")
# Its name there, ours, the unit it has unless the file says another, and whether it is of the step before its stamp.
NAMES: dict[str, tuple[Variable, str, bool]] = {
    "temperature_2m": (Variable.TEMPERATURE_C, "°C", False),
    "relative_humidity_2m": (Variable.HUMIDITY_PERCENT, "%", False),
    "wind_speed_10m": (Variable.WIND_SPEED_M_S, "km/h", False),
    "wind_speed_100m": (Variable.WIND_SPEED_100M_M_S, "km/h", False),
    "wind_direction_10m": (Variable.WIND_DIRECTION_DEG, "°", False),
    "wind_direction_100m": (Variable.WIND_DIRECTION_100M_DEG, "°", False),
    "wind_gusts_10m": (Variable.GUST_M_S, "km/h", True),
    "shortwave_radiation": (Variable.GHI_W_M2, "W/m²", True),
    "direct_normal_irradiance": (Variable.DNI_W_M2, "W/m²", True),
    "diffuse_radiation": (Variable.DHI_W_M2, "W/m²", True),
    "cloud_cover": (Variable.CLOUD_COVER_PERCENT, "%", False),
    "precipitation": (Variable.PRECIPITATION_MM, "mm", True),
    "pressure_msl": (Variable.PRESSURE_HPA, "hPa", False),
    "snow_depth": (Variable.SNOW_DEPTH_CM, "m", False),
}
_OLD_NAMES = {
    "relativehumidity_2m": "relative_humidity_2m",
    "windspeed_10m": "wind_speed_10m",
    "windspeed_100m": "wind_speed_100m",
    "winddirection_10m": "wind_direction_10m",
    "winddirection_100m": "wind_direction_100m",
    "windgusts_10m": "wind_gusts_10m",
    "cloudcover": "cloud_cover",
}
_MEMBER = "_member"


def parse(content: bytes) -> list[ParsedRun]:
    """Raises FileRefused."""
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise FileRefused(
            f"line {error.lineno}, column {error.colno}",
            "this is no complete JSON (missing values are null, not NaN); save the answer of the API as it is",
        ) from None
    documents = told if isinstance(told, list) else [told]
    if not documents or len(documents) > MOST_SERIES:
        raise FileRefused("the file", f"it holds {len(documents)} documents; give 1 to {MOST_SERIES}")
    left = MOST_VALUES
    runs: dict[tuple[datetime | None, datetime | None], ParsedRun] = {}
    for number, document in enumerate(documents):
        prefix = f"[{number}]." if isinstance(told, list) else ""
        run = _document(document, prefix)
        left -= sum(len(one.values) for one in run.series)
        if left < 0:
            raise FileRefused("the file", f"it holds more than {MOST_VALUES} values; cut it into smaller ones")
        kept = runs.setdefault((run.issued_at, run.available_at), run)
        if kept is not run:
            kept.series.extend(run.series)
    return list(runs.values())


def _document(document: Any, prefix: str) -> ParsedRun:
    if not isinstance(document, dict):
        raise FileRefused(prefix or "the file", "it is no object with 'hourly' or 'minutely_15' in it")
    if document.get("error"):
        reason = str(document.get("reason", ""))[:150]
        raise FileRefused(f"{prefix}error", f"the provider refused the question: {reason}")
    place = Place(
        name=_name(document.get("location"), f"{prefix}location"),
        latitude=coordinate(document.get("latitude"), f"{prefix}latitude", 90.0),
        longitude=coordinate(document.get("longitude"), f"{prefix}longitude", 360.0),
        altitude_m=_altitude(document.get("elevation")),
    )
    issued_at, available_at = (
        instant_of(document[name], prefix + name) if document.get(name) is not None else None
        for name in ("issued_at", "available_at")
    )
    run = ParsedRun(issued_at, available_at)
    for block in BLOCKS:
        if document.get(block) is not None:
            run.series.extend(_block(document, block, place, prefix))
    if not run.series:
        raise FileRefused(f"{prefix}hourly", f"no variable that is known; ask for one of {', '.join(NAMES)}")
    return run


def _name(value: Any, place: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= 120 or not value.isprintable():
        raise FileRefused(place, "give a name of at most 120 characters")
    return value


def _altitude(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and -500 < value < 9000 else None


def _block(document: Mapping[str, Any], block: str, place: Place, prefix: str) -> list[ParsedSeries]:
    columns = document[block]
    if not isinstance(columns, dict) or not isinstance(columns.get("time"), list) or not columns["time"]:
        raise FileRefused(f"{prefix}{block}.time", "give a list of times")
    units = document.get(f"{block}_units")
    units = units if isinstance(units, dict) else {}
    times = _times(columns["time"], _offset_s(document, prefix), f"{prefix}{block}.time")
    step_s = step_of(times, f"{prefix}{block}.time")
    begin = checked_instant(_instant(int(times[0]), f"{prefix}{block}.time[0]"), f"{prefix}{block}.time[0]")
    found = []
    for name, column in columns.items():
        known, member = _known(name)
        if known is None:
            continue
        variable, usual, is_before = NAMES[known]
        where = f"{prefix}{block}.{name}"
        values = _numbers(column, len(times), where)
        unit = units.get(name, usual)
        values = checked(variable, converted(variable, values, str(unit), f"{prefix}{block}_units.{name}"), where)
        starts_at = begin - timedelta(seconds=step_s) if is_before else begin
        found.append(ParsedSeries(place, variable, member, starts_at, step_s, values))
    return found


def _known(name: str) -> tuple[str | None, int]:
    """The variable's name there and the member of the ensemble; `temperature_2m_member03` is the third besides 0."""
    head, _, tail = name.partition(_MEMBER)
    known = _OLD_NAMES.get(head, head)
    member = int(tail) if tail.isascii() and tail.isdigit() and len(tail) < 4 else 0
    return (known if known in NAMES and (member or not tail) else None), member


def _offset_s(document: Mapping[str, Any], prefix: str) -> int:
    offset = document.get("utc_offset_seconds", 0)
    if isinstance(offset, bool) or not isinstance(offset, int) or abs(offset) > 15 * 3600:
        raise FileRefused(f"{prefix}utc_offset_seconds", f"{str(offset)[:20]!r} is no offset in seconds")
    return offset


def _times(told: list[Any], offset_s: int, place: str) -> npt.NDArray[np.int64]:
    """Unix seconds. Numbers are of UTC already, texts are local by the file's one offset."""
    seconds = []
    for number, one in enumerate(told):
        if isinstance(one, int) and not isinstance(one, bool) and abs(one) < 1e11:
            seconds.append(one)
            continue
        try:
            moment = datetime.fromisoformat(one)
        except (TypeError, ValueError):
            raise FileRefused(f"{place}[{number}]", f"{str(one)[:40]!r} is no time like 2026-03-10T06:00") from None
        shift = 0 if moment.tzinfo else offset_s
        seconds.append(int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) - shift)
    return np.array(seconds, dtype=np.int64)


def _instant(unix_s: int, place: str) -> datetime:
    try:
        return datetime.fromtimestamp(unix_s, UTC)
    except (OverflowError, ValueError, OSError):
        raise FileRefused(place, f"{unix_s} is no time in seconds since 1970") from None


def _numbers(column: Any, length: int, place: str) -> FloatArray:
    if not isinstance(column, list) or len(column) != length:
        raise FileRefused(place, f"give one value for each of the {length} times")
    for number, value in enumerate(column):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise FileRefused(f"{place}[{number}]", f"{str(value)[:40]!r} is no number; write a number or null")
    try:
        return np.array([np.nan if value is None else value for value in column], dtype=np.float64)
    except OverflowError:
        raise FileRefused(place, "a number is too large; see whether the unit is told rightly") from None
