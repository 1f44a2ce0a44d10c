from apps.accounts.choices import Permission
from apps.live.registry import Topic, TopicKind, register
from apps.logbook.choices import STREAM

register(Topic(name=STREAM, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
