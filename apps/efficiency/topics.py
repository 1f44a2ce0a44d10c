from apps.accounts.choices import Permission
from apps.live.registry import Topic, TopicKind, register

register(Topic(name="efficiency", permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
