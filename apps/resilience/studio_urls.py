from django.urls import path

from apps.resilience.api import reliability, studio

app_name = "studio"
urlpatterns = [
    path("reliability", reliability.ReliabilityView.as_view(), name="reliability"),
    path("reliability/outages", reliability.OutageRecordsView.as_view(), name="outage-records"),
    path("resilience/hardening", studio.HardeningView.as_view(), name="hardening"),
]
