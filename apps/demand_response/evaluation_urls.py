from django.urls import path

from apps.demand_response.api import evaluations

app_name = "demand_evaluation"
urlpatterns = [
    path("demand/evaluations", evaluations.EvaluationsView.as_view(), name="evaluations"),
    path("demand/calls/<int:call_id>/evaluation", evaluations.CallEvaluationView.as_view(), name="call-evaluation"),
    path("demand/evaluations/<int:evaluation_id>/customers", evaluations.OutcomesView.as_view(), name="outcomes"),
    path(
        "demand/evaluations/<int:evaluation_id>/customers.csv",
        evaluations.OutcomesFileView.as_view(),
        name="outcomes-file",
    ),
    path("demand/settlement", evaluations.SettlementView.as_view(), name="settlement"),
    path("demand/settlement/<int:month_id>", evaluations.SettlementMonthView.as_view(), name="month"),
    path("demand/settlement/<int:month_id>/lines.csv", evaluations.SettlementFileView.as_view(), name="month-file"),
    path("demand/settlement/<int:month_id>/approval", evaluations.SettlementApprovalView.as_view(), name="approval"),
    path("demand/settlement/<int:month_id>/reopening", evaluations.SettlementReopeningView.as_view(), name="reopening"),
    path(
        "demand/settlement/<int:month_id>/finalisation",
        evaluations.SettlementFinalisationView.as_view(),
        name="finalisation",
    ),
]
