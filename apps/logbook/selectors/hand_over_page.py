"""What a relief operator must know, gathered at one instant from all that lies below."""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.alarms import selectors as alarms
from apps.alarms.choices import Priority
from apps.dispatch.selectors.tags import standing_tags
from apps.dispatch.selectors.unfinished import unfinished
from apps.logbook.models import HandOver
from apps.logbook.selectors.shift_log import notes_to_follow_up
from apps.state.selectors.latest import latest_state
from apps.state.selectors.topology import off_normal_switches
from apps.telemetry.models import Gateway

_MOST_VIOLATIONS = 50


def urgent(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [alarm for alarm in documents if alarm["priority"] == Priority.CRITICAL]


def page(*, as_of: datetime) -> dict[str, Any]:
    state = latest_state()
    return {
        "as_of": as_of.isoformat(),
        "alarms": alarms.shown(),
        "off_normal_switches": off_normal_switches(),
        "tags": standing_tags(),
        "unfinished": unfinished(),
        "links": list(Gateway.objects.order_by("name").values("name", "link_state", "link_reason", "link_since")),
        "solution": state["solution"],
        "system": state["system"],
        "violations": state["violations"][:_MOST_VIOLATIONS],
        "bad_data": state["bad_data"],
        "notes": notes_to_follow_up(),
    }


def document(hand_over: HandOver) -> dict[str, Any]:
    return {
        "id": hand_over.pk,
        "stage": hand_over.stage,
        "outgoing": hand_over.outgoing.get_username(),
        "outgoing_at": hand_over.outgoing_at.isoformat(),
        "incoming": hand_over.incoming.get_username() if hand_over.incoming else None,
        "incoming_at": hand_over.incoming_at.isoformat() if hand_over.incoming_at else None,
        "remarks": hand_over.remarks,
        "reviewed": hand_over.reviewed,
        "digest": hand_over.digest,
        "page": hand_over.page,
    }


def hand_overs(*, most: int = 20) -> list[HandOver]:
    return list(HandOver.objects.select_related("outgoing", "incoming").order_by("-id")[:most])


def shift_started_at(*, by: User) -> datetime | None:
    """A shift begins with the hand-over that the operator has signed."""
    taken = HandOver.objects.filter(incoming=by).order_by("-incoming_at").first()
    return taken.incoming_at if taken else None
