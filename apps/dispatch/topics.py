from apps.accounts.choices import Permission
from apps.dispatch.choices import STREAM
from apps.dispatch.choices.call import CALLS
from apps.dispatch.choices.course import COURSES
from apps.dispatch.choices.objective import OBJECTIVES
from apps.dispatch.choices.order import ORDERS
from apps.dispatch.choices.plan import PLAN_STREAM
from apps.dispatch.choices.proposal import PROPOSALS
from apps.live.registry import Topic, TopicKind, register

register(Topic(name=ORDERS, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
register(Topic(name=STREAM, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
register(Topic(name=PLAN_STREAM, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
register(Topic(name=COURSES, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
register(Topic(name=PROPOSALS, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
register(Topic(name=CALLS, permission=Permission.VIEW_DEMAND, kind=TopicKind.JOURNAL))
register(Topic(name=OBJECTIVES, permission=Permission.VIEW_GRID, kind=TopicKind.JOURNAL))
