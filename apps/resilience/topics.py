from apps.accounts.choices import Permission
from apps.live.registry import Topic, TopicKind, register
from apps.resilience.choices.risk import RISK
from apps.resilience.choices.threat import THREATS

register(Topic(name=THREATS, permission=Permission.VIEW_ALARMS, kind=TopicKind.JOURNAL))

register(Topic(name=RISK, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
