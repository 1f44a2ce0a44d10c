"""Forecasts of the system as what the look ahead expects of consumers, generators and batteries."""

from dataclasses import dataclass

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.adapters.panels import LEVEL_ARRAY
from apps.state.adapters.look_ahead import Expected
from gridops.engine.security.outlook import Expectation

_MEDIAN, _LOW, _HIGH = (int(np.flatnonzero(np.isclose(LEVEL_ARRAY, level))[0]) for level in (0.5, 0.1, 0.9))
_WIDTH = 2.5631  # of 80 % of a normal distribution, in standard deviations
_USUAL_PERSISTENCE = 0.95
_STORAGE_SPREAD = 0.15
_LEAST_PAIRS = 48


@dataclass(frozen=True)
class Outlook:
    """Steps x levels, kW; positive is what the word says. `storage_kw`: discharging, held as it was last."""

    load: FloatArray
    net_load: FloatArray
    plants: tuple[FloatArray, ...]
    storage_kw: float
    persistence: tuple[float, float]  # of errors of the load and of the net load


def expected(network: AssembledNetwork, outlook: Outlook, said_by: str) -> Expected:
    """Generation is what of the load is not imported; the losses are left to the power flow."""
    load, net = outlook.load[:, _MEDIAN], outlook.net_load[:, _MEDIAN]
    generation = np.maximum(load - net - outlook.storage_kw, 0.0)
    storage = np.full(len(load), outlook.storage_kw)
    apart = spread(outlook.net_load) ** 2 - spread(outlook.load) ** 2
    of_plants = sum((spread(one) ** 2 for one in outlook.plants), np.zeros(len(load)))
    sd = (spread(outlook.load), np.sqrt(np.maximum(apart, of_plants)), _STORAGE_SPREAD * np.abs(storage))
    kept = np.array([outlook.persistence[0], outlook.persistence[1], _USUAL_PERSISTENCE])
    expectation = Expectation(np.stack([-load, generation, storage]), np.stack(sd), kept, np.zeros(3))
    return Expected(network.injection.kind, expectation, said_by)


def spread(quantiles: FloatArray) -> FloatArray:
    """Per step, the standard deviation of the normal distribution with the same central 80 %."""
    return np.asarray((quantiles[:, _HIGH] - quantiles[:, _LOW]) / _WIDTH)


def persistence(errors: FloatArray) -> float:
    """How much of an error is left a quarter hour later. Rows are issues; nan where nothing is known."""
    before, after = errors[:, :-1], errors[:, 1:]
    known = np.isfinite(before) & np.isfinite(after)
    square = float((before[known] ** 2).sum())
    if known.sum() < _LEAST_PAIRS or square <= 0:
        return _USUAL_PERSISTENCE
    return float(np.clip((before[known] * after[known]).sum() / square, 0.0, 0.99))
