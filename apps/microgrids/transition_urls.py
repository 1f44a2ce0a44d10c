from django.urls import path

from apps.microgrids.api.transitions import (
    IslandingRuleView,
    TransitionApprovalView,
    TransitionsView,
    TransitionVetoView,
    TransitionView,
)

app_name = "microgrid-transitions"
urlpatterns = [
    path("microgrids/<uuid:mrid>/transitions", TransitionsView.as_view(), name="transitions"),
    path("microgrids/<uuid:mrid>/veto", TransitionVetoView.as_view(), name="veto"),
    path("microgrids/<uuid:mrid>/islanding-rules/<slug:criterion>", IslandingRuleView.as_view(), name="islanding-rule"),
    path("microgrid-transitions/<int:transition_id>", TransitionView.as_view(), name="transition"),
    path("microgrid-transitions/<int:transition_id>/approval", TransitionApprovalView.as_view(), name="approval"),
]
