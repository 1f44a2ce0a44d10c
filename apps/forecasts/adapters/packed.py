"""Arrays as they lie in the rows."""

import struct
import zlib

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_PACKED = np.dtype("<f4")
_WHOLE = np.dtype("<i2")
_PARTS = 32_000  # of the largest size: what quantiles are rounded to
_SCALE = struct.Struct("<f")


def packed(values: npt.ArrayLike) -> bytes:
    """Little-endian 32-bit floats."""
    return np.asarray(values, _PACKED).tobytes()


def unpacked(content: bytes | memoryview, *, columns: int = 0) -> FloatArray:
    """One row of values; with `columns` as many of them in each row."""
    values = np.frombuffer(content, _PACKED).astype(np.float64)
    return values.reshape(-1, columns) if columns else values


def packed_quantiles(values: npt.ArrayLike) -> bytes:
    """Steps x levels, all known or none, in a third of the room: the scale, then whole parts of the largest size as
    differences from level to level and from step to step, low bytes before high ones, deflated.

    No value grows beyond the largest, and none crosses another.
    """
    given = np.asarray(values, np.float64)
    largest = float(np.abs(given).max(initial=0.0))
    scale = np.float32(largest / _PARTS)
    if float(scale) * _PARTS > largest:
        scale = np.nextafter(scale, np.float32(0))
    parts = np.rint(given / scale) if scale > 0 else np.zeros(given.shape)
    whole = parts.astype(_WHOLE).T  # differences may wrap around; their sums wrap back
    whole = np.diff(np.diff(whole, axis=0, prepend=_nothing(whole[:1])), axis=1, prepend=_nothing(whole[:, :1]))
    octets = np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 2).T
    return _SCALE.pack(scale) + zlib.compress(octets.tobytes(), 1)


def _nothing(like: npt.NDArray) -> npt.NDArray:
    return np.zeros_like(like)


def unpacked_quantiles(content: bytes | memoryview, *, levels: int) -> FloatArray:
    """Steps x levels."""
    octets = np.frombuffer(zlib.decompress(content[_SCALE.size :]), np.uint8)
    whole = np.ascontiguousarray(octets.reshape(2, -1).T).view(_WHOLE).reshape(levels, -1)
    parts = whole.cumsum(axis=1, dtype=_WHOLE).cumsum(axis=0, dtype=_WHOLE)
    return np.asarray(parts.T * float(_SCALE.unpack_from(content)[0]))
