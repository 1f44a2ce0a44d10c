from django.urls import path

from apps.efficiency.api import cvr

app_name = "efficiency-cvr"
urlpatterns = [
    path("efficiency/cvr", cvr.CvrExperimentsView.as_view(), name="experiments"),
    path("efficiency/cvr/sites", cvr.CvrSitesView.as_view(), name="sites"),
    path("efficiency/cvr/outlook", cvr.CvrOutlookView.as_view(), name="outlook"),
    path("efficiency/cvr/<int:experiment_id>", cvr.CvrExperimentView.as_view(), name="experiment"),
    path("efficiency/cvr/<int:experiment_id>/approval", cvr.CvrApprovalView.as_view(), name="approval"),
    path("efficiency/cvr/<int:experiment_id>/withdrawal", cvr.CvrWithdrawalView.as_view(), name="withdrawal"),
    path("efficiency/cvr/<int:experiment_id>/stop", cvr.CvrStopView.as_view(), name="stop"),
]
