"""What a host may do for the site. Without roles one machine does it all."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """The names stand in the settings of a host and of its service manager."""

    FIELD = "field"  # the simulated field with its homes and meters; prepares the database, as it knows its points
    PREPARE = "prepare"  # tables and an administrator, for a site without a simulated field
    GATEWAYS = "gateways"
    ESTIMATOR = "estimator"
    SECURITY = "security"
    ALARMS = "alarms"
    ORDERS = "orders"
    INCIDENTS = "incidents"
    MICROGRIDS = "microgrids"
    NOTIFIER = "notifier"
    WORKER = "worker"
    BEAT = "beat"
    WEB = "web"


CONTROL = "control"
# One process a site: on a second host it stands by until the first is lost.
SINGLE = frozenset(
    {
        Role.GATEWAYS,
        Role.ESTIMATOR,
        Role.SECURITY,
        Role.ALARMS,
        Role.ORDERS,
        Role.INCIDENTS,
        Role.MICROGRIDS,
        Role.NOTIFIER,
        Role.BEAT,
    }
)
GROUPS = {CONTROL: frozenset(SINGLE - {Role.GATEWAYS, Role.ESTIMATOR})}
EVERYTHING = frozenset(Role)


def read_roles(text: str) -> frozenset[Role]:
    """Names separated by commas. Raises ValueError with advice for a name that is none."""
    return frozenset(role for name in text.replace(" ", "").split(",") if name for role in _named(name))


def _named(name: str) -> Iterable[Role]:
    if name in GROUPS:
        return GROUPS[name]
    try:
        return (Role(name),)
    except ValueError:
        known = ", ".join([*GROUPS, *Role])
        raise ValueError(f"{name!r} is not a role of a host; choose among {known}") from None
