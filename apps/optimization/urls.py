from django.urls import path

from apps.optimization import api

app_name = "optimization"
urlpatterns = [
    path("optimization/runs", api.OptimizationRunsView.as_view(), name="runs"),
    path("optimization/runs/<int:run_id>", api.OptimizationRunView.as_view(), name="run"),
]
