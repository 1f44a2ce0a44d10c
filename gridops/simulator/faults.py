"""What goes wrong on a line, and how long mending takes: drawn for the fault itself, whatever anybody does about it."""

from dataclasses import dataclass

import numpy as np

MOMENTARY, PERMANENT = True, False
# Median and spread of the logarithm of the crews' work, and its bounds: travel, finding the place, mending, tests.
WORK_MEDIAN_S, WORK_SIGMA = 5400.0, 0.6
WORK_S = (1200.0, 28_800.0)
RESISTANCE_OHM, RESISTANCE_SIGMA = 0.15, 0.8  # of the arc
TWO_PHASE_SHARE = 0.4


@dataclass(slots=True)
class LineFault:
    line: int
    at: float  # share of the line from its from_node
    resistance_ohm: float
    two_phase: bool
    is_momentary: bool  # over as soon as it has been without voltage
    work_s: float  # what is left for the crew, who work while the line is dead


def draw_fault(line: int, *, seed: int, number: int, is_momentary: bool = PERMANENT) -> LineFault:
    """number: of faults on that line before."""
    generator = np.random.default_rng((seed, 60, line, number))
    work_s = WORK_MEDIAN_S * np.exp(WORK_SIGMA * generator.standard_normal())
    return LineFault(
        line=line,
        at=float(generator.random()),
        resistance_ohm=float(RESISTANCE_OHM * np.exp(RESISTANCE_SIGMA * generator.standard_normal())),
        two_phase=bool(generator.random() < TWO_PHASE_SHARE),
        is_momentary=is_momentary,
        work_s=float(np.clip(work_s, *WORK_S)),
    )
