"""From an estimate that does not fit to the meters to be left out of the next one."""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA, ComplexArray
from gridops.engine.estimation.bad_data import Suspect, candidates, identify, limit_for
from gridops.engine.estimation.estimate import BadDatum, Estimate
from gridops.engine.estimation.linearised import Equations, ResidualModel
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.residuals import sigmas
from gridops.engine.estimation.rows import Meter, is_firm, meters_of, partners, quantity_of
from gridops.engine.estimation.sensors import Sensors
from gridops.engine.estimation.slots import Slots
from gridops.engine.network.model import BoolArray, FloatArray

TRIGGER_SIGMAS = 4.0
FALSE_TRIGGER = 0.01  # share of clean scans that are looked at more closely


@dataclass(frozen=True, slots=True)
class Attempt:
    """One solved pass: what went in and how it fits."""

    measurements: Measurements
    active: dict[MeasurementKind, BoolArray]
    sensors: Sensors
    slots: Slots
    weighted: FloatArray  # residual over sigma of each row
    voltage: ComplexArray  # per live bus, pu
    estimate: Estimate

    def is_suspicious(self) -> bool:
        """The sum of squares is too large, or a single residual is: among many, a large one is nothing unusual."""
        largest = np.abs(self.weighted).max(initial=0.0)
        unusual = max(TRIGGER_SIGMAS, limit_for(len(self.weighted), FALSE_TRIGGER))
        return bool(self.estimate.objective > self.estimate.threshold or largest > unusual)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What the next pass is to be told. Nothing was found: `changed` is false."""

    bad: list[BadDatum]
    doubtful: list[BadDatum]
    active: dict[MeasurementKind, BoolArray]
    measurements: Measurements
    changed: bool


def diagnose(attempt: Attempt, equations: Equations) -> Remedy:
    """Leave out the meters that the others contradict.

    Pseudo-measurements that are contradicted, and meters of which one is wrong but it cannot be said which, stay
    with a larger sigma.
    """
    active = {kind: flags.copy() for kind, flags in attempt.active.items()}
    factor = {kind: np.ones(len(flags)) for kind, flags in active.items()}
    bad: list[BadDatum] = []
    doubtful: list[BadDatum] = []
    suspects = _find_suspects(attempt, equations)
    for suspect in suspects:
        rows = (suspect.row, *suspect.tied)
        soft = [row for row in rows if not is_firm(attempt.sensors, attempt.slots, row)]
        if soft:
            for meter in _pseudo_behind(attempt, soft):
                factor[meter.kind][meter.index] = max(abs(suspect.error_sigmas), 1.0)
        elif suspect.tied:
            for row in rows:
                meter, datum = _accuse(attempt, replace(suspect, row=row), float(equations.sigma[row]))
                factor[meter.kind][meter.index] = abs(suspect.normalised)
                doubtful.append(datum)
        else:
            meter, datum = _accuse(attempt, suspect, float(equations.sigma[suspect.row]))
            active[meter.kind][meter.index] = False
            bad.append(datum)
    return Remedy(bad, doubtful, active, attempt.measurements.widened(factor), bool(suspects))


def _find_suspects(attempt: Attempt, equations: Equations) -> list[Suspect]:
    partner = partners(attempt.sensors)
    model = ResidualModel(equations)
    weighted = model.settle(attempt.weighted)
    chosen = candidates(weighted, partner)
    if not len(chosen):
        return []
    among = np.searchsorted(chosen, partner[chosen]).astype(np.int32)
    suspects = identify(weighted[chosen], model.covariance(chosen), among, limit_for(len(weighted)))
    return [
        replace(found, row=int(chosen[found.row]), tied=tuple(int(row) for row in chosen[list(found.tied)]))
        for found in suspects
    ]


def _accuse(attempt: Attempt, suspect: Suspect, sigma: float) -> tuple[Meter, BadDatum]:
    """The meter behind a row; of several at one bus, the one that fits worst."""
    quantity = quantity_of(attempt.sensors, suspect.row)
    m, which = attempt.measurements, 1 if quantity == "q" else 0
    meters = meters_of(attempt.sensors, attempt.slots, m, suspect.row)

    def misfit(meter: Meter) -> float:
        residual = attempt.estimate.residuals.of(meter.kind)[which][meter.index]
        return abs(float(residual / sigmas(m, meter.kind)[which][meter.index]))

    meter = max(meters, key=misfit)
    group = m.groups()[meter.kind]
    measured = float(
        getattr(group, {"v": "value_pu", "p": "p_kw", "q": "q_kvar", "i": "value_a"}[quantity])[meter.index]
    )
    unit = 1.0 if quantity == "v" else BASE_KVA
    if quantity == "i":
        unit /= float(m.line_currents.kw_per_a[meter.index])
    error = suspect.error_sigmas * sigma * unit
    normalised = float(np.copysign(suspect.normalised, error))
    datum = BadDatum(meter.kind, meter.index, quantity, measured, measured - error, normalised)
    return meter, datum


def _pseudo_behind(attempt: Attempt, rows: list[int]) -> list[Meter]:
    pseudo = attempt.measurements.injections.is_pseudo
    meters = [m for row in rows for m in meters_of(attempt.sensors, attempt.slots, attempt.measurements, row)]
    return [meter for meter in meters if meter.kind is MeasurementKind.INJECTION and pseudo[meter.index]]
