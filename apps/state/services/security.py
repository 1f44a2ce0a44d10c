"""The security run: each minute, and at once when a switch has moved. Advice: no alarm waits for it."""

import hashlib
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import orjson
from django.conf import settings
from django.db import transaction

from apps.live import services as live
from apps.state import frames
from apps.state.adapters import ENGINE_VERSION
from apps.state.adapters.security import Blind, Screened
from apps.state.choices import SECURITY_TOPIC, SecurityOutcome, SecurityTrigger
from apps.state.models import SecurityRun, Solution
from apps.state.selectors.security import run_document
from apps.state.services.live_state import Follower, Present
from apps.state.services.security_words import sentence

_POSITION = 0b11


class Watcher:
    """Decides when to run, and runs."""

    def __init__(self) -> None:
        self._follower = Follower()
        self._last_at: datetime | None = None
        self._switches = ""

    def look(self, *, as_of: datetime) -> SecurityRun | None:
        """A run if one is due; None otherwise, and while there is no network or no solution."""
        solution = Solution.objects.exclude(frame=b"").newest()
        if solution is None:
            return None
        switches = switch_digest(solution)
        trigger = self._trigger(switches, as_of)
        present = self._follower.present(as_of=as_of) if trigger else None
        if trigger is None or present is None:
            return None
        run = secure(present, solution=solution, trigger=trigger, as_of=as_of)
        self._last_at, self._switches = as_of, switches
        return run

    def _trigger(self, switches: str, as_of: datetime) -> SecurityTrigger | None:
        period = timedelta(seconds=settings.SECURITY_PERIOD_S)
        if self._last_at is not None and switches != self._switches:
            return SecurityTrigger.TOPOLOGY
        is_due = self._last_at is None or as_of - self._last_at >= period
        return SecurityTrigger.PERIODIC if is_due else None


def switch_digest(solution: Solution) -> str:
    """Changes when a switch moves, or the network; not when a position only goes stale."""
    state = frames.decode(bytes(solution.frame)).switch_state & np.uint8(_POSITION)
    return f"{solution.network_model_id}:{hashlib.sha256(state.tobytes()).hexdigest()}"


@transaction.atomic
def secure(present: Present, *, solution: Solution | None, trigger: SecurityTrigger, as_of: datetime) -> SecurityRun:
    begun = time.perf_counter()
    found = _screened(present)
    run = SecurityRun(
        as_of=as_of,
        solution=solution,
        network_model_id=present.network.model_id,
        trigger=trigger,
        inputs=present.inputs,
        engine_version=ENGINE_VERSION,
        **_result(found),
        duration_ms=1000 * (time.perf_counter() - begun),
    )
    run.save()
    transaction.on_commit(partial(_publish, run), robust=True)
    return run


def _screened(present: Present) -> Screened | Blind:
    point = present.state.point(present.readings)
    if isinstance(point, Blind):
        return point
    return present.screening.run(point, least_kv=settings.SECURITY_LEAST_KV, most=settings.SECURITY_LISTED)


def _result(found: Screened | Blind) -> dict[str, Any]:
    if isinstance(found, Blind):
        return {"outcome": SecurityOutcome.UNKNOWN, "reason": found.reason[:300]}
    return {
        "outcome": SecurityOutcome.INSECURE if found.insecure else SecurityOutcome.SECURE,
        "outages": found.outages,
        "insecure": found.insecure,
        "contingencies": [told | {"sentence": sentence(told)} for told in found.contingencies],
    }


def _publish(run: SecurityRun) -> None:
    live.publish(topic=SECURITY_TOPIC, payload=orjson.dumps(run_document(run)))
