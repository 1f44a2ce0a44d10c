"""Temperature of cells that a schedule will lead to, where it is not measured yet.

Losses heat with the square of the rate, the container takes the heat away in proportion to the difference: one time
constant. An air conditioner holds the surroundings; pass what it holds as the surrounding temperature.
"""

import numpy as np

from gridops.engine.storage.arrays import FloatArray


def cell_temperature(
    surrounding_c: FloatArray, c_rate: FloatArray, *, rise_c: float, time_constant_s: float, step_s: float
) -> FloatArray:
    """Mean cell temperature of each step (B, T), beginning at rest.

    surrounding_c: (B, T); c_rate: (B, T) of either sign; rise_c: lasting rise at 1 C, above 0; time_constant_s: some
    thousands for a cell, ten thousands for a rack. Errors: ValueError for a rise or a time of 0 or less.
    """
    if min(rise_c, time_constant_s, step_s) <= 0:
        raise ValueError("rise_c, time_constant_s and step_s of a cell's warmth must be above 0.")
    span = step_s / time_constant_s
    decay, mean_of_step = np.exp(-span), -np.expm1(-span) / span
    temperature = np.empty_like(surrounding_c)
    now = surrounding_c[:, 0].copy()
    for step, (around, rate) in enumerate(zip(surrounding_c.T, c_rate.T, strict=True)):
        end = around + rise_c * rate**2
        temperature[:, step] = end + (now - end) * mean_of_step
        now = end + (now - end) * decay
    return temperature
