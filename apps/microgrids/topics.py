from apps.accounts.choices import Permission
from apps.live.registry import Topic, TopicKind, register

register(Topic(name="microgrids", permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
