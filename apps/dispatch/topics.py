from apps.accounts.choices import Permission
from apps.dispatch.choices import STREAM
from apps.live.registry import Topic, TopicKind, register

register(Topic(name=STREAM, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
