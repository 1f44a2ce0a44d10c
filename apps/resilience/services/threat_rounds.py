"""What a worker does each minute, each half hour and each night; one look that fails stops no other."""

import logging
from collections.abc import Callable
from datetime import datetime

from apps.resilience.models import Finding
from apps.resilience.services.findings import forget_findings
from apps.resilience.services.threat_acts import look_at_acts
from apps.resilience.services.threat_links import look_at_links
from apps.resilience.services.threat_readings import learn_readings, look_at_readings, look_for_echoes
from apps.resilience.services.threat_weather import look_at_surroundings

log = logging.getLogger(__name__)

EVERY_MINUTE: tuple[Callable[..., list[Finding]], ...] = (look_at_acts, look_at_links, look_at_readings)


def look(*, as_of: datetime) -> int:
    """How many findings are new. Raises what went wrong last, after all looks were tried."""
    new, failed = 0, None
    for one in EVERY_MINUTE:
        try:
            new += len(one(as_of=as_of))
        except Exception as error:
            log.exception("threats: %s failed", one.__name__)
            failed = error
    if failed is not None:
        raise failed
    return new


def look_around(*, as_of: datetime) -> int:
    return len(look_at_surroundings(as_of=as_of))


def look_back(*, as_of: datetime) -> int:
    return len(look_for_echoes(as_of=as_of))


def learn_anew(*, as_of: datetime) -> int:
    forget_findings(as_of=as_of)
    return len(learn_readings(as_of=as_of))
