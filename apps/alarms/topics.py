from apps.accounts.choices import Permission
from apps.alarms.choices import STREAM
from apps.alarms.selectors import shown
from apps.live.registry import Topic, TopicKind, register

register(Topic(name=STREAM, permission=Permission.VIEW_ALARMS, kind=TopicKind.JOURNAL, snapshot=shown))
