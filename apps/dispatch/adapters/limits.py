"""Limits of connection points as they lie in the rows: little-endian 32-bit floats of rows x points, deflated."""

import zlib

import numpy as np
import numpy.typing as npt

_PACKED, _POSITION = np.dtype("<f4"), np.dtype("<u4")
_DIGITS = 2  # of kW
FloatArray = npt.NDArray[np.float64]


def packed(values: npt.ArrayLike) -> bytes:
    return zlib.compress(np.round(np.asarray(values, np.float64), _DIGITS).astype(_PACKED).tobytes())


def unpacked(raw: bytes | memoryview, *, columns: int) -> FloatArray:
    """Rows x columns."""
    values = np.frombuffer(zlib.decompress(raw), _PACKED) if raw else np.zeros(0)
    return values.astype(np.float64).reshape(-1, max(columns, 1))


def packed_prices(values: npt.ArrayLike) -> bytes:
    """One row that is not rounded: a price is small."""
    return zlib.compress(np.asarray(values, _PACKED).tobytes())


def packed_positions(values: npt.ArrayLike) -> bytes:
    return zlib.compress(np.asarray(values, _POSITION).tobytes())


def unpacked_positions(raw: bytes | memoryview) -> npt.NDArray[np.int64]:
    return np.frombuffer(zlib.decompress(raw), _POSITION).astype(np.int64) if raw else np.zeros(0, np.int64)
