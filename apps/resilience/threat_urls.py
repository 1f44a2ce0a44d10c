from django.urls import path

from apps.resilience.api import threats, vulnerabilities

app_name = "threat"
urlpatterns = [
    path("threats", threats.ThreatsView.as_view(), name="threats"),
    path("threats/<int:finding_id>", threats.FindingDetailView.as_view(), name="finding"),
    path("threats/<int:finding_id>/decision", threats.FindingDecisionView.as_view(), name="decision"),
    path("hazard-areas", threats.HazardAreasView.as_view(), name="hazard-areas"),
    path("hazard-areas/<int:area_id>/removal", threats.HazardAreaRemovalView.as_view(), name="hazard-area-removal"),
    path("devices", vulnerabilities.FieldDevicesView.as_view(), name="devices"),
    path("advisories", vulnerabilities.AdvisoriesView.as_view(), name="advisories"),
    path("vulnerabilities", vulnerabilities.VulnerabilitiesView.as_view(), name="vulnerabilities"),
]
