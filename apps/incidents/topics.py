from apps.accounts.choices import Permission
from apps.incidents.choices.incident import INCIDENTS
from apps.live.registry import Topic, TopicKind, register

register(Topic(name=INCIDENTS, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
