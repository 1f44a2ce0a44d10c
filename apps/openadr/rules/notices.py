"""What a subscriber is told, by webhook and by topic alike."""

import json

from apps.openadr.models import Notification


def message_of(notice: Notification) -> bytes:
    told = {"objectType": notice.object_type, "operation": notice.operation, "object": notice.object}
    if notice.targets:
        told["targets"] = notice.targets
    return json.dumps(told, separators=(",", ":")).encode()
