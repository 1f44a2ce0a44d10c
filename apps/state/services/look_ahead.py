"""The same limits over the next 24 h, in wall time.

The default expectation is learnt from stored scans alone, so it needs no setting for a field that is played fast
(ADR 0011): where profiles run faster than the clock, days differ wildly, and the stated spread says so. A forecast
registers itself by `install_provider`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters import ENGINE_VERSION
from apps.state.adapters.look_ahead import Expected, hours_known, learned, look
from apps.state.adapters.security import Blind
from apps.state.choices import LookAheadOutcome
from apps.state.models import LookAhead
from apps.state.selectors.quarters import quarters
from apps.state.services.live_state import Follower

STEP = timedelta(minutes=15)
STEPS = 96
DAY_H = 24.0


class NotEnoughHistory(Exception):
    """Nothing is invented for hours that nobody has seen."""


# What to expect of the steps after an instant. Raises NotEnoughHistory.
Provider = Callable[[AssembledNetwork, datetime, int], Expected]


def from_history(network: AssembledNetwork, starts_at: datetime, steps: int) -> Expected:
    known = quarters(model_id=network.model_id, until=starts_at)
    hours = hours_known(known)
    if hours < DAY_H:
        raise NotEnoughHistory(f"Not enough history: {hours:g} h of 24 h.")
    return learned(network, known, first=int(starts_at.timestamp() // STEP.total_seconds()), steps=steps)


_provider: list[Provider] = [from_history]


def install_provider(provider: Provider) -> None:
    """A better one takes the place of the one before; called at the start of the app that has it."""
    _provider[:] = [provider]


def look_ahead(*, as_of: datetime) -> LookAhead | None:
    """None while there is no network to look at."""
    begun = time.perf_counter()
    present = Follower().present(as_of=as_of)
    if present is None:
        return None
    starts_at, seed = _next_quarter(as_of), int(as_of.timestamp())
    result: dict[str, Any]
    point = present.state.point(present.readings)
    if isinstance(point, Blind):
        result = {"outcome": LookAheadOutcome.UNKNOWN, "reason": point.reason[:300]}
    else:
        result = _result(present.network, point, starts_at, seed)
    with transaction.atomic():
        return LookAhead.objects.create(
            as_of=as_of,
            network_model_id=present.network.model_id,
            starts_at=starts_at,
            step_s=int(STEP.total_seconds()),
            steps=STEPS,
            seed=seed,
            engine_version=ENGINE_VERSION,
            duration_ms=1000 * (time.perf_counter() - begun),
            **result,
        )


def _result(network: AssembledNetwork, point: Any, starts_at: datetime, seed: int) -> dict[str, Any]:
    futures = settings.LOOK_AHEAD_FUTURES
    try:
        expected = _provider[0](network, starts_at, STEPS)
    except NotEnoughHistory as shortage:
        return {"outcome": LookAheadOutcome.NO_HISTORY, "reason": str(shortage)}
    found = look(network, point, expected, futures=futures, seed=seed)
    if isinstance(found, str):
        return {"outcome": LookAheadOutcome.UNKNOWN, "reason": found[:300]}
    return {
        "outcome": LookAheadOutcome.DONE,
        "futures": futures,
        "expected_from": expected.said_by,
        "statements": [told | _in_words(told, starts_at) for told in found[: settings.SECURITY_LISTED]],
    }


def _next_quarter(as_of: datetime) -> datetime:
    step = STEP.total_seconds()
    return datetime.fromtimestamp(-(-as_of.timestamp() // step) * step, UTC)


def _in_words(told: dict[str, Any], starts_at: datetime) -> dict[str, str]:
    begins, ends = starts_at + STEP * told["first"], starts_at + STEP * told["behind"]
    what = {
        "overload": f"{told['equipment_name']} is above its rating",
        "voltage-low": f"the voltage at {told['equipment_name']} is below its limit",
        "voltage-high": f"the voltage at {told['equipment_name']} is above its limit",
        "no-solution": "the network cannot carry what is asked of it",
    }[told["breach"]]
    when = f"between {timezone.localtime(begins):%H:%M} and {timezone.localtime(ends):%H:%M}"
    return {
        "begins_at": begins.isoformat(),
        "ends_at": ends.isoformat(),
        "sentence": f"{100 * told['probability']:.0f} % that {what} {when}.",
    }
