"""Time tags, always UTC: CP56Time2a in seven octets, CP24Time2a in three, with a bit for a clock not to be trusted."""

import numpy as np
from numpy.typing import NDArray

UNTAGGED_AT = -1
TIME_INVALID = 0x80
TIME_FIELDS = [("ms", "<u2"), ("minute", "u1"), ("hour", "u1"), ("day", "u1"), ("month", "u1"), ("year", "u1")]
SHORT_TIME_FIELDS = TIME_FIELDS[:2]
TIME_DTYPE = np.dtype(TIME_FIELDS)

_US_PER_MS, _US_PER_MINUTE, _US_PER_HOUR, _US_PER_DAY = 1_000, 60_000_000, 3_600_000_000, 86_400_000_000
_HALF_HOUR_US = _US_PER_HOUR // 2
_FIRST_US = int(np.datetime64("2000-01-01", "us").astype(np.int64))
_END_US = int(np.datetime64("2100-01-01", "us").astype(np.int64))


def _calendar() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of every (year octet & 127, month octet & 15): the day before its first since 1970, and its number of days."""
    before, days = np.zeros((128, 16), np.int64), np.zeros((128, 16), np.int64)
    months = np.arange("2000-01", "2100-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
    before[:100, 1:13] = months[:-1].reshape(100, 12) - 1
    days[:100, 1:13] = np.diff(months).reshape(100, 12)
    return before, days


_DAY_BEFORE, _DAYS = _calendar()


def decode_times(raw: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """UTC microseconds (-1 where the fields are no date) and whether the clock is doubtful; `raw` has TIME_FIELDS."""
    year, month = raw["year"] & 0x7F, raw["month"] & 0x0F
    day, hour, minute = raw["day"] & 0x1F, raw["hour"] & 0x1F, raw["minute"] & 0x3F
    valid = (day > 0) & (day <= _DAYS[year, month]) & (hour < 24) & (minute < 60) & (raw["ms"] < 60_000)
    at = (
        (_DAY_BEFORE[year, month] + day) * _US_PER_DAY
        + hour * np.int64(_US_PER_HOUR)
        + minute * np.int64(_US_PER_MINUTE)
        + raw["ms"] * np.int64(_US_PER_MS)
    )
    return np.where(valid, at, UNTAGGED_AT), ~valid | ((raw["minute"] & TIME_INVALID) != 0)


def encode_times(raw: NDArray[np.void], at_us: NDArray[np.int64], doubtful: NDArray[np.bool_]) -> None:
    """Write UTC microseconds into `raw` (TIME_FIELDS); outside 2000..2099 it becomes 2000 with the invalid bit."""
    outside = (at_us < _FIRST_US) | (at_us >= _END_US)
    at = np.where(outside, _FIRST_US, at_us)
    days, rest = np.divmod(at, _US_PER_DAY)
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    raw["ms"] = rest % _US_PER_MINUTE // _US_PER_MS
    raw["minute"] = (rest // _US_PER_MINUTE % 60) | np.where(outside | doubtful, TIME_INVALID, 0)
    raw["hour"] = rest // _US_PER_HOUR
    raw["day"] = (date - month.astype("datetime64[D]")).astype(np.int64) + 1
    raw["month"] = month.astype(np.int64) % 12 + 1
    raw["year"] = month.astype(np.int64) // 12 - 30


def decode_short_times(raw: NDArray[np.void], near_us: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Of CP24Time2a, which tells no hour: the instant within half an hour of `near_us`; else as `decode_times`."""
    minute = raw["minute"] & 0x3F
    valid = (minute < 60) & (raw["ms"] < 60_000)
    in_hour = minute * np.int64(_US_PER_MINUTE) + raw["ms"] * np.int64(_US_PER_MS)
    from_us = near_us - _HALF_HOUR_US
    at = from_us + (in_hour - from_us) % _US_PER_HOUR
    return np.where(valid, at, UNTAGGED_AT), ~valid | ((raw["minute"] & TIME_INVALID) != 0)


def encode_short_times(raw: NDArray[np.void], at_us: NDArray[np.int64], doubtful: NDArray[np.bool_]) -> None:
    """Write minute and milliseconds into `raw` (SHORT_TIME_FIELDS)."""
    in_hour = at_us % _US_PER_HOUR
    raw["ms"] = in_hour % _US_PER_MINUTE // _US_PER_MS
    raw["minute"] = in_hour // _US_PER_MINUTE | np.where(doubtful, TIME_INVALID, 0)


def encode_time(at_us: int) -> bytes:
    """One CP56Time2a."""
    raw = np.zeros(1, TIME_DTYPE)
    encode_times(raw, np.array([at_us], np.int64), np.zeros(1, np.bool_))
    return raw.tobytes()


def decode_time(octets: bytes) -> tuple[int, bool]:
    """UTC microseconds (-1 for no date) and whether the clock is doubtful, of seven octets."""
    at, doubtful = decode_times(np.frombuffer(octets, TIME_DTYPE))
    return int(at[0]), bool(doubtful[0])
