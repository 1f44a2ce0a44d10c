from django.urls import path

from apps.resilience.api import risk

app_name = "risk"
urlpatterns = [
    path("resilience/risk", risk.RiskView.as_view(), name="risk"),
    path("resilience/risk/staging", risk.StagingView.as_view(), name="staging"),
    path("resilience/risk/elements/<uuid:mrid>", risk.RiskElementView.as_view(), name="element"),
]
