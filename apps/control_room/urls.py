from django.urls import path

from apps.control_room.views import core, performance, shift

app_name = "control_room"
urlpatterns = [
    path("", core.overview, name="overview"),
    path("alarms/", core.alarm_list, name="alarms"),
    path("performance/", performance.performance, name="performance"),
    path("shift/", shift.shift, name="shift"),
    path("elements/<uuid:mrid>/", core.element, name="element"),
]
