from django.urls import path

from apps.control_room import performance, views

app_name = "control_room"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("alarms/", views.alarm_list, name="alarms"),
    path("performance/", performance.performance, name="performance"),
    path("elements/<uuid:mrid>/", views.element, name="element"),
]
