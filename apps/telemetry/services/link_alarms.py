"""One lost link is one alarm: that of a device, a unit or a redundant line, as long as its gateway is up.

If the gateway is lost as a whole, its own alarm says so (services.links), and nothing is added for what lies behind it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.telemetry.choices import LinkState
from apps.telemetry.services.links import LinkReport


@transaction.atomic
def tell_links(*, gateway: str, reports: Sequence[LinkReport], at: datetime) -> None:
    """`reports` are all links of the gateway, the whole one (without a name) among them."""
    prefix = f"link/{gateway}/"
    told = {source for source, _ in standing_sources([Condition.COMM_FAIL]) if source.startswith(prefix)}
    by_source = {prefix + one.name: one for one in reports if one.name}
    whole_is_up = any(not one.name and one.state is LinkState.UP for one in reports)
    lost = {source for source, one in by_source.items() if one.state is LinkState.DOWN}
    over = {source for source in told if source not in by_source or by_source[source].state is LinkState.UP}
    if over:
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.COMM_FAIL, at) for source in sorted(over)])
    if whole_is_up and lost - told:
        alarms.raise_alarms(facts=[_fact(source, gateway, by_source[source], at) for source in sorted(lost - told)])


def _fact(source: str, gateway: str, link: LinkReport, at: datetime) -> alarms.AlarmFact:
    return alarms.AlarmFact(
        source=source,
        condition=Condition.COMM_FAIL,
        priority=Priority.HIGH,
        equipment_name=f"{link.name} of gateway {gateway}"[:200],
        message=f"Link {link.name} of gateway {gateway} is down: {link.reason}"[:200],
        at=at,
    )
