from django.urls import path

from apps.efficiency.api import losses

app_name = "efficiency-losses"
urlpatterns = [
    path("efficiency/losses", losses.LossesView.as_view(), name="losses"),
    path("efficiency/transformers", losses.LossTransformersView.as_view(), name="transformers"),
    path("efficiency/suspects", losses.LossSuspectsView.as_view(), name="suspects"),
    path("efficiency/suspects/<int:suspect_id>/decision", losses.LossDecisionView.as_view(), name="decision"),
]
