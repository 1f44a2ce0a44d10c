"""On whose behalf something is done in the field, and what the room knows of the tape's faults."""

import re
from collections.abc import Callable
from datetime import timedelta

from apps.dispatch.models import Course, Order, Proposal
from apps.incidents.models import Incident
from gridops.replay.record import Noted
from gridops.replay.tape import Tape

MICROGRIDS, UNKNOWN = "microgrids", "person"
FOUND_WITHIN = timedelta(minutes=30)  # of the fault: an incident that began later is of something else
_PURPOSE = re.compile(r"(proposal|course|transition) (\d+)")
_DESK: dict[str, Callable[[int], str]] = {
    "proposal": lambda pk: Proposal.objects.values_list("desk", flat=True).get(pk=pk),
    "course": lambda pk: Course.objects.values_list("desk", flat=True).get(pk=pk),
    "transition": lambda _pk: MICROGRIDS,
}


def desk_at(address: str) -> str:
    """Of the newest order at a control's address."""
    purpose = Order.objects.filter(control__address=address).order_by("-id").values_list("purpose", flat=True).first()
    found = _PURPOSE.match(purpose or "")
    return _DESK[found[1]](int(found[2])) if found else UNKNOWN


def noted(tape: Tape) -> Noted:
    """By the incidents: each fault of the tape has the first one that began with it."""
    told, rows = Noted(), list(Incident.objects.order_by("began_at"))
    for number, fault in enumerate(tape.faults):
        at = tape.begin + timedelta(seconds=fault.at_s)
        mine = next((row for row in rows if timedelta() <= row.began_at - at <= FOUND_WITHIN), None)
        if mine is None:
            continue
        rows.remove(mine)
        told.detected_s[number] = (mine.detected_at - tape.begin).total_seconds()
        if mine.isolated_at is not None:
            told.isolated_s[number] = (mine.isolated_at - tape.begin).total_seconds()
    return told
