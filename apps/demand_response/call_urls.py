from django.urls import path

from apps.demand_response.api import calls

app_name = "demand_calls"
urlpatterns = [
    path("demand/opportunities", calls.OpportunitiesView.as_view(), name="opportunities"),
    path("demand/strategies", calls.StrategiesView.as_view(), name="strategies"),
    path("demand/strategies/<int:strategy_id>", calls.StrategyView.as_view(), name="strategy"),
    path("demand/calls", calls.CallsView.as_view(), name="calls"),
    path("demand/calls/<int:call_id>", calls.CallView.as_view(), name="call"),
    path("demand/calls/<int:call_id>/participants", calls.CallParticipantsView.as_view(), name="participants"),
    path("demand/calls/<int:call_id>/submission", calls.CallSubmissionView.as_view(), name="submission"),
    path("demand/calls/<int:call_id>/approval", calls.CallApprovalView.as_view(), name="approval"),
    path("demand/calls/<int:call_id>/rejection", calls.CallRejectionView.as_view(), name="rejection"),
    path("demand/calls/<int:call_id>/cancellation", calls.CallCancellationView.as_view(), name="cancellation"),
    path("demand/calls/<int:call_id>/supplement", calls.CallSupplementView.as_view(), name="supplement"),
    path(
        "demand/participations/<int:participation_id>/opt-out",
        calls.ParticipationOptOutView.as_view(),
        name="opt-out",
    ),
]
