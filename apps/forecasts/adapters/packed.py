"""Arrays as they lie in the rows: little-endian 32-bit floats."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_PACKED = np.dtype("<f4")


def packed(values: npt.ArrayLike) -> bytes:
    return np.asarray(values, _PACKED).tobytes()


def unpacked(content: bytes | memoryview, *, columns: int = 0) -> FloatArray:
    """One row of values; with `columns` as many of them in each row."""
    values = np.frombuffer(content, _PACKED).astype(np.float64)
    return values.reshape(-1, columns) if columns else values
