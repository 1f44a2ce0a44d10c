"""Columns of rows: little-endian 32-bit floats."""

import numpy as np
import numpy.typing as npt

_PACKED = np.dtype("<f4")
FloatArray = npt.NDArray[np.float64]


def packed(values: npt.ArrayLike) -> bytes:
    return np.asarray(values, _PACKED).tobytes()


def unpacked(raw: bytes | memoryview) -> FloatArray:
    return np.frombuffer(raw, _PACKED).astype(np.float64)
