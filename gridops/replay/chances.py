"""What a tape draws when it is made: each thing from a stream of its own, so that a later one moves no earlier one."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from gridops.cases.case import NetworkCase
from gridops.engine.network.topology import resolve
from gridops.replay.tape import CommunicationLoss, TapeFault
from gridops.simulator.faults import WORK_MEDIAN_S, WORK_S, WORK_SIGMA
from gridops.simulator.incidents import choose_station
from gridops.simulator.plan import plan_points
from gridops.simulator.points import FloatArray, IntArray
from gridops.simulator.sites import HIGH_VOLTAGE_KV, LOW_VOLTAGE_KV
from gridops.simulator.truth import build_truth

DAYS_A_WEEK: Final = 7
DAY_S: Final = 86_400.0
YEAR: Final = 2025  # whose weeks tapes begin in
WEEKS: Final = 52
# Raised far above what a network of such a size suffers (a few a year), so that a week holds several.
FAULTS_A_WEEK: Final = 3.0
MOMENTARY_SHARE: Final = 0.3
LOSSES_A_WEEK: Final = 1.0  # of communication
LOSS_MEDIAN_S, LOSS_SIGMA, LOSS_S = 1800.0, 0.8, (300.0, 21_600.0)
_BEGIN, _FAULTS, _COMMUNICATION = 101, 102, 103


def begin_of(seed: int) -> datetime:
    """A Monday, so that 30 seeds lie over the seasons."""
    week = int(np.random.default_rng((seed, _BEGIN)).integers(WEEKS))
    first = datetime.fromisocalendar(YEAR, 1, 1).replace(tzinfo=UTC)
    return first + timedelta(weeks=week)


def faults_of(case: NetworkCase, seed: int, days: float, *, a_week: float = FAULTS_A_WEEK) -> tuple[TapeFault, ...]:
    """On lines by their length; no line twice."""
    generator = np.random.default_rng((seed, _FAULTS))
    lines, weight = _lines(case, seed)
    count = min(int(generator.poisson(a_week * days / DAYS_A_WEEK)), len(lines))
    chosen = generator.choice(lines, size=count, replace=False, p=weight)
    at = np.sort(generator.uniform(0.0, days * DAY_S, count))
    momentary = generator.random(count) < MOMENTARY_SHARE
    work = np.clip(WORK_MEDIAN_S * np.exp(WORK_SIGMA * generator.standard_normal(count)), *WORK_S)
    return tuple(
        TapeFault(round(float(at[n]), 3), case.lines[int(chosen[n])].mrid, bool(momentary[n]), round(float(work[n]), 1))
        for n in range(count)
    )


def communication_losses_of(case: NetworkCase, seed: int, days: float) -> tuple[CommunicationLoss, ...]:
    generator = np.random.default_rng((seed, _COMMUNICATION))
    count = int(generator.poisson(LOSSES_A_WEEK * days / DAYS_A_WEEK))
    if not count:
        return ()
    table = plan_points(case, seed)
    begin = np.sort(generator.uniform(0.0, days * DAY_S, count))
    lasting = np.clip(LOSS_MEDIAN_S * np.exp(LOSS_SIGMA * generator.standard_normal(count)), *LOSS_S)
    return tuple(
        CommunicationLoss(
            round(float(begin[n]), 3), round(float(begin[n] + lasting[n]), 3), choose_station(table, generator)
        )
        for n in range(count)
    )


def _lines(case: NetworkCase, seed: int) -> tuple[IntArray, FloatArray]:
    """Lines with supply between low and high voltage (any with supply where there is none), and their shares."""
    truth = build_truth(case, seed)
    network = truth.network
    start = network.lines.from_node
    live = resolve(network, truth.switch_closed).node_energised[start]
    kv = network.nominal_kv[start]
    middle = np.flatnonzero(live & (kv > LOW_VOLTAGE_KV) & (kv < HIGH_VOLTAGE_KV))
    lines = np.asarray(middle if len(middle) else np.flatnonzero(live), np.int32)
    length = np.array([case.lines[line].length_km for line in lines.tolist()])
    weight = length if length.sum() > 0 else np.ones(len(lines))
    return lines, np.asarray(weight / weight.sum())
