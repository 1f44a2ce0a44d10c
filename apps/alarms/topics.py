from datetime import timedelta

from apps.accounts.choices import Permission
from apps.alarms.choices import STREAM
from apps.alarms.selectors import shown
from apps.live.registry import Topic, TopicKind, register

HISTORY = timedelta(days=5 * 365)

register(Topic(name=STREAM, permission=Permission.VIEW_ALARMS, kind=TopicKind.JOURNAL, snapshot=shown, life=HISTORY))
