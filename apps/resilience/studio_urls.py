from django.urls import path

from apps.resilience.api import reliability

app_name = "studio"
urlpatterns = [
    path("reliability", reliability.ReliabilityView.as_view(), name="reliability"),
    path("reliability/outages", reliability.OutageRecordsView.as_view(), name="outage-records"),
]
