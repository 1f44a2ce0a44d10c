from apps.accounts.choices import Permission
from apps.live.registry import Topic, TopicKind, register

register(Topic(name="impact", permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
