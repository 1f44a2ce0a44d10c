from django.urls import path

from apps.incidents.api import desk

app_name = "incident_desk"
urlpatterns = [
    path("incidents/desk", desk.IncidentDeskView.as_view(), name="desk"),
    path("incidents/<str:number>/plan", desk.IncidentPlanView.as_view(), name="plan"),
    path("incidents/<str:number>/report", desk.IncidentReportView.as_view(), name="report"),
]
