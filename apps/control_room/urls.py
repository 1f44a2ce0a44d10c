from django.urls import path

from apps.control_room.views import core, performance

app_name = "control_room"
urlpatterns = [
    path("", core.overview, name="overview"),
    path("alarms/", core.alarm_list, name="alarms"),
    path("performance/", performance.performance, name="performance"),
    path("elements/<uuid:mrid>/", core.element, name="element"),
]
