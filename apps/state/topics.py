from typing import Any

from apps.accounts.choices import Permission
from apps.live.registry import Topic, TopicKind, register
from apps.state.choices import GRID_TOPIC, SECURITY_TOPIC, SYSTEM_TOPIC
from apps.state.models import Solution
from apps.state.selectors.security import latest_run


def newest_frame() -> bytes | None:
    frame = Solution.objects.order_by("-id").values_list("frame", flat=True).first()
    return bytes(frame) if frame else None


def newest_system() -> dict[str, Any] | None:
    system: dict[str, Any] | None = Solution.objects.order_by("-id").values_list("system", flat=True).first()
    return system


register(Topic(name=GRID_TOPIC, permission=Permission.VIEW_GRID, kind=TopicKind.BINARY, snapshot=newest_frame))
register(Topic(name=SYSTEM_TOPIC, permission=Permission.VIEW_GRID, kind=TopicKind.TEXT, snapshot=newest_system))
register(Topic(name=SECURITY_TOPIC, permission=Permission.VIEW_GRID, kind=TopicKind.TEXT, snapshot=latest_run))
