"""An island whose critical loads will not last as long as the outage is expected to: told as an alarm, and ended."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.microgrids.models import Microgrid, ReadinessRun
from apps.microgrids.rules.readiness import Shortage, shortage

_SOURCE = "microgrid-readiness/"


@transaction.atomic
def watch_readiness(runs: Sequence[ReadinessRun], *, as_of: datetime) -> int:
    """How many run short. A run that could say nothing leaves an alarm as it stands, while the island stands alone."""
    found = {f"{_SOURCE}{run.microgrid_id}": (run, shortage(run)) for run in runs}
    told = standing_sources([Condition.ISLAND_SHORT])
    standing = {source for source, _ in told if source.startswith(_SOURCE)}
    over = standing - {source for source, (_, short) in found.items() if short.is_short or short.is_doubtful}
    if over:
        ends = [alarms.AlarmEnd(source, Condition.ISLAND_SHORT, as_of) for source in sorted(over)]
        alarms.end_alarms(ends=ends)
    new = [source for source, (_, short) in sorted(found.items()) if short.is_short and source not in standing]
    if new:
        alarms.raise_alarms(facts=[_fact(source, *found[source], as_of) for source in new])
    return sum(short.is_short for _, short in found.values())


def _fact(source: str, run: ReadinessRun, short: Shortage, as_of: datetime) -> alarms.AlarmFact:
    microgrid: Microgrid = run.microgrid
    return alarms.AlarmFact(
        source=source,
        condition=Condition.ISLAND_SHORT,
        priority=Priority.HIGH,
        equipment_name=microgrid.name,
        equipment_mrid=microgrid.coupling_switch_mrid,
        message=short.reason[:200],
        value=short.p10_h,
        limit=short.expected_h,
        unit="h",
        at=as_of,
    )
