"""What is expected of the hours ahead, as a test wants it, and what the look ahead says of it."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork
from apps.dispatch.services.scenes import Live
from apps.state.adapters.look_ahead import Expected, look
from apps.state.choices import LookAheadOutcome
from apps.state.models import LookAhead
from apps.state.services.look_ahead import STEP, STEPS
from gridops.engine.security.outlook import Expectation

FUTURES = 80


def expected_of(network: AssembledNetwork, load_factor: np.ndarray, *, spread: float = 0.03) -> Expected:
    """Per step: all loads at so many times their nominal power; plants and batteries as they are installed."""
    totals = np.bincount(network.injection.kind, network.injection.p_kw, 3)
    mean = np.tile(totals[:, None], (1, len(load_factor))).astype(np.float64)
    mean[CONSUMER] *= load_factor
    sd = spread * np.abs(mean)
    sd[[GENERATOR, BATTERY]] = 0.0
    expectation = Expectation(mean, sd, np.full(3, 0.9), np.zeros(3))
    return Expected(network.injection.kind, expectation, "the forecast of a test")


def evening_peak(factor: float, *, first: int = 12, behind: int = 20, usual: float = 1.0) -> np.ndarray:
    found = np.full(STEPS, usual)
    found[first:behind] = factor
    return found


def looked_ahead(live: Live, expected: Expected, starts_at: datetime, *, seed: int = 1) -> LookAhead:
    """As the state's own look ahead does it, by power flows of drawn futures."""
    network = live.scene.place.network
    found = look(network, live.scene.before.studied.point, expected, futures=FUTURES, seed=seed)
    assert not isinstance(found, str)
    return LookAhead.objects.create(
        as_of=live.as_of,
        network_model=live.model,
        outcome=LookAheadOutcome.DONE,
        starts_at=starts_at,
        step_s=int(STEP.total_seconds()),
        steps=STEPS,
        futures=FUTURES,
        duration_ms=1.0,
        engine_version="test",
        statements=[_timed(told, starts_at) for told in found],
    )


def _timed(told: dict[str, Any], starts_at: datetime) -> dict[str, Any]:
    at: dict[str, timedelta] = {"begins_at": STEP * told["first"], "ends_at": STEP * told["behind"]}
    return told | {name: (starts_at + after).isoformat() for name, after in at.items()}
