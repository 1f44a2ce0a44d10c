from django.urls import path

from apps.incidents.api import incidents, outage_reports

app_name = "incidents"
urlpatterns = [
    path("incidents", incidents.IncidentsView.as_view(), name="incidents"),
    path("incidents/<str:number>", incidents.IncidentView.as_view(), name="incident"),
    path("incidents/<str:number>/confirmed-section", incidents.ConfirmedSectionView.as_view(), name="section"),
    path("incidents/<str:number>/crews", incidents.IncidentCrewsView.as_view(), name="incident-crews"),
    path(
        "incidents/<str:number>/crews/<int:assignment_id>", incidents.IncidentCrewView.as_view(), name="incident-crew"
    ),
    path("incidents/<str:number>/estimate", incidents.IncidentEstimateView.as_view(), name="estimate"),
    path("incidents/<str:number>/damage", incidents.IncidentDamageView.as_view(), name="damage"),
    path("incidents/<str:number>/repair", incidents.IncidentRepairView.as_view(), name="repair"),
    path("incidents/<str:number>/closure", incidents.IncidentClosureView.as_view(), name="closure"),
    path("incidents/<str:number>/cancellation", incidents.IncidentCancellationView.as_view(), name="cancellation"),
    path("incidents/<str:number>/note", incidents.IncidentNoteView.as_view(), name="note"),
    path("crews", incidents.CrewsView.as_view(), name="crews"),
    path("crews/<int:crew_id>/duty", incidents.CrewDutyView.as_view(), name="crew-duty"),
    path("outages/meter-events", outage_reports.MeterEventsView.as_view(), name="meter-events"),
    path("outages/calls", outage_reports.OutageCallsView.as_view(), name="outage-calls"),
]
