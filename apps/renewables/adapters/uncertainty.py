"""Bands of sums, ramps and reserve, from forecasts as they lie in rows. kW; net load is positive out of the network."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.forecasts.choices import Quantity
from apps.forecasts.models import LEVELS
from apps.renewables.choices import NEED_LEVEL, PATHS, RAMP_MINUTES, STEP_S
from gridops.engine.optimization.portfolio.reserve import Need, held, need, ramps
from gridops.engine.optimization.portfolio.uncertainty import Dependence, dependence, paths, scores, summed

FloatArray = npt.NDArray[np.float64]
# How a component moves net load.
SIGN = {Quantity.LOAD: 1.0, Quantity.NET_LOAD: 1.0, Quantity.PV: -1.0, Quantity.WIND: -1.0}
_LEVELS = np.array(LEVELS)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of net load, over the steps of an issue."""

    planned_kw: FloatArray
    need: Need
    ramps_kw: FloatArray  # spans x (up, down) x steps
    known: Dependence


def learned(values: FloatArray, quantiles: FloatArray) -> Dependence:
    """From components x issues x steps of what came, and of what had been said with its levels last."""
    return dependence(scores(values, quantiles, _LEVELS))


def outlook(quantities: list[Quantity], quantiles: FloatArray, known: Dependence, *, seed: int) -> Outlook:
    """`quantiles`: components x steps x levels."""
    sign = np.array([SIGN[one] for one in quantities])
    drawn = paths(quantiles, _LEVELS, sign, known, count=PATHS, generator=np.random.default_rng(seed))
    planned = np.asarray(np.median(drawn, axis=0), np.float64)
    spans = [minutes * 60 // STEP_S for minutes in RAMP_MINUTES]
    return Outlook(planned, need(drawn, planned, level=NEED_LEVEL), ramps(drawn, spans, level=NEED_LEVEL), known)


def together(quantiles: FloatArray, known: Dependence, *, rated_kw: float, seed: int) -> FloatArray:
    """Steps x levels of all plants together. `quantiles`: plants x steps x levels."""
    generator = np.random.default_rng(seed)
    return summed(quantiles, _LEVELS, known, count=PATHS, generator=generator, highest=rated_kw)


def kept(actual: FloatArray, planned: FloatArray, up: FloatArray, down: FloatArray) -> tuple[int, int, int, int]:
    """Quarter hours that are known, that stayed within, that left upwards and downwards."""
    found = held(actual, planned, Need(up, down))
    return found.steps, found.within, found.above, found.below
