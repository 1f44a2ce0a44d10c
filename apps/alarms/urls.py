from django.urls import path

from apps.alarms import api

app_name = "alarms"
urlpatterns = [
    path("alarms", api.AlarmsView.as_view(), name="alarms"),
    path("alarms/<int:alarm_id>/acknowledgement", api.AcknowledgementView.as_view(), name="acknowledgement"),
]
