"""What a control room of the seeded week has measured until now, and what it makes of it: never what comes."""

import numpy as np

STEP_S = 600.0
STEPS_A_DAY = 144
MEMORY_STEPS = 24.0
ABOUT_NOW = 6  # steps either side of the time of day whose errors count
LEAST_SHARE = 0.03  # of the largest ever seen: what an error is at least told as a share of


class Known:
    """Powers by step as they would be if nobody held anything back, and the errors of what was expected of them."""

    def __init__(self, injections: int) -> None:
        self.rows = np.zeros((0, injections))
        self.errors = np.zeros((0, injections))  # of the expectation for the next step, as a share of it

    def take(self, values: np.ndarray) -> None:
        if len(self.rows) > STEPS_A_DAY:
            expected = self.ahead(1)[0]
            base = np.maximum(np.abs(expected), LEAST_SHARE * np.abs(self.rows).max(axis=0))
            error = np.divide(values - expected, base, out=np.zeros_like(values), where=base > 0)
            self.errors = np.vstack([self.errors, error])
        self.rows = np.vstack([self.rows, values])

    def ahead(self, steps: int) -> np.ndarray:
        """The mean of the last days at that time of day, drawn towards what is now by how far now is from it."""
        days = (len(self.rows) - 1) // STEPS_A_DAY
        past = self.rows[-days * STEPS_A_DAY - 1 : -1].reshape(days, STEPS_A_DAY, -1).mean(axis=0)  # from now on
        usual = past[np.arange(1, steps + 1) % STEPS_A_DAY]
        beside = self.rows[-1] - past[0]
        faded = np.exp(-np.arange(steps) / MEMORY_STEPS)[:, None]
        sign = np.sign(self.rows.sum(axis=0))
        return np.where(sign * (usual + faded * beside) > 0, usual + faded * beside, 0.0)

    def surprises(self, expected: np.ndarray) -> np.ndarray:
        """(samples, injections) kW that the next step may differ by: the errors about this time on the days known."""
        latest = len(self.errors) - 1  # the error of the last step; the next one is a day after its like
        back = np.arange(STEPS_A_DAY - 1, len(self.errors), STEPS_A_DAY)
        which = (latest - back[:, None] + np.arange(-ABOUT_NOW, ABOUT_NOW + 1)).ravel()
        recent = latest - np.arange(2 * ABOUT_NOW)
        which = np.unique(np.concatenate([which, recent]))
        base = np.maximum(np.abs(expected), LEAST_SHARE * np.abs(self.rows).max(axis=0))
        return self.errors[which[(which >= 0) & (which <= latest)]] * base
